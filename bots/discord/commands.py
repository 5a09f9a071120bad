"""The slash commands: what can be typed, and how it reads as the bot's words."""

import re
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import discord
from discord import app_commands

from bots.discord.elsewhere import Interaction, about_a_channel
from bots.discord.elsewhere import with_channel as _with_channel
from bots.discord.markdown import plain
from core.commands import split_words
from core.config import Style
from core.rules import Mood

Ask = Callable[[Interaction, str], Awaitable[None]]
"""Answers the words to the one who typed them."""
Suggest = Callable[[Interaction, str], Coroutine[Any, Any, list[app_commands.Choice[str]]]]
"""Returns what could be meant by an option that is being typed."""
Suggesters = Mapping[str, Suggest]
"""What suggests tags, and what zones."""
Slash = app_commands.Command[Any, ..., Any] | app_commands.Group

EVERYWHERE = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True)
"""On servers, in the bot's direct messages and in those of others."""
FOR_ANYONE = app_commands.AppInstallationType(guild=True, user=True)
"""On servers that installed the bot, and for people who did so for themselves."""

_Many = app_commands.Range[int, 1, 999]
_Heat = app_commands.Range[int, 0, 100]
_Concerns = Literal["some", "none"]

_MOST_CHOICES = 25
_CHOICE_MOST = 100
_LAST_TAG = re.compile(r"^((?:.*[\s,+]|)-?)([^\s,+]*)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Option:
    name: str
    description: str
    required: bool = False
    suggested: Literal["", "tags", "zones"] = ""
    """Of what Discord asks for choices while it is typed."""


@dataclass(frozen=True, slots=True)
class _Typed:
    name: str
    description: str
    option: _Option | None = None
    has_terms: bool = False
    """It also takes the terms of a rule."""
    may_mention: bool = False
    """One of these terms is whom posts mention."""
    names_role: bool = False
    """It takes mods, anyone, or a role."""
    names_channel: bool = False
    """It takes a channel beside the one that it is about."""


_TAGS = _Option("tags", "One or more; a+b for both, -c for none", required=True, suggested="tags")
_SOME_TAGS = _Option("tags", "Which tags; without any, all of them", suggested="tags")
_ZONE = _Option("place", "A city or a time zone; without one, say which holds", suggested="zones")

_TERMS = {
    "heat": "Only stories at least this hot, out of 100",
    "mood": "Only stories about which the community feels so",
    "concerns": "Only stories with concerns, or without any",
    "without": "Tags and sites to leave out",
    "style": "How long each post is",
    "when": "now, daily 08:00, weekdays 08:00, weekly mon 08:00",
    "quiet": "Hours in which nothing comes, such as 22:00-07:00",
    "most": "At most so many a day at once, and the rest in a digest",
    "minutes": "How many minutes of reading a digest brings",
}
_HERE = {"here": "Mention me in this channel's threads, instead of by direct message"}
_OF_CHANNEL = {
    "mention": "A role that each of these posts mentions",
    "threads": "Whether later coverage of a story is told in the thread of its post",
    "related": "Whether related stories stand in the thread of each post",
}

_FOR_ALL = (
    _Typed("subscribe", "Follow tags by direct message", _TAGS, has_terms=True),
    _Typed("unsubscribe", "Stop following tags", _SOME_TAGS),
    _Typed("subscriptions", "Show what you follow"),
    _Typed("home", "Show all that is yours here at one glance"),
    _Typed("tags", "Show which tags there are"),
    _Typed(
        "latest",
        "Show the newest stories",
        _Option("tag", "Only stories with this tag", suggested="tags"),
    ),
    _Typed(
        "summary",
        "Show what a story says",
        _Option("story", "A link to it", required=True),
    ),
    _Typed(
        "related",
        "Find stories about the same thing",
        _Option("query", "A link to a story, or a few words", required=True),
    ),
    _Typed(
        "why",
        "Show why a story was posted here, or was not",
        _Option("link", "The link of a story, or of a post in this channel"),
    ),
    _Typed(
        "search",
        "Look through all stories",
        _Option("words", "A few words; #tag for stories with it; newest first", required=True),
    ),
    _Typed(
        "trending",
        "Show what is told hottest",
        _Option("what", "day, week or a tag; without it, both times", suggested="tags"),
    ),
    _Typed(
        "snooze",
        "Hold what comes to you for a while",
        _Option("until", "8h, 3d, tomorrow, mon 08:00; or off"),
    ),
    _Typed("catchup", "Show what was posted here", _Option("since", "How long ago: 8h, 3d, 1w")),
    _Typed("zone", "Choose by which clock your digests come", _ZONE),
    _Typed(
        "privacy",
        "Show what is stored about you, or have it deleted",
        _Option("what", "export or delete; server for all channels here; without it, show it"),
    ),
    _Typed("help", "Show what can be typed"),
)
_CHANNEL = _Typed("channel", "Choose what this channel follows")
_FOR_MODS = (
    _Typed("follow", "Let this channel follow tags", _TAGS, has_terms=True, may_mention=True),
    _Typed("unfollow", "Let this channel stop following tags", _SOME_TAGS),
    _Typed("settings", "See and change how this channel is set up"),
    _Typed("status", "Show what this channel follows and whether posts reach it"),
    _Typed("zone", "Choose by which clock this channel's digests come", _ZONE),
    _Typed("managers", "Choose who may change this channel", names_role=True),
    _Typed("preview", "Show the last stories as they would be posted here"),
    _Typed("test", "Post a test in this channel"),
    _Typed(
        "pause",
        "Hold what comes to this channel for a while",
        _Option("until", "8h, 3d, tomorrow, mon 08:00; without it, until you resume"),
    ),
    _Typed("resume", "Post here again after a pause, or after the bot could not"),
    _Typed(
        "waiting",
        "Show what waits for this channel, post some of it now, or skip it",
        _Option("what", "post 5, or skip; without it, show what waits"),
    ),
    _Typed("move", "Let another channel follow what this one does", names_channel=True),
    _Typed(
        "mute",
        "Say no more that posts cannot reach this channel, until they could once",
        _Option("switch", "on, or off to be told again; without it, on"),
    ),
    _Typed("history", "Show who changed what here, and when"),
    _Typed(
        "undo",
        "Take a change back, and nothing else",
        _Option("number", "Which change, as the history numbers it; without one, the last"),
    ),
    _Typed("export", "Give all that is set here, as a file"),
    _Typed(
        "log",
        "Tell in this channel who changes what, and where posts cannot go",
        _Option("switch", "on, or off to stop; without it, on"),
    ),
    _Typed(
        "crosspost",
        "Publish each post of this announcement channel",
        _Option("switch", "on, or off to stop; without it, on"),
    ),
)


def slash_commands(ask: Ask, suggest: Suggesters) -> tuple[Slash, ...]:
    """Return the commands to register. Typing one asks its words, `channel follow llms` say."""
    group = app_commands.Group(
        name=_CHANNEL.name,
        description=_CHANNEL.description,
        allowed_contexts=app_commands.AppCommandContext(guild=True),
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        # It only hides the commands from others: who may use them is decided at each one.
        default_permissions=discord.Permissions(manage_guild=True),
    )
    for typed in _FOR_MODS:
        words = f"{_CHANNEL.name} {typed.name}"
        group.add_command(_command(typed, words, about_a_channel(ask), suggest, _with_channel))
    return (*(_command(typed, typed.name, ask, suggest) for typed in _FOR_ALL), group)


def split_typed(typed: str) -> tuple[str, str]:
    """Return what stands before the last tag of a list, its sign included, and that tag."""
    match = _LAST_TAG.match(typed)
    return (match[1], match[2]) if match else ("", typed)


def choices(before: str, tags: list[tuple[str, str]]) -> list[app_commands.Choice[str]]:
    """Return Discord's choices for `tags` (tag, label) as the last word after `before`.

    A choice replaces all that was typed, so it repeats it; what gets too long is left out.
    """
    already = set(re.split(r"[\s,]+", before))
    return [
        app_commands.Choice(name=plain(before + label, _CHOICE_MOST), value=before + tag)
        for tag, label in tags
        if tag not in already and len(before + tag) <= _CHOICE_MOST
    ][:_MOST_CHOICES]


def _command(
    typed: _Typed,
    words: str,
    ask: Ask,
    suggest: Suggesters,
    widened: Callable[[Any], Any] = lambda callback: callback,
) -> app_commands.Command[Any, ..., Any]:
    command: app_commands.Command[Any, ..., Any] = app_commands.Command(
        name=typed.name,
        description=typed.description,
        callback=widened(_callback_of(typed, words, ask, suggest)),
        allowed_contexts=EVERYWHERE,
        allowed_installs=FOR_ANYONE,
    )
    return command


def _callback_of(typed: _Typed, words: str, ask: Ask, suggest: Suggesters) -> Any:  # noqa: ANN401 (discord.py reads its parameters, which differ)
    if typed.has_terms:
        return _callback_with_terms(words, ask, suggest, may_mention=typed.may_mention)
    if typed.names_role:
        return _callback_with_role(words, ask)
    if typed.names_channel:
        return _callback_with_channel(words, ask)
    return _callback(typed.option, words, ask, suggest)


def _callback_with_role(words: str, ask: Ask) -> Any:  # noqa: ANN401 (discord.py reads its parameters)
    @app_commands.describe(
        who="Mods alone, or every member; without it, say who may", role="A role beside the mods"
    )
    async def with_role(
        interaction: Interaction,
        who: Literal["mods", "anyone"] | None = None,
        role: discord.Role | None = None,
    ) -> None:
        await ask(interaction, f"{words} {role.id if role else who or ''}".rstrip())

    return with_role


def _callback_with_channel(words: str, ask: Ask) -> Any:  # noqa: ANN401 (discord.py reads its parameters)
    @app_commands.describe(to="To which channel; without it, choose one")
    async def with_another(
        interaction: Interaction,
        to: app_commands.AppCommandChannel | app_commands.AppCommandThread | None = None,
    ) -> None:
        await ask(interaction, f"{words} to:{to.id}" if to else words)

    return with_another


def _callback(option: _Option | None, words: str, ask: Ask, suggest: Suggesters) -> Any:  # noqa: ANN401 (discord.py reads its parameters, which differ)
    async def alone(interaction: Interaction) -> None:
        await ask(interaction, words)

    async def with_option(interaction: Interaction, typed: str) -> None:
        await ask(interaction, f"{words} {typed}")

    async def with_optional(interaction: Interaction, typed: str = "") -> None:
        await ask(interaction, f"{words} {typed}".rstrip())

    if option is None:
        return alone
    callback = with_option if option.required else with_optional
    if option.suggested:
        app_commands.autocomplete(typed=suggest[option.suggested])(callback)
    app_commands.rename(typed=option.name)(callback)
    return app_commands.describe(typed=option.description)(callback)


def _callback_with_terms(words: str, ask: Ask, suggest: Suggesters, *, may_mention: bool) -> Any:  # noqa: ANN401 (discord.py reads its parameters)
    described = _TERMS | (_OF_CHANNEL if may_mention else _HERE)
    callback = app_commands.autocomplete(typed=suggest["tags"], without=suggest["tags"])(
        _for_channel(words, ask) if may_mention else _for_member(words, ask)
    )
    callback = app_commands.rename(typed=_TAGS.name)(callback)
    return app_commands.describe(typed=_TAGS.description, **described)(callback)


def _for_member(words: str, ask: Ask) -> Any:  # noqa: ANN401 (discord.py reads its parameters)
    async def with_terms(  # noqa: PLR0913 (an option each)
        interaction: Interaction,
        typed: str,
        heat: _Heat | None = None,
        mood: Mood | None = None,
        concerns: _Concerns | None = None,
        without: str = "",
        style: Style | None = None,
        when: str | None = None,
        quiet: str | None = None,
        most: _Many | None = None,
        minutes: _Many | None = None,
        here: bool = False,  # noqa: FBT001, FBT002 (an option)
    ) -> None:
        options: dict[str, object] = {"heat": heat, "mood": mood, "concerns": concerns}
        options |= {"style": style, "when": when, "quiet": quiet, "most": most, "minutes": minutes}
        wanted = f"{words} {typed} here" if here else f"{words} {typed}"
        await ask(interaction, _said(wanted, without, options))

    return with_terms


def _for_channel(words: str, ask: Ask) -> Any:  # noqa: ANN401 (discord.py reads its parameters)
    async def with_mention(  # noqa: PLR0913 (an option each)
        interaction: Interaction,
        typed: str,
        heat: _Heat | None = None,
        mood: Mood | None = None,
        concerns: _Concerns | None = None,
        without: str = "",
        style: Style | None = None,
        when: str | None = None,
        quiet: str | None = None,
        most: _Many | None = None,
        minutes: _Many | None = None,
        mention: discord.Role | None = None,
        threads: Literal["on", "off"] | None = None,
        related: Literal["thread", "off"] | None = None,
    ) -> None:
        options: dict[str, object] = {"heat": heat, "mood": mood, "concerns": concerns}
        options |= {"style": style, "when": when, "quiet": quiet, "most": most, "minutes": minutes}
        options |= {"mention": mention.id if mention else None}
        options |= {"threads": threads, "related": related}
        await ask(interaction, _said(f"{words} {typed}", without, options))

    return with_mention


def _said(words: str, without: str, options: Mapping[str, object]) -> str:
    """Return what these options are in words."""
    said = [words, *(f"-{word}" for word in split_words(without))]
    said += [f"{name}:{value}" for name, value in options.items() if value is not None]
    return " ".join(said)
