"""The commands: what can be asked of the desk."""

from dataclasses import dataclass
from typing import Literal

from core.commands.channels import (
    ChannelFollow,
    ChannelHistory,
    ChannelSettings,
    ChannelStatus,
    ChannelTest,
    ForMods,
)
from core.posting import Address

PrivacyWish = Literal["", "export", "delete", "delete yes"]
"""What is wanted of stored data; `delete yes` was asked whether they mean it."""

_TIMED = ("when:", "quiet:", "most:", "pause:")


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Follow what these words name, on the terms that they say, by direct message."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Stop following what these words name; without words, everything."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """Ask what one follows."""


@dataclass(frozen=True, slots=True)
class Change:
    """Ask how what these words name could come otherwise."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Snooze:
    """Hold all that comes to one until then: `2h`, `until mon`, `off`; without it, ask."""

    until: str = ""


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop following what brought the article `article:12`; without one, ask what to stop."""

    query: str = ""


@dataclass(frozen=True, slots=True)
class Tags:
    """Ask which tags there are."""


@dataclass(frozen=True, slots=True)
class Latest:
    """Ask for the newest articles, of one tag if it is given."""

    tag: str = ""


@dataclass(frozen=True, slots=True)
class Related:
    """Ask for stories about the same thing as this link, these words, or `article:12`."""

    query: str


@dataclass(frozen=True, slots=True)
class Search:
    """Look through everything stored: `openai ipo`, `newest page:2 upto:12 openai #llms`."""

    query: str


@dataclass(frozen=True, slots=True)
class Trending:
    """Ask what is told hottest: of the `day`, the `week` or both, of one tag if it is given."""

    query: str = ""


@dataclass(frozen=True, slots=True)
class RelatedTo:
    """Ask for stories about the same thing as a message: what it posts, leads to, or says."""

    messages: tuple[Address, ...]
    """Where messages stand that may be posts of ours, the nearest first. The thread is their id."""
    names: tuple[str, ...] = ()
    """The links in it, and its articles as `article:12`."""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Why:
    """Ask why `article:12`, or the article at this link, was posted here or was not."""

    query: str = ""


@dataclass(frozen=True, slots=True)
class WhyPosted:
    """Ask why a message was posted."""

    messages: tuple[Address, ...]
    """Where it may stand, the nearest first. The thread is its id."""
    names: tuple[str, ...] = ()
    """The links in it, and its articles as `article:12`."""


@dataclass(frozen=True, slots=True)
class Share:
    """Show everyone here what is related to this link, these words, or `article:12`."""

    query: str
    below: str = ""
    """The id of the message below which it is shown, if below any."""


@dataclass(frozen=True, slots=True)
class Summary:
    """Ask what the article `article:12`, or the one at this link, says."""

    query: str


@dataclass(frozen=True, slots=True)
class CatchUp:
    """Ask what was posted here since so long ago: `8h`, `3d`."""

    since: str = ""


@dataclass(frozen=True, slots=True)
class Zone:
    """Let one's own digests and quiet hours go by the clock of this zone; without one, ask."""

    name: str = ""


@dataclass(frozen=True, slots=True)
class Home:
    """Ask what is one's own here, at one glance; of what is long, this page."""

    page: str = ""


@dataclass(frozen=True, slots=True)
class Help:
    """Ask what can be typed."""


@dataclass(frozen=True, slots=True)
class Privacy:
    """Ask what is stored about one, for all of it (`export`), or to have it deleted."""

    what: PrivacyWish = ""


@dataclass(frozen=True, slots=True)
class PrivacyServer:
    """Ask the same about all that is stored of this workspace. For its admins."""

    what: PrivacyWish = ""


@dataclass(frozen=True, slots=True)
class Unclear:
    """Words that are no command."""

    words: str


ForCaller = (
    Subscribe
    | Unsubscribe
    | Subscriptions
    | Change
    | Snooze
    | Stop
    | Tags
    | Latest
    | Related
    | Search
    | Trending
    | RelatedTo
    | Why
    | WhyPosted
    | Summary
    | CatchUp
    | Zone
    | Home
    | Help
    | Privacy
    | PrivacyServer
    | ForMods
    | Unclear
)
"""The commands whose answer is for the caller alone."""

Command = ForCaller | Share | ChannelTest

ForReaders = Tags | Latest | Search | Trending | Summary | CatchUp
"""The commands that change nothing and show what was told."""

ForSharing = (Related, RelatedTo, Share)
"""The commands whose answer can be shown to everyone, or is."""


def article_asked_about(words: str) -> str:
    """Return the article, as `article:12`, that a button of these words asks what is related to.

    "" if it asks something else.
    """
    article = words.removeprefix("related ")
    return article if article != words and article.startswith("article:") else ""


def turns_a_page(command: Command) -> bool:
    """Say whether the answer to a button that stands for `command` takes the place of its own."""
    if isinstance(command, ChannelSettings):
        return bool(command.words)
    if isinstance(command, ChannelStatus):
        return "page:" in command.query
    return isinstance(command, Search | ChannelHistory) and "upto:" in command.query


def is_for_sharing(command: Command) -> bool:
    """Say whether it matters for `command` who may write in the channel."""
    return isinstance(command, ForSharing)


def minds_the_clock(command: Command) -> bool:
    """Say whether `command` sets a local time: only then need a platform be asked for the zone."""
    if isinstance(command, Snooze):
        return True
    if not isinstance(command, Subscribe | ChannelFollow | ChannelSettings):
        return False
    return any(word.lower().startswith(_TIMED) for word in command.words)
