"""Who is in the scene and where, and what a side of it can show and do."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Json = dict[str, Any]
"""An object of a vendor's, as it came."""

SideName = Literal["discord", "slack"]

WORKSPACE = "Acme"
APP = "Themata"
ADA = "ada"
"""The mod."""
MIA = "mia"
"""A member."""
PEOPLE = (ADA, MIA)
CHANNELS = ("ai-news", "general")
ROLE = "news"
"""Who can be mentioned together: a role, or a group."""
ASK_BELOW = f"Mention @{APP} below"
"""What can be done with any message beside what the app put into its menu."""
DIRECT = "direct"
"""Stands for each person's own direct messages with the bot."""
PLACES = (*CHANNELS, DIRECT)
VIEWS = "views"
"""Stands for a person's modals and home tab, where something changed there."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A message, or what the client itself tells someone, as one person sees it."""

    id: str
    at: float
    """Seconds since 1970."""
    author: str
    body: Json
    """What it shows, in the vendor's own form; `text` alone for a remark."""
    kind: Literal["person", "bot", "remark"] = "bot"
    only_you: bool = False
    is_edited: bool = False
    asked: str = ""
    """The command that it answers, where the client says so."""
    below: str = ""
    """The message in whose thread it stands."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something that could be typed next."""

    words: str
    """What the input holds when it is taken."""
    label: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something changed in a place; `person` is the only one who can see it, empty for everyone."""

    side: SideName
    place: str
    person: str = ""


@dataclass(frozen=True, slots=True)
class Press:
    """A press of a button, or the choice of an `option` of a list; of several, all of these."""

    message: str
    button: str
    option: str | Sequence[str] = ""
    block: str = ""
    """The block in which the button is, where there may be several of its name."""


@dataclass(frozen=True, slots=True)
class Pick:
    """The choice of an entry in the menu of a message."""

    message: str
    entry: str


@dataclass(frozen=True, slots=True)
class Directory:
    """What the vendor's ids stand for, so that a client can show names."""

    names: Mapping[str, str]
    roles: Mapping[str, str] = field(default_factory=dict)
    """What each person of the cast is there."""
    groups: tuple[str, ...] = ()
    """The ids of the roles that a list of roles offers."""
    channels: tuple[str, ...] = ()
    """The ids of the channels that a list of channels offers."""


class Side(Protocol):
    """One vendor's part of the scene. People and places go by their words in the cast."""

    name: SideName
    directory: Directory

    def shown(self, person: str, place: str) -> Sequence[Shown]:
        """Return the messages that this person sees there, in any order."""
        ...

    async def type_words(self, person: str, place: str, words: str) -> str:
        """Type words and send them; return what the client itself says to it, perhaps nothing."""
        ...

    async def press(self, person: str, place: str, press: Press) -> str:
        """Press a button; return what the client itself says to it, perhaps nothing."""
        ...

    def menu(self, place: str) -> Sequence[str]:
        """Return what stands there in the menu of a message that everyone sees."""
        ...

    async def pick(self, person: str, place: str, pick: Pick) -> str:
        """Choose from a message's menu; return what the client itself says to it, or nothing."""
        ...

    async def suggestions(self, person: str, place: str, words: str) -> Sequence[Suggestion]:
        """Return what the client offers while these words are being typed."""
        ...

    def changes(self) -> AsyncIterator[Notice]:
        """Return what changes from this moment on; it ends with the side."""
        ...
