"""The settings of a workspace as one file: written, read, and put in place of what is set."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import tomli_w
from pydantic import Field, ValidationError, field_validator
from sqlalchemy.ext.asyncio import AsyncConnection

from core import history, settings
from core.config import line_of, lines_of_keys
from core.history import OPERATOR, Change
from core.posting import Address, Platform
from core.settings import Difference, Settings, Written
from core.tables import addresses, changes, rules, workspaces


@dataclass(frozen=True, slots=True)
class Portable:
    """What is set for channels of a workspace, as a file says it."""

    platform: Platform
    workspace: str
    channels: Mapping[str, Settings]

    def at(self, channel: str) -> Address:
        """Return the address of this channel there."""
        return Address(self.platform, self.workspace, channel)


class BadFile(Exception):
    """The file cannot be used: a line for each mistake, with its place."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = tuple(mistakes)


async def exported(
    db: AsyncConnection, platform: Platform, workspace: str, channel: str = ""
) -> str:
    """Return what is set for the channels of this workspace, or for one, as TOML."""
    there = [channel] if channel else await _channels(db, platform, workspace)
    found = {it: await settings.of(db, Address(platform, workspace, it)) for it in there}
    return write(Portable(platform, workspace, found))


def write(portable: Portable) -> str:
    """Return these settings as TOML, which `read` reads as the same."""
    channels: list[dict[str, Any]] = [
        {"channel": channel, **settings.as_plain(said)}
        for channel, said in sorted(portable.channels.items())
    ]
    told: dict[str, Any] = {"platform": portable.platform, "workspace": portable.workspace}
    return tomli_w.dumps(told | ({"channels": channels} if channels else {}))


def read(written: str) -> Portable:
    """Return the settings that stand in `written`. Raises `BadFile`."""
    try:
        said = _WrittenFile.model_validate(tomllib.loads(written))
    except tomllib.TOMLDecodeError as error:
        raise BadFile([f"this is not TOML: {error}"]) from error
    except ValidationError as error:
        lines = dict(lines_of_keys(written))
        mistakes = settings.mistakes_in(error)
        raise BadFile([_mistake(key, what, lines) for key, what in mistakes]) from error
    found = {it.channel: it.settings() for it in said.channels}
    return Portable(said.platform, said.workspace, found)


async def differences(db: AsyncConnection, portable: Portable) -> dict[Address, list[Difference]]:
    """Return what would be set otherwise in which channels; those it does not name stay."""
    found = {}
    for channel, wanted in portable.channels.items():
        address = portable.at(channel)
        if change := settings.differences(await settings.of(db, address), wanted):
            found[address] = change
    return found


async def put(db: AsyncConnection, portable: Portable, *, now: datetime) -> list[Address]:
    """Set all that it says, in the transaction of `db`, and return the channels that changed."""
    changed = list(await differences(db, portable))
    for address in changed:
        async with history.noted(db, address, by=OPERATOR, now=now):
            wanted = portable.channels[address.channel]
            await settings.put(db, address, wanted, by="", now=now)
    return changed


async def undo(db: AsyncConnection, *, now: datetime) -> list[Change]:
    """Take back what the last import changed, all or nothing. Raises `history.ChangedSince`."""
    made = await history.last_import(db)
    for change in made:
        await history.undo(db, change.channel, change.number, by=OPERATOR, now=now)
    return made


async def _channels(db: AsyncConnection, platform: Platform, workspace: str) -> Sequence[str]:
    """Return the channels there for which something was set; direct messages are none."""
    at = addresses.c
    is_followed = sa.exists().where(rules.c.address_id == at.id, rules.c.set_by != at.channel)
    is_here = (changes.c.platform == platform, changes.c.workspace == workspace)
    was_changed = sa.exists().where(*is_here, changes.c.channel == at.channel)
    told_in = (workspaces.c.platform == platform, workspaces.c.workspace == workspace)
    is_told = sa.exists().where(*told_in, workspaces.c.notices_channel == at.channel)
    there = (at.platform == platform, at.workspace == workspace, at.thread == "")
    asked = sa.select(at.channel).where(*there, sa.or_(is_followed, was_changed, is_told))
    return (await db.scalars(asked.order_by(at.channel))).all()


class _WrittenChannel(Written):
    channel: str = Field(pattern=r"^[0-9A-Za-z_-]+$")


class _WrittenFile(settings.Strict):
    platform: Platform
    workspace: str = Field(pattern=r"^[0-9A-Za-z_-]+$")
    channels: list[_WrittenChannel] = Field(default=[])

    @field_validator("channels")
    @classmethod
    def _stand_once(cls, channels: list[_WrittenChannel]) -> list[_WrittenChannel]:
        names = [it.channel for it in channels]
        if twice := sorted({it for it in names if names.count(it) > 1}):
            raise ValueError(f"stands there twice: channel {', '.join(twice)}")
        if sum(it.log for it in channels) > 1:
            raise ValueError("only one channel of a workspace can be the log channel")
        return channels


def _mistake(key: str, what: str, lines: Mapping[str, int]) -> str:
    line = line_of(key, lines)
    return f"{f'line {line}: ' if line else ''}{key}: {what}"
