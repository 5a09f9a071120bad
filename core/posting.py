"""The port to a chat platform: where a message goes, and how a post can fail."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, Protocol

from core.messages import Message

Platform = Literal["discord", "slack"]
PLATFORMS: tuple[Platform, ...] = ("discord", "slack")


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """Where messages can go. The ids are the platform's own, as text.

    A channel whose id is a person's is that person's direct messages. A thread has the id of the
    message below which it stands.
    """

    platform: Platform
    workspace: str
    channel: str
    thread: str = ""


_PERSON = "@"  # no id of a message begins so


def beside(channel: Address, person: str) -> Address:
    """Return the address at which a person follows something beside a channel.

    Nothing is posted to it: they are mentioned in the threads of the channel's posts.
    """
    return replace(channel, thread=_PERSON + person)


def person_beside(address: Address) -> str:
    """Return who follows something there beside a channel; "" if messages can go there."""
    return address.thread[1:] if address.thread.startswith(_PERSON) else ""


RELATED = "+related"
"""The thread of an address at which the related stories of a channel's posts are queued."""


def related_below(channel: Address) -> Address:
    """Return the address at which the related stories of a channel's posts are queued.

    Nothing is posted to it: they stand in the threads of the channel's posts.
    """
    return replace(channel, thread=RELATED)


def channel_of(address: Address) -> Address | None:
    """Return the channel beside which an address stands; None if messages can go there."""
    is_beside = person_beside(address) or address.thread == RELATED
    return replace(address, thread="") if is_beside else None


@dataclass(frozen=True, slots=True)
class Receipt:
    """The proof of a post: where it stands, and the platform's id of it."""

    address: Address
    message_id: str


class PostError(Exception):
    """A post that was not confirmed. Its kind says what is known and what to do next."""


class TryLater(PostError):
    """Certainly not posted: the platform is busy or away. Worth another try, after `after`."""

    def __init__(self, reason: str, after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.after = after


class Unknown(PostError):
    """Perhaps posted: the connection broke before the answer came."""


class Unreachable(PostError):
    """Certainly not posted: this address is closed to the bot until a person changes that."""


class Refused(PostError):
    """Certainly not posted, and this message never will be."""


class Unsearchable(PostError):
    """What stands at this address cannot be read, so an unknown outcome cannot be settled."""


class PlatformClosed(Exception):
    """The platform no longer accepts the bot's token. It ends that platform, never a channel."""


@dataclass(frozen=True, slots=True)
class Repeats:
    """How a platform lets one find out whether a post stands whose outcome is unknown."""

    known_for: timedelta
    """How long after its first try a post with the same key is surely no second one."""
    settles_in: timedelta
    """How long after a try it may still appear: the wait before each look."""
    looks: int
    """How many looks have to find nothing before it is posted again."""


class Finder(Protocol):
    """A chat platform on which a post with an unknown outcome can be looked for."""

    @property
    def repeats(self) -> Repeats:
        """How unknown outcomes are settled on this platform."""
        ...

    async def find(self, address: Address, *, key: str, since: datetime) -> Receipt | None:
        """Return the receipt of the post of `key` if it stands at `address`, posted since then.

        Raises `Unsearchable` if that cannot be read there; else like `post`, where `Unknown` and
        `TryLater` both mean that it is not known yet.
        """
        ...


class Poster(Finder, Protocol):
    """A chat platform that messages can be posted to."""

    async def post(self, address: Address, message: Message, *, key: str) -> Receipt:
        """Post `message` and return its receipt.

        The same `key` means the same post: a platform that can will not show it twice.
        Raises a `PostError` of the kind that fits, or `PlatformClosed`.
        """
        ...

    async def reply(self, address: Address, message: Message, *, key: str, title: str) -> Receipt:
        """Post `message` in the thread of `address`, or else right below what it is about.

        A thread that has to be started is called `title`; without one none is. Else as in `post`.
        """
        ...

    async def edit(self, receipt: Receipt, message: Message) -> None:
        """Replace what stands at `receipt`. Raises like `post`."""
        ...

    async def link(self, receipt: Receipt) -> str:
        """Return the address that leads people to what stands at `receipt`; "" if none is known."""
        ...
