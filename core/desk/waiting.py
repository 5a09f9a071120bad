"""Answers to mods about what waits for a channel: it comes at once, or is skipped."""

import re
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from core import backlog, compose, subscriptions
from core import settings as all_set
from core.commands import Caller
from core.desk.office import Office
from core.desk.places import cannot_post
from core.messages import Message
from core.outbox import KeptBack

_POST = re.compile(r"post(?: ([0-9]{1,3}))?")
_BACK = re.compile(r"back ([0-9]{1,15})-([0-9]{1,15})")


@dataclass(frozen=True, slots=True)
class _Place:
    """A channel, as far as that decides what can be done with what waits for it."""

    address_id: int
    is_paused: bool
    """Somebody paused it."""
    closed_because: str
    """Why nothing can be posted there; "" if it can."""
    kept: KeptBack


async def waiting(office: Office, query: str, caller: Caller) -> Message:
    """Do what is asked with what waits for the channel, or say what does."""
    typed = " ".join(query.lower().split())
    if posts := _POST.fullmatch(typed):
        return await _post(office, int(posts[1] or compose.POSTED_AT_ONCE), caller)
    if back := _BACK.fullmatch(typed):
        return await _put_back(office, int(back[1]), int(back[2]), caller)
    if typed == "skip":
        return await _skip(office, caller)
    if typed:
        return compose.waiting_for_what(typed, prefix=caller.prefix)
    async with office.database.read() as db:
        there = await _place(db, office, caller)
    return compose.what_waits(there.kept, is_paused=there.is_paused, prefix=caller.prefix)


async def _post(office: Office, most: int, caller: Caller) -> Message:
    if not caller.bot_may_post:
        return cannot_post(caller, f"channel waiting post {most}")
    async with office.database.write() as db:
        there = await _place(db, office, caller)
        if there.closed_because:
            return compose.posts_are_held(there.closed_because, there.kept, prefix=caller.prefix)
        many = await backlog.post_now(db, there.address_id, most, now=office.clock())
        left = await backlog.kept_back(db, there.address_id, now=office.clock())
    office.when_released()
    return compose.posted_now(many, left, is_paused=there.is_paused)


async def _skip(office: Office, caller: Caller) -> Message:
    async with office.database.write() as db:
        there = await _place(db, office, caller)
        gone = await backlog.skip(db, there.address_id, now=office.clock())
    undo = f"channel waiting back {gone.first}-{gone.last}" if gone.last else ""
    return compose.skipped(gone.many, undo, prefix=caller.prefix)


async def _put_back(office: Office, first: int, last: int, caller: Caller) -> Message:
    async with office.database.write() as db:
        there = await _place(db, office, caller)
        many = await backlog.put_back(db, there.address_id, first, last, now=office.clock())
    office.when_released()
    return compose.put_back(many)


async def _place(db: AsyncConnection, office: Office, caller: Caller) -> _Place:
    has = await subscriptions.following(db, caller.about)
    is_paused = (await all_set.of(db, caller.about)).paused
    closed = "" if is_paused else has.paused_because or ""
    kept = await backlog.kept_back(db, has.address_id, now=office.clock())
    return _Place(has.address_id, is_paused, closed, kept)
