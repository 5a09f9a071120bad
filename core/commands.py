"""The commands: how typed words and pressed buttons are read, and who may ask."""

from dataclasses import dataclass

from core.posting import Address

_MOST_TYPED = 25


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
class Unclear:
    """Words that are no command."""

    words: str


Command = (
    Subscribe
    | Unsubscribe
    | Subscriptions
    | Tags
    | Latest
    | Related
    | Help
    | ChannelFollow
    | ChannelUnfollow
    | ChannelStatus
    | ChannelResume
    | ChannelNotices
    | Unclear
)

ForMods = ChannelFollow | ChannelUnfollow | ChannelStatus | ChannelResume | ChannelNotices
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
    bot_may_post: bool = True
    """The bot itself can post in this channel."""
    prefix: str = "/"
    """What is typed before a command's words here."""
    right_to_manage: str = ""
    """What the platform calls the right to change what this channel follows."""
    step_to_let_bot_post: str = ""
    """What a person does so that the bot can post in this channel, as a sentence."""


def is_for_mods(command: Command) -> bool:
    """Say whether `command` needs `Caller.may_manage`: only then need a platform be asked."""
    return isinstance(command, ForMods)


def parse(words: str) -> Command:
    """Return the command that `words` are, as typed after the bot's name or kept in a button."""
    verb, _, rest = " ".join(words.split()).partition(" ")
    if verb.lower() == "channel":
        verb, _, rest = rest.partition(" ")
        return _channel_command(verb.lower(), rest) or Unclear(words)
    return _command(verb.lower(), rest) or Unclear(words)


def split_words(typed: str) -> tuple[str, ...]:
    """Return the words in `typed`, which stand between spaces, each once; tags also at commas."""
    words = [
        one
        for word in typed.split()
        for one in ([word] if ":" in word or word.startswith("-") else word.split(","))
    ]
    return tuple(dict.fromkeys(filter(None, words)))[:_MOST_TYPED]


def _command(verb: str, rest: str) -> Command | None:  # noqa: PLR0911 (one short case for each verb)
    match verb:
        case "subscribe" | "follow":
            return Subscribe(split_words(rest))
        case "unsubscribe" | "unfollow":
            return Unsubscribe(split_words(rest))
        case "subscriptions":
            return Subscriptions()
        case "tags":
            return Tags()
        case "latest":
            return Latest(rest)
        case "related":
            return Related(rest)
        case "help" | "":
            return Help()
        case _:
            return None


def _channel_command(verb: str, rest: str) -> Command | None:
    match verb:
        case "follow":
            return ChannelFollow(split_words(rest))
        case "unfollow":
            return ChannelUnfollow(split_words(rest))
        case "status" | "":
            return ChannelStatus()
        case "resume":
            return ChannelResume()
        case "notices" if rest.lower() in {"", "on", "off"}:
            return ChannelNotices(wanted=rest.lower() != "off")
        case _:
            return None
