"""Test posts: what a channel would get, posted there once at the wish of a mod."""

import asyncio
import logging
import secrets

from core import compose, subscriptions
from core.commands import Caller
from core.desk.office import Office
from core.desk.sharing import Recent
from core.desk.showing import brought_lately
from core.messages import Message
from core.posting import PlatformClosed, PostError, Receipt, Refused, Unknown, Unreachable

log = logging.getLogger(__name__)

_WHAT = ("test",)


class Tests:
    """Posts tests in channels, one a minute in each."""

    def __init__(self, office: Office, turns: asyncio.Semaphore) -> None:
        """Look for an article when it is one's turn; posting makes nobody wait."""
        self._office = office
        self._turns = turns
        self._recent = Recent(compose.already_tested, compose.shared_too_often)

    async def post(self, caller: Caller) -> Message:
        """Post a test where `caller` asks, and return what became of it."""
        if not caller.bot_may_post:
            why = "I may not post in this channel"
            return compose.cannot_test(why, caller.step_to_let_bot_post, prefix=caller.prefix)
        begun = self._recent.begin(caller, _WHAT, self._office.clock())
        if isinstance(begun, Message):
            return begun
        try:
            message, is_closed = await self._message(caller)
            link = await self._post(caller, message)
        except Unknown as error:
            log.warning("lost what became of a test in %s: %s", caller.about, error)
            return compose.perhaps_tested(prefix=caller.prefix)
        except (PostError, PlatformClosed) as error:
            log.info("could not post a test in %s: %s", caller.about, error)
            self._recent.take_back(begun)
            return compose.cannot_test(*_failure(error, caller), prefix=caller.prefix)
        return compose.was_tested(link, is_closed=is_closed)

    async def _message(self, caller: Caller) -> tuple[Message, bool]:
        """Return the test, and whether nothing else is posted there now."""
        office = self._office
        async with self._turns, office.database.read() as db:
            has = await subscriptions.following(db, caller.about)
            brought = await brought_lately(db, office, has.rules, most=1)
        newest = brought[0] if brought else None
        message = compose.channel_test(newest, office.style, caller.person, caller.name)
        return message, has.paused_because is not None

    async def _post(self, caller: Caller, message: Message) -> str:
        """Post the test, and return the link to it."""
        poster = self._office.posters.get(caller.about.platform)
        if poster is None:
            raise Refused("this program does not post here")
        receipt: Receipt = await poster.post(caller.about, message, key=secrets.token_hex(8))
        return await poster.link(receipt)


def _failure(error: PostError | PlatformClosed, caller: Caller) -> tuple[str, str]:
    """Return what is wrong, and the step that mends it."""
    if isinstance(error, Unreachable):
        return str(error), caller.step_to_let_bot_post
    if isinstance(error, Refused):
        return str(error), ""
    return "the platform is busy", "Wait a moment."
