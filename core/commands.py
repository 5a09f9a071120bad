"""The commands: how typed words and pressed buttons are read, and who may ask."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from core import text
from core.posting import Address

_MOST_TYPED = 25
_MOST_SAID = 55  # with what else a button keeps that shares what it brings
_BELOW = re.compile(r"below:([0-9.]{1,40})")
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
class Help:
    """Ask what can be typed."""


@dataclass(frozen=True, slots=True)
class ChannelFollow:
    """Let this channel follow what these words name, on the terms that they say. For mods."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChannelUnfollow:
    """Let this channel stop following what these words name; without words, all. For mods."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChannelStatus:
    """Ask what this channel follows and whether posts reach it. For mods."""


@dataclass(frozen=True, slots=True)
class ChannelResume:
    """Post in this channel again after it was closed to the bot. For mods."""


@dataclass(frozen=True, slots=True)
class ChannelNotices:
    """Tell in this channel when another one is closed to the bot, or no longer. For mods."""

    wanted: bool = True


@dataclass(frozen=True, slots=True)
class ChannelZone:
    """Let this channel's digests and quiet hours go by the clock of this zone. For mods."""

    name: str = ""


@dataclass(frozen=True, slots=True)
class ChannelApart:
    """Let `article:12` have a post of its own here: it tells another story. For mods."""

    query: str


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
    | Summary
    | CatchUp
    | Zone
    | Help
    | ChannelFollow
    | ChannelUnfollow
    | ChannelStatus
    | ChannelResume
    | ChannelNotices
    | ChannelZone
    | ChannelApart
    | Unclear
)
"""The commands whose answer is for the caller alone."""

Command = ForCaller | Share

ForReaders = Tags | Latest | Search | Trending | Summary | CatchUp
"""The commands that change nothing and show what was told."""

ForSharing = (Related, RelatedTo, Share)
"""The commands whose answer can be shown to everyone, or is."""

ForMods = (
    ChannelFollow
    | ChannelUnfollow
    | ChannelStatus
    | ChannelResume
    | ChannelNotices
    | ChannelZone
    | ChannelApart
)
"""The commands about a channel, which need `Caller.may_manage`."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, where, and what they may change there, as the platform says at this moment."""

    person: str
    """The platform's id of the person."""
    here: Address
    """Where they ask. In direct messages the same as `direct`."""
    direct: Address
    """Their own direct messages."""
    may_manage: bool = False
    """May change what this channel follows."""
    may_post: bool = False
    """May write in this channel, as far as the platform tells; never in direct messages."""
    bot_may_post: bool = True
    """The bot itself can post in this channel."""
    below: str = ""
    """The id of the message that they ask about: what they share stands below it."""
    can_be_told_alone: bool = True
    """What is said where they ask can be said to them alone."""
    name: str = ""
    """What others see them called, where their id in a message would notify them; else ""."""
    prefix: str = "/"
    """What is typed before a command's words here."""
    right_to_manage: str = ""
    """What the platform calls the right to change what this channel follows."""
    shows_pictures: bool = False
    """An answer there can bring a picture of its own."""
    step_to_let_bot_post: str = ""
    """What a person does so that the bot can post in this channel, as a sentence."""
    step_to_open_direct: str = ""
    """What a person does so that direct messages of the bot reach them, as a sentence."""
    zone: str = ""
    """The IANA name of the zone in which the platform says they live; "" if it does not."""


def article_asked_about(words: str) -> str:
    """Return the article, as `article:12`, that a button of these words asks what is related to.

    "" if it asks something else.
    """
    article = words.removeprefix("related ")
    return article if article != words and article.startswith("article:") else ""


def is_for_mods(command: Command) -> bool:
    """Say whether `command` needs `Caller.may_manage`: only then need a platform be asked."""
    return isinstance(command, ForMods)


def turns_a_page(command: Command) -> bool:
    """Say whether a button that stands for `command` shows more of what it stands below."""
    return isinstance(command, Search) and "upto:" in command.query


def is_for_sharing(command: Command) -> bool:
    """Say whether it matters for `command` who may write in the channel."""
    return isinstance(command, ForSharing)


def minds_the_clock(command: Command) -> bool:
    """Say whether `command` sets a local time: only then need a platform be asked for the zone."""
    if isinstance(command, Snooze):
        return True
    if not isinstance(command, Subscribe | ChannelFollow):
        return False
    return any(word.lower().startswith(_TIMED) for word in command.words)


def parse(words: str) -> Command:
    """Return the command that `words` are, as typed after the bot's name or kept in a button."""
    verb, _, rest = " ".join(words.split()).partition(" ")
    commands = _COMMANDS
    if verb.lower() == "channel":
        commands = _CHANNEL_COMMANDS
        verb, _, rest = rest.partition(" ")
    read = commands.get(verb.lower())
    return read(rest) if read else Unclear(words)


def related_to(messages: tuple[Address, ...], names: Iterable[str], said: str) -> RelatedTo:
    """Return the question about a message that stands there, with these names in what it `said`."""
    words = text.clip(text.without_urls(text.clean(said)), _MOST_SAID).removesuffix("\u2026")
    return RelatedTo(messages, tuple(dict.fromkeys(names)), words)


def parse_mention(words: str, posts: tuple[Address, ...]) -> Command:
    """Return the command that is said to the bot in a message, perhaps below one of `posts`."""
    command = parse(words.rstrip("?!. "))
    links = tuple(text.urls(words))
    asks = (isinstance(command, Help) and not words) or command == Related("")
    if asks and posts:
        return RelatedTo(posts)
    if isinstance(command, Unclear) and links:
        return RelatedTo((), links)
    # What is asked there is for everyone anyway.
    return Related(command.query) if isinstance(command, Share) else command


def split_words(typed: str) -> tuple[str, ...]:
    """Return the words in `typed`, which stand between spaces, each once; tags also at commas."""
    words = [
        one
        for word in typed.split()
        for one in ([word] if ":" in word or word.startswith("-") else word.split(","))
    ]
    return tuple(dict.fromkeys(filter(None, words)))[:_MOST_TYPED]


def _share(rest: str) -> Share:
    first, _, query = rest.partition(" ")
    below = _BELOW.fullmatch(first)
    return Share(query, below[1]) if below else Share(rest)


_COMMANDS: Mapping[str, Callable[[str], Command]] = {
    "subscribe": lambda rest: Subscribe(split_words(rest)),
    "follow": lambda rest: Subscribe(split_words(rest)),
    "unsubscribe": lambda rest: Unsubscribe(split_words(rest)),
    "unfollow": lambda rest: Unsubscribe(split_words(rest)),
    "subscriptions": lambda _: Subscriptions(),
    "change": lambda rest: Change(split_words(rest)),
    "snooze": Snooze,
    "stop": Stop,
    "tags": lambda _: Tags(),
    "latest": Latest,
    "related": Related,
    "search": Search,
    "trending": Trending,
    "share": _share,
    "summary": Summary,
    "catchup": CatchUp,
    "zone": Zone,
    "help": lambda _: Help(),
    "": lambda _: Help(),
}
_CHANNEL_COMMANDS: Mapping[str, Callable[[str], Command]] = {
    "follow": lambda rest: ChannelFollow(split_words(rest)),
    "unfollow": lambda rest: ChannelUnfollow(split_words(rest)),
    "status": lambda _: ChannelStatus(),
    "": lambda _: ChannelStatus(),
    "resume": lambda _: ChannelResume(),
    "notices": lambda rest: _notices(rest.lower()) or Unclear(f"channel notices {rest}"),
    "zone": ChannelZone,
    "apart": ChannelApart,
}


def _notices(switch: str) -> ChannelNotices | None:
    return ChannelNotices(wanted=switch != "off") if switch in {"", "on", "off"} else None
