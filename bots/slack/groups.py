"""User groups that are typed, as words of the core."""

import re

# Slack puts a group that was picked while typing in this form, perhaps behind a space.
_NAMED = re.compile(r"(?<!\S)(mention:) *(<[^<>]*>|\S+)", re.IGNORECASE)
# Which channel it is about may stand before who.
_MANAGERS = re.compile(
    r"^(\s*channel +managers +(?:in:\S+ +)?)(?!in:)(<[^<>]*>|\S+)", re.IGNORECASE
)
_GROUP = re.compile(r"<!subteam\^(S[A-Z0-9]{1,20})(?:\|[^<>]*)?>|(S[A-Z0-9]{1,20})")
_ABOUT_CHANNELS = re.compile(r"\s*channel\b", re.IGNORECASE)
_CHANNEL = re.compile(r"(?:\b(in|to): *)?<#([CG][A-Z0-9]{1,20})(?:\|[^<>]*)?>", re.IGNORECASE)
_MOVES = re.compile(r"\s*channel\s+move\b", re.IGNORECASE)
_TOKEN = re.compile(r"<[!@#]?(?P<target>[^<>|]*)(?:\|(?P<label>[^<>]*))?>")
_EVERYONE = frozenset({"everyone", "here", "channel"})


def with_channel(typed: str) -> str:
    """Return what was typed in which a channel that a command about channels names is its id.

    It is the one that the command is about, but for a move: there it is where that goes.
    """
    if not _ABOUT_CHANNELS.match(typed):
        return typed
    means = "to" if _MOVES.match(typed) else "in"
    return _CHANNEL.sub(lambda found: f" {(found[1] or means).lower()}:{found[2]} ", typed)


def with_groups(typed: str) -> str:
    """Return what was typed, still in Slack's markup, in which each group is its id.

    Who is in the channel is `everyone`. What is no group is a name with an @ before it.
    """
    for named in (_NAMED, _MANAGERS):
        typed = named.sub(lambda found: found[1] + _read(found[2]), typed)
    return typed


def _read(typed: str) -> str:
    if group := _GROUP.fullmatch(typed):
        return group[1] or group[2]
    token = _TOKEN.fullmatch(typed)
    name = (token["target"] if token else typed).strip("@")
    if name.lower() in _EVERYONE:
        return "everyone"
    shown = (token["label"] or name) if token else name
    return typed if typed.isalpha() else f"@{shown.strip('@')}"
