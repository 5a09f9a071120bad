"""How typed words and pressed buttons are read as commands."""

import re
from collections.abc import Callable, Iterable, Mapping

from core import text
from core.commands.kinds import (
    CatchUp,
    Change,
    ChannelApart,
    ChannelCrosspost,
    ChannelFollow,
    ChannelManagers,
    ChannelNotices,
    ChannelResume,
    ChannelStatus,
    ChannelUnfollow,
    ChannelZone,
    Command,
    Help,
    Latest,
    Related,
    RelatedTo,
    Search,
    Share,
    Snooze,
    Stop,
    Subscribe,
    Subscriptions,
    Summary,
    Tags,
    Trending,
    Unclear,
    Unsubscribe,
    Zone,
)
from core.posting import Address

_MOST_TYPED = 25
_MOST_SAID = 50  # with what else a button keeps that shares what it brings
_BELOW = re.compile(r"below:([0-9.]{1,40})")


def parse(words: str) -> Command:
    """Return the command that `words` are, as typed after the bot's name or kept in a button."""
    verb, _, rest = " ".join(words.split()).partition(" ")
    commands = _COMMANDS
    if verb.lower() == "channel":
        commands = _CHANNEL_COMMANDS
        verb, _, rest = rest.partition(" ")
    read = commands.get(verb.lower())
    return read(rest) if read else Unclear(words)


def followed_by(words: str, typed: str) -> str:
    """Return `words` as they are with what was typed or chosen after them.

    What ends in the middle of a word, such as `quiet:`, goes on with it.
    """
    return f"{words}{typed}" if words.endswith((":", "-", "+")) else f"{words} {typed}"


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
    "managers": ChannelManagers,
    "apart": ChannelApart,
    "crosspost": lambda rest: _crosspost(rest.lower()) or Unclear(f"channel crosspost {rest}"),
}


def _crosspost(switch: str) -> ChannelCrosspost | None:
    return ChannelCrosspost(wanted=switch != "off") if switch in {"", "on", "off"} else None


def _notices(switch: str) -> ChannelNotices | None:
    return ChannelNotices(wanted=switch != "off") if switch in {"", "on", "off"} else None
