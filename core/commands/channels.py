"""The commands about a channel."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChannelFollow:
    """Let this channel follow what these words name, on the terms that they say. For mods."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChannelUnfollow:
    """Let this channel stop following what these words name; without words, all. For mods."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChannelPause:
    """Hold what comes to this channel: until then, or until somebody resumes it. For mods."""

    until: str = ""


@dataclass(frozen=True, slots=True)
class ChannelPreview:
    """Ask what this channel's rules would post, shown to one alone. For mods."""


@dataclass(frozen=True, slots=True)
class ChannelTest:
    """Post a test in this channel. For mods."""


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """Show how this channel is set up, after doing what these words say to it. For mods."""

    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChannelStatus:
    """Ask what this channel follows and whether posts reach it and all others. For mods."""

    query: str = ""
    """Which page of the others: `page:2`."""


@dataclass(frozen=True, slots=True)
class ChannelResume:
    """Post in this channel again after it was paused, or closed to the bot. For mods."""


@dataclass(frozen=True, slots=True)
class ChannelWaiting:
    """Ask what waits for this channel: `post 5` posts some of it now, `skip` skips it. For mods.

    `back 10-31` takes back what a skip did.
    """

    query: str = ""


@dataclass(frozen=True, slots=True)
class ChannelMute:
    """Tell nobody again that this channel is closed, until it was open once. For mods."""

    wanted: bool = True


@dataclass(frozen=True, slots=True)
class ChannelMove:
    """Let another channel follow what this one does, in its place; ask which. For mods.

    `back` are the numbers of two changes that such a move made, which it takes back: `57,58`.
    """

    to: str = ""
    """The platform's id of the channel."""
    back: str = ""


@dataclass(frozen=True, slots=True)
class ChannelLog:
    """Make this channel the log of its workspace, or no longer. For admins."""

    wanted: bool = True


@dataclass(frozen=True, slots=True)
class ChannelZone:
    """Let this channel's digests and quiet hours go by the clock of this zone. For mods."""

    name: str = ""


@dataclass(frozen=True, slots=True)
class ChannelManagers:
    """Let these set this channel up: `mods`, `anyone`, or a role or group beside the mods.

    Without a word, ask who may. For mods.
    """

    who: str = ""


@dataclass(frozen=True, slots=True)
class ChannelApart:
    """Let `article:12` have a post of its own here: it tells another story. For mods."""

    query: str


@dataclass(frozen=True, slots=True)
class ChannelHistory:
    """Ask what was changed here: ``, `page:2 upto:57`. For mods."""

    query: str = ""


@dataclass(frozen=True, slots=True)
class ChannelUndo:
    """Take back the change of this number, or the last one if it is 0. For mods."""

    number: int = 0


@dataclass(frozen=True, slots=True)
class ChannelExport:
    """Ask for all that is set here, as a file. For mods."""


@dataclass(frozen=True, slots=True)
class ChannelCrosspost:
    """Pass the posts of this channel on to those elsewhere that follow it. For mods."""

    wanted: bool = True


ForMods = (
    ChannelFollow
    | ChannelUnfollow
    | ChannelSettings
    | ChannelStatus
    | ChannelPause
    | ChannelPreview
    | ChannelResume
    | ChannelWaiting
    | ChannelMute
    | ChannelMove
    | ChannelLog
    | ChannelZone
    | ChannelManagers
    | ChannelApart
    | ChannelHistory
    | ChannelUndo
    | ChannelExport
    | ChannelCrosspost
)
"""The commands about a channel, or about what is set for the workspace in one of its channels."""
