"""Another channel that a command is about, and what one may do there."""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import discord
from discord import app_commands

Interaction = discord.Interaction[discord.Client]
_Ask = Callable[[Interaction, str], Awaitable[None]]

_OPTION = "channel"
_ABOUT = "Another channel; without it, this one"
_ANNOUNCEMENTS, _THREADS = 5, (10, 11, 12)  # types of channels
_NONE = discord.Permissions.none()


@dataclass(frozen=True, slots=True)
class Rights:
    """What a person and the bot may do in a channel; nothing if it is not known there."""

    person: discord.Permissions = _NONE
    bot: discord.Permissions = _NONE
    in_thread: bool = False
    for_announcements: bool = False
    is_gone: bool = False
    """The server has no such channel, or it is a thread that was archived long ago."""


def about_a_channel(ask: _Ask) -> _Ask:
    """Return how to ask about the channel that was chosen in the option of that name."""

    async def about(interaction: Interaction, words: str) -> None:
        chosen = getattr(interaction.namespace, _OPTION, None)
        await ask(interaction, f"{words} in:{chosen.id}" if chosen else words)

    return about


def with_channel(callback: Any) -> Any:  # noqa: ANN401 (discord.py reads its parameters)
    """Return the callback of a command with one more option, which names a channel."""
    optional = inspect.Parameter(
        _OPTION,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=app_commands.AppCommandChannel | app_commands.AppCommandThread | None,
    )
    before = inspect.signature(callback)

    async def widened(interaction: Interaction, **given: Any) -> None:  # noqa: ANN401 (the options)
        given.pop(_OPTION, None)
        await callback(interaction, **given)

    parameters = [*before.parameters.values(), optional]
    # What discord.py noted about the other options goes with them.
    widened.__dict__.update(callback.__dict__)
    widened.__signature__ = before.replace(parameters=parameters)  # type: ignore[attr-defined]  # read by inspect
    return app_commands.describe(**{_OPTION: _ABOUT})(widened)


def rights_in(interaction: Interaction, channel: str) -> Rights:
    """Return what Discord says that the person and the bot may do in a channel of the server.

    What was chosen in an option comes with it; else discord.py keeps what that takes.
    """
    chosen = _chosen(interaction, channel)
    if chosen is not None:
        return Rights(
            _seen(int(chosen.get("permissions") or 0)),
            _seen(int(chosen.get("app_permissions") or 0)),
            chosen.get("type") in _THREADS,
            chosen.get("type") == _ANNOUNCEMENTS,
        )
    guild, person = interaction.guild, interaction.user
    place = guild.get_channel_or_thread(int(channel)) if guild and channel.isdecimal() else None
    if not guild or not isinstance(person, discord.Member):
        return Rights()
    if not place:
        return Rights(is_gone=channel.isdecimal())
    in_thread = isinstance(place, discord.Thread)
    if isinstance(place, discord.Thread) and place.parent is None:
        return Rights()
    is_news = isinstance(place, discord.TextChannel) and place.is_news()
    return Rights(
        place.permissions_for(person), place.permissions_for(guild.me), in_thread, is_news
    )


def _chosen(interaction: Interaction, channel: str) -> dict[str, Any] | None:
    data: dict[str, Any] = {**(interaction.data or {})}
    found: dict[str, Any] | None = (data.get("resolved") or {}).get("channels", {}).get(channel)
    return found if found and "app_permissions" in found else None


def _seen(value: int) -> discord.Permissions:
    """Return these rights: of what one does not see, none are left."""
    has = discord.Permissions(value)
    return has if has.view_channel or has.administrator else _NONE
