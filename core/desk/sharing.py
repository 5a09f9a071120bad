"""Related stories for everyone in a channel: shared by a person, or asked for in a message."""

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core import compose
from core.commands import Caller, Related, RelatedTo, Share
from core.desk.office import Office
from core.desk.places import not_here
from core.desk.relating import Found, look, shown
from core.messages import Message
from core.posting import (
    Address,
    Platform,
    PlatformClosed,
    Poster,
    PostError,
    Refused,
    Unknown,
    Unreachable,
)

log = logging.getLogger(__name__)

_MOST = 3
"""How often a person can have something shown in a channel within `_WITHIN`."""
_WITHIN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Shared:
    """How a share ended: what to tell who asked for it alone, and whether it stands."""

    message: Message
    stands: bool = False


@dataclass(frozen=True, slots=True)
class Showing:
    """Something that was shown to everyone in a channel, at the wish of a person."""

    at: datetime
    channel: Address
    person: str
    what: tuple[object, ...]


class Recent:
    """What was shown in the last minute in this process, and by whom: no more is kept."""

    def __init__(
        self,
        already: Callable[[], Message] = compose.already_shared,
        too_often: Callable[[timedelta], Message] = compose.shared_too_often,
    ) -> None:
        """Say `already` of the same again, and `too_often` to who shows too much."""
        self._showings: deque[Showing] = deque()
        self._already = already
        self._too_often = too_often

    def begin(self, caller: Caller, what: tuple[object, ...], now: datetime) -> Showing | Message:
        """Take note of a showing; or return why there is none, and when it works again."""
        while self._showings and self._showings[0].at <= now - _WITHIN:
            self._showings.popleft()
        here = [it for it in self._showings if it.channel == caller.here]
        if any(it.what == what for it in here):
            return self._already()
        own = [it for it in here if it.person == caller.person]
        if len(own) >= _MOST:
            return self._too_often(own[-_MOST].at + _WITHIN - now)
        showing = Showing(now, caller.here, caller.person, what)
        self._showings.append(showing)
        return showing

    def take_back(self, showing: Showing) -> None:
        """Forget a showing that came to nothing, so that it can be tried again."""
        if showing in self._showings:
            self._showings.remove(showing)


class Sharing:
    """Shows related stories to everyone in a channel, by the platform's `posters`."""

    def __init__(
        self, office: Office, posters: Mapping[Platform, Poster], turns: asyncio.Semaphore
    ) -> None:
        """Search when it is one's turn, as all commands do; posting makes nobody wait."""
        self._office = office
        self._posters = posters
        self._turns = turns
        self._recent = Recent()

    async def share(self, command: Share, caller: Caller) -> Shared:
        """Post what is related to `command` now, if `caller` may write where they ask."""
        if refused := _refusal(caller):
            return Shared(refused)
        # The same in one channel is the same, below whichever message it was asked for.
        begun = self._recent.begin(caller, (command.query,), self._office.clock())
        if isinstance(begun, Message):
            return Shared(begun)
        found = await self._look(command, caller, begun)
        if isinstance(found, Message) or not found.stories:
            self._recent.take_back(begun)
            return Shared(found if isinstance(found, Message) else shown(found, caller))
        message = compose.shared(found.stories, found.to, caller.person, caller.name)
        below = replace(caller, below=command.below)
        untold = await self._show(message, below, begun, secrets.token_hex(8))
        return Shared(untold) if untold else Shared(compose.was_shared(found.to), stands=True)

    async def answer(self, command: Related | RelatedTo, caller: Caller) -> Message | None:
        """Answer for everyone, below the message at `caller.below`, in which it was asked.

        Returns what to tell who asked alone, if it could not be answered so.
        """
        begun = self._recent.begin(caller, (command, caller.below), self._office.clock())
        if isinstance(begun, Message):
            return begun
        found = await self._look(command, caller, begun)
        if isinstance(found, Message) and caller.can_be_told_alone:
            self._recent.take_back(begun)
            return found
        message = found if isinstance(found, Message) else shown(found, caller)
        return await self._show(message, caller, begun, f"asked.{caller.below}")

    async def _look(
        self, command: Related | RelatedTo | Share, caller: Caller, begun: Showing
    ) -> Found | Message:
        try:
            async with self._turns:
                return await look(self._office, command, caller)
        except Exception:
            self._recent.take_back(begun)
            raise

    async def _show(
        self, message: Message, caller: Caller, begun: Showing, key: str
    ) -> Message | None:
        """Post `message` where `caller` asks, once; return what to say if that failed."""
        try:
            await self._post(message, caller, key)
        except Unknown as error:
            log.warning("lost what became of a share in %s: %s", caller.here, error)
            return compose.perhaps_shared()
        except (PostError, PlatformClosed) as error:
            log.info("could not share in %s: %s", caller.here, error)
            self._recent.take_back(begun)
            return _failure(error)
        return None

    async def _post(self, message: Message, caller: Caller, key: str) -> None:
        poster = self._posters.get(caller.here.platform)
        if poster is None:
            raise Refused("this program does not post here")
        if caller.below:
            below = replace(caller.here, thread=caller.below)
            await poster.reply(below, message, key=key, title="")
        else:
            await poster.post(caller.here, message, key=key)


def _refusal(caller: Caller) -> Message | None:
    """Return why nothing may be shared here, by what the platform says at this moment."""
    if caller.here == caller.direct:
        return not_here(caller) or compose.only_shared_in_channels(prefix=caller.prefix)
    if not caller.may_post:
        return compose.may_not_share()
    if not caller.bot_may_post:
        return compose.cannot_share("I cannot post in this channel", caller.step_to_let_bot_post)
    return None


def _failure(error: PostError | PlatformClosed) -> Message:
    if isinstance(error, Unreachable | Refused):
        return compose.cannot_share(str(error), "")
    return compose.cannot_share_now()
