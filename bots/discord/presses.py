"""What a person pressed, chose or typed into a form, as the bot's words."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import discord

from bots.discord.asking import ASKS, FIELD, asked, modal
from bots.discord.components import Json
from bots.discord.elsewhere import Interaction
from core import compose
from core.commands import followed_by
from core.posting import Address
from core.seals import Foreign, Older, Opened, Seals

_FORM = 9  # the type of an answer that opens a form


def opened(interaction: Interaction, seals: Seals, place: Address) -> Opened | Older | Foreign:
    """Return the words that this stands for, if it was sealed for this place."""
    said = _data(interaction)
    kept = seals.open(str(said.get("custom_id", "")), place)
    if isinstance(kept, Foreign) and (forum := forum_of(interaction)):
        kept = seals.open(str(said.get("custom_id", "")), replace(place, channel=forum))
    if not isinstance(kept, Opened):
        return kept
    if "values" in said:
        return Opened(followed_by(kept.words, " ".join(_chosen(interaction))).rstrip())
    if typed := " ".join(_typed(said.get("components") or ())):
        return Opened(followed_by(kept.words, typed))
    return kept


def form_in(interaction: Interaction, words: str) -> bytes | None:
    """Return the answer that opens a form, if a button that asks for one was pressed."""
    if not words.startswith(ASKS) or _is_sent(interaction):
        return None
    asks, typed = asked(words)
    shown = modal(asks, compose.form_of(asks, _label(interaction), typed))
    return json.dumps({"type": _FORM, "data": shown}).encode() if shown else None


def forum_of(interaction: Interaction) -> str:
    """Return the forum in whose post this is; "" if it is in none."""
    channel = interaction.channel
    parent = channel.parent if isinstance(channel, discord.Thread) else None
    return str(parent.id) if isinstance(parent, discord.ForumChannel) else ""


def _chosen(interaction: Interaction) -> Iterator[str]:
    """Give what was chosen; the role that all members have is `everyone`."""
    for value in map(str, _data(interaction)["values"]):
        yield "everyone" if value == str(interaction.guild_id) else value


def _is_sent(interaction: Interaction) -> bool:
    return "components" in _data(interaction)


def _data(interaction: Interaction) -> Json:
    return {**(interaction.data or {})}


def _typed(rows: Any) -> Iterator[str]:  # noqa: ANN401 (Discord's JSON)
    for row in rows:
        field = row.get("component") or {}
        if field.get("custom_id") == FIELD:
            yield str(field.get("value", "")).strip()


def _label(interaction: Interaction) -> str:
    """Return what stands on the pressed button."""
    pressed = _data(interaction).get("custom_id")
    shown = interaction.message.components if interaction.message else []
    buttons_there = (it for one in shown for it in _inside(one.to_dict()))
    return next(
        (str(it.get("label")) for it in buttons_there if it.get("custom_id") == pressed), ""
    )


def _inside(component: Any) -> Iterator[Json]:  # noqa: ANN401 (Discord's JSON)
    yield component
    for inner in component.get("components") or ():
        yield from _inside(inner)
