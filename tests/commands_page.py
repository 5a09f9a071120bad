"""docs/commands.md, written from the commands themselves."""

import inspect
import re
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from core.commands import ACTIONS, Command, Unclear, parse, reading
from core.rights import TABLE, Standing

with warnings.catch_warnings():
    # discord.py can speak too, by a module that Python 3.13 no longer has.
    warnings.simplefilter("ignore", DeprecationWarning)
    from discord import app_commands

    from bots.discord.commands import slash_commands
    from bots.discord.menus import context_menus

_MANIFEST = Path(__file__).parent.parent / "bots" / "slack" / "manifest.yaml"
_WHO = (
    (Standing.STRANGER, "everyone"),
    (Standing.GUEST, "everyone there, guests too"),
    (Standing.MEMBER, "members"),
    (Standing.CHOSEN, "mods, and whom they let in"),
    (Standing.MOD, "mods"),
    (Standing.ADMIN, "admins"),
)
_EXAMPLES = {
    "subscribe": "subscribe llms -crypto heat:60",
    "unsubscribe": "unsubscribe llms",
    "change": "change llms",
    "snooze": "snooze until mon 08:00",
    "stop": "stop article:12",
    "latest": "latest llms",
    "related": "related openai ipo",
    "search": "search openai #llms",
    "trending": "trending week",
    "share": "share openai ipo",
    "summary": "summary https://themata.ai/news/ipo",
    "catchup": "catchup 8h",
    "zone": "zone Europe/Berlin",
    "why": "why https://themata.ai/news/ipo",
    "privacy": "privacy export",
    "channel follow": "channel follow llms when:daily 08:00",
    "channel unfollow": "channel unfollow llms",
    "channel notices": "channel notices off",
    "channel log": "channel log off",
    "channel zone": "channel zone Europe/Berlin",
    "channel managers": "channel managers @news-editors",
    "channel apart": "channel apart article:12",
    "channel crosspost": "channel crosspost on",
    "channel pause": "channel pause until mon 08:00",
    "channel move": "channel move to:1187301264118239251",
    "channel mute": "channel mute off",
    "channel waiting": "channel waiting post 5",
    "channel undo": "channel undo 3",
}
"""How each command is typed that takes something."""

_HEAD = """# The commands

Written by `make docs` from the commands themselves.

The words are the same on both platforms. On Discord each is a command of its own, `/channel follow`
say, with options for what it takes. On Slack they stand behind `/themata`; those with a slash of
their own can do without. A button does what its words would do, typed. What a rule can say is in
[rules.md](rules.md), and who is a mod in [permissions.md](permissions.md).

"""
_FOOT = """

## Without typing

| Where | What |
|---|---|
"""


def commands() -> str:
    """Return the text of docs/commands.md."""
    return (
        _HEAD
        + "\n".join((*_part("For oneself", ""), "", *_part("For a channel", "channel")))
        + (_FOOT + "\n".join(_elsewhere()) + "\n")
    )


def _part(heading: str, group: str) -> Iterator[str]:
    yield f"## {heading}\n"
    yield "| Words | What they do | Who may | Options on Discord | On Slack | For example |"
    yield "|---|---|---|---|---|---|"
    typed, slashes = _on_discord(), _on_slack()
    known: dict[type[Command], list[str]] = {}
    for words in _words(group):
        known.setdefault(type(_read(words)), []).append(words)
    for kind, alike in known.items():
        yield _row(kind, alike, typed, slashes)


def _row(
    kind: type[Command], words: list[str], typed: Mapping[str, str], slashes: frozenset[str]
) -> str:
    also = [it for it in words if it in slashes]
    on_slack = ", ".join(f"`{it}`" for it in (f"/themata {words[0]}", *(f"/{it}" for it in also)))
    on_discord = next((typed[it] for it in words if it in typed), "a button, or none")
    cells = (
        ", ".join(f"`{it}`" for it in words),
        _about(kind),
        _who(kind),
        on_discord,
        on_slack,
        f"`{_example(words[0])}`",
    )
    return f"| {' | '.join(cells)} |"


def _words(group: str) -> list[str]:
    """Return what can be typed for oneself, or for a channel."""
    told = reading._CHANNEL_COMMANDS if group else reading._COMMANDS
    return [f"{group} {word}".strip() for word in told if word]


def _example(words: str) -> str:
    return _EXAMPLES.get(words, words)


def _read(words: str) -> Command:
    """Return the command that these words are, with what it takes if it needs something."""
    read = parse(_example(words))
    assert not isinstance(read, Unclear), words
    return read


def _about(kind: type[Command]) -> str:
    first = (inspect.getdoc(kind) or "").splitlines()[0]
    return first.removesuffix(" For mods.").removesuffix(".")


def _who(kind: type[Command]) -> str:
    may = TABLE[ACTIONS[kind]]
    return next(said for standing, said in _WHO if standing in may)


def _on_discord() -> dict[str, str]:
    """Return the options of each command that Discord offers; what is needed stands first."""
    return {words: _options(command) for words, command in _registered(_slash())}


def _slash() -> tuple[Any, ...]:
    async def ask(_: object, __: object) -> None:
        pass

    async def suggest(_: object, __: str) -> list[app_commands.Choice[str]]:
        return []

    return slash_commands(ask, {"tags": suggest, "zones": suggest})


def _registered(given: tuple[Any, ...], before: str = "") -> Iterator[tuple[str, Any]]:
    for command in given:
        words = f"{before} {command.name}".strip()
        if isinstance(command, app_commands.Group):
            yield from _registered(tuple(command.commands), words)
        else:
            yield words, command


def _options(command: Any) -> str:
    options = (
        f"**`{it.display_name}`**" if it.required else f"`{it.display_name}`"
        for it in command.parameters
    )
    return ", ".join(options) or "none"


def _on_slack() -> frozenset[str]:
    """Return the commands that Slack has by themselves."""
    told = _MANIFEST.read_text(encoding="utf-8")
    return frozenset(re.findall(r"- command: /(\S+)", told)) - {"themata"}


def _elsewhere() -> Iterator[str]:
    async def ask(_: object) -> None:
        pass

    for menu in context_menus(ask):
        yield f"| a message's menu on Discord, under Apps | **{menu.name}** |"
    told = _MANIFEST.read_text(encoding="utf-8")
    for name, kind in re.findall(r"- name: (.+)\n +type: (\w+)", told):
        where = "a message's menu on Slack" if kind == "message" else "Slack's menu of shortcuts"
        yield f"| {where} | **{name}** |"
    yield "| a mention of Themata below a post, or with words | related stories, for everyone |"
