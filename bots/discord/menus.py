"""The menu of a message: what can be asked about it, and what it says."""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import discord
from discord import app_commands

from bots.discord.commands import EVERYWHERE, FOR_ANYONE
from bots.discord.elsewhere import Interaction
from core import text
from core.commands import (
    Command,
    RelatedTo,
    Why,
    WhyPosted,
    article_asked_about,
    related_to,
)
from core.posting import Address
from core.seals import words_in

AskAbout = Callable[[Interaction], Awaitable[None]]
"""Answers about the message in whose menu it was asked."""

RELATED = "Related stories"
WHY = "Why was this posted?"
_LINK = re.compile(r"\[([^\[\]]*)\]\(<?(https?://[^\s<>|\[\]\"]+?)>?\)")
# Markup around words. What looks like it within an address belongs to that.
_MARKUP = re.compile(
    r"""
    (?P<kept>https?://[^\s<>|\[\]"]+)
    | <(?:a?:\w+:|[@#&!/:]+|id:)[^<>]*>
    | <(?=https?://) | [*_~`|#>\\]+ | -#[ ]
    """,
    re.VERBOSE,
)
_MESSAGE = re.compile(
    r"https://(?:\w+\.)?discord(?:app)?\.com/channels/"
    r"(?P<server>\d+)/(?P<channel>\d+)/(?P<message>\d+)"
)
_FORWARD = 1
_STARTS_THREAD = 21
_TOLD = ("content", "title", "description")
# What stands in a message beside what it says: other messages, people, pictures.
_BESIDE = frozenset({"author", "referenced_message", "mentions", "media", "thumbnail", "image"})


def context_menus(ask: AskAbout) -> tuple[app_commands.ContextMenu, ...]:
    """Return the entries of a message's menu to register."""

    async def related(interaction: Interaction, _message: discord.Message) -> None:
        await ask(interaction)

    async def why(interaction: Interaction, _message: discord.Message) -> None:
        await ask(interaction)

    return tuple(
        app_commands.ContextMenu(
            name=name,
            callback=callback,
            allowed_contexts=EVERYWHERE,
            allowed_installs=FOR_ANYONE,
        )
        for name, callback in ((RELATED, related), (WHY, why))
    )


def target_of(interaction: Interaction) -> str:
    """Return the id of the message in whose menu something was chosen."""
    said: Mapping[str, object] = {**(interaction.data or {})}
    return str(said.get("target_id", ""))


def command_about(interaction: Interaction, here: Address) -> RelatedTo | WhyPosted:
    """Return what is asked about the message in whose menu something was chosen."""
    data: Mapping[str, Any] = {**(interaction.data or {})}
    target = target_of(interaction)
    message = data.get("resolved", {}).get("messages", {}).get(target, {})
    said = " ".join(words for key, words in _told(message) if key in _TOLD)
    standing = (
        Address(here.platform, here.workspace, here.channel, target),
        *_other(message, here),
    )
    names = names_in(message)
    if data.get("name") == WHY:
        return WhyPosted(standing, tuple(names))
    return related_to(standing, names, plain(said))


def with_message(command: Command, here: Address) -> Command:
    """Return `command`; if it asks why of the link to a message in this channel, about that."""
    link = _MESSAGE.search(command.query) if isinstance(command, Why) else None
    if link is None or (link["server"], link["channel"]) != (here.workspace, here.channel):
        return command
    return WhyPosted((replace(here, thread=link["message"]),))


def names_in(value: object) -> list[str]:
    """Return the articles of the buttons in a message or a part of it, then its links."""
    told = list(_told(value))
    articles = [words for words in map(_article, told) if words]
    return [*articles, *(url for _, words in told for url in text.urls(words))]


def plain(content: str) -> str:
    """Return the words that people see of a message's markdown."""
    with_links = _LINK.sub(r"\2 \1", content)
    return " ".join(_MARKUP.sub(lambda found: found["kept"] or " ", with_links).split())


def _article(told: tuple[str, str]) -> str:
    key, written = told
    return article_asked_about(words_in(written)) if key == "custom_id" else ""


def _told(value: object) -> Iterator[tuple[str, str]]:
    """Give the texts, addresses and ids of buttons in a message, in order."""
    match value:
        case dict():
            for key, inner in value.items():
                if isinstance(inner, str) and key in {*_TOLD, "url", "custom_id"}:
                    yield key, inner
                elif key not in _BESIDE:
                    yield from _told(inner)
        case list():
            for inner in value:
                yield from _told(inner)
        case _:
            return


def _other(message: Mapping[str, Any], here: Address) -> Iterator[Address]:
    """Give the message that this one only shows again: forwarded, or at the top of a thread."""
    reference = message.get("message_reference") or {}
    if message.get("type") == _STARTS_THREAD or reference.get("type") == _FORWARD:
        channel, shown = str(reference.get("channel_id")), str(reference.get("message_id"))
        yield Address(here.platform, here.workspace, channel, shown)
