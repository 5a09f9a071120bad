"""How typed words and pressed buttons are read as commands."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import get_args

from core import text
from core.commands.channels import (
    ChannelApart,
    ChannelCrosspost,
    ChannelExport,
    ChannelFollow,
    ChannelHistory,
    ChannelLog,
    ChannelManagers,
    ChannelMove,
    ChannelMute,
    ChannelPause,
    ChannelPreview,
    ChannelResume,
    ChannelSettings,
    ChannelStatus,
    ChannelTest,
    ChannelUndo,
    ChannelUnfollow,
    ChannelWaiting,
    ChannelZone,
)
from core.commands.kinds import (
    CatchUp,
    Change,
    Command,
    Help,
    Home,
    Latest,
    Privacy,
    PrivacyServer,
    PrivacyWish,
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
    Why,
    WhyPosted,
    Zone,
)
from core.posting import Address

_MOST_TYPED = 25
_MOST_SAID = 50  # with what else a button keeps that shares what it brings
_ABOUT = re.compile(r"in:([0-9A-Za-z]{1,32})")
_MOVE = re.compile(r"(?:to:([0-9A-Za-z]{1,32})|back:([0-9]{1,15},[0-9]{1,15}))?")
_NUMBER = re.compile(r"[0-9]{1,15}")
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


def follow_by_form(tags: Iterable[str], way: str, time: str) -> Command:
    """Return the command of a form: to follow these tags `now`, `daily` or `weekly mon` at a time.

    Digests come at the time.
    """
    when = "now" if way == "now" else f"{way} {time}"
    return parse(f"subscribe {' '.join(tags)} when:{when}")


def about_in(words: str) -> tuple[str, str]:
    """Return the words, and the id of the channel that they are about: `in:123`; "" for none."""
    said = words.split()
    if not said or said[0].lower() != "channel":
        return words, ""
    named = [found[1] for word in said if (found := _ABOUT.fullmatch(word))]
    rest = " ".join(word for word in said if not _ABOUT.fullmatch(word))
    return rest, named[-1] if named else ""


def parse_mention(words: str, posts: tuple[Address, ...]) -> Command:
    """Return the command that is said to the bot in a message, perhaps below one of `posts`."""
    command = parse(words.rstrip("?!. "))
    links = tuple(text.urls(words))
    asks = (isinstance(command, Help) and not words) or command == Related("")
    if asks and posts:
        return RelatedTo(posts)
    if isinstance(command, Why) and posts and not links:
        return WhyPosted(posts)
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
    "why": Why,
    "catchup": CatchUp,
    "zone": Zone,
    "home": Home,
    "privacy": lambda rest: _privacy(rest.lower()) or Unclear(f"privacy {rest}"),
    "help": lambda _: Help(),
    "": lambda _: Help(),
}
_CHANNEL_COMMANDS: Mapping[str, Callable[[str], Command]] = {
    "follow": lambda rest: ChannelFollow(split_words(rest)),
    "unfollow": lambda rest: ChannelUnfollow(split_words(rest)),
    "settings": lambda rest: ChannelSettings(tuple(rest.split())),
    "set": lambda rest: ChannelSettings(tuple(rest.split())),
    "status": ChannelStatus,
    "": lambda _: ChannelStatus(),
    "pause": ChannelPause,
    "resume": lambda _: ChannelResume(),
    "waiting": ChannelWaiting,
    "mute": lambda rest: _mute(rest.lower()) or Unclear(f"channel mute {rest}"),
    "move": lambda rest: _move(rest) or Unclear(f"channel move {rest}"),
    "log": lambda rest: _log(rest.lower()) or Unclear(f"channel log {rest}"),
    "preview": lambda _: ChannelPreview(),
    "test": lambda _: ChannelTest(),
    "notices": lambda rest: _log(rest.lower()) or Unclear(f"channel notices {rest}"),
    "zone": ChannelZone,
    "managers": ChannelManagers,
    "apart": ChannelApart,
    "history": ChannelHistory,
    "export": lambda _: ChannelExport(),
    "undo": lambda rest: _undo(rest) or Unclear(f"channel undo {rest}"),
    "crosspost": lambda rest: _crosspost(rest.lower()) or Unclear(f"channel crosspost {rest}"),
}


def _crosspost(switch: str) -> ChannelCrosspost | None:
    return ChannelCrosspost(wanted=switch != "off") if switch in {"", "on", "off"} else None


def _log(switch: str) -> ChannelLog | None:
    return ChannelLog(wanted=switch != "off") if switch in {"", "on", "off"} else None


def _mute(switch: str) -> ChannelMute | None:
    return ChannelMute(wanted=switch != "off") if switch in {"", "on", "off"} else None


def _move(rest: str) -> ChannelMove | None:
    said = _MOVE.fullmatch(rest)
    return ChannelMove(said[1] or "", said[2] or "") if said else None


def _undo(rest: str) -> ChannelUndo | None:
    number = rest.lstrip("#") or "0"
    return ChannelUndo(int(number)) if _NUMBER.fullmatch(number) else None


def _privacy(rest: str) -> Privacy | PrivacyServer | None:
    is_server = rest.split(" ", maxsplit=1)[0] == "server"
    what = rest.removeprefix("server").strip() if is_server else rest
    wish: PrivacyWish | None = next((it for it in get_args(PrivacyWish) if it == what), None)
    if wish is None:
        return None
    return PrivacyServer(wish) if is_server else Privacy(wish)
