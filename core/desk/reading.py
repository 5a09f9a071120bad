"""Answers to who wants to read: the newest articles, summaries, what was missed."""

from typing import assert_never

from sqlalchemy.ext.asyncio import AsyncConnection

from core import articles, compose, outbox
from core.commands import (
    Caller,
    CatchUp,
    ForReaders,
    Latest,
    Search,
    Summary,
    Tags,
    Trending,
    split_words,
)
from core.desk import searching
from core.desk.office import Office
from core.desk.places import not_here
from core.grammar import Mistake
from core.messages import Message
from core.typed_time import span

_MOST_LATEST = 5
_LONGEST_ID = 18  # digits that a 64-bit number surely holds


async def answer(office: Office, command: ForReaders, caller: Caller) -> Message:
    """Return what `command` asks to read."""
    match command:
        case Tags():
            return compose.tags(await office.tags.counts(), prefix=caller.prefix)
        case Latest(tag):
            return await _latest(office, tag, caller)
        case Search(query):
            return await searching.search(office, query, caller)
        case Trending(query):
            return await searching.trending(office, query, caller)
        case Summary(query):
            return await _summary(office, query, caller)
        case CatchUp(since):
            return await _catch_up(office, since, caller)
        case _:
            assert_never(command)


async def _latest(office: Office, typed: str, caller: Caller) -> Message:
    """Return the newest articles, of the typed tag if there is one."""
    tag = await office.tags.first_of(split_words(typed))
    if isinstance(tag, Mistake):
        return compose.unknown_tags([tag], verb="latest", prefix=caller.prefix)
    async with office.database.read() as db:
        found = await articles.latest(db, tag=tag, most=_MOST_LATEST)
    return compose.latest(found, tag, prefix=caller.prefix)


async def _summary(office: Office, query: str, caller: Caller) -> Message:
    """Return what an article says."""
    async with office.database.read() as db:
        article = await article_named(db, query)
    return compose.summary(article) if article else compose.unknown_link(prefix=caller.prefix)


async def _catch_up(office: Office, typed: str, caller: Caller) -> Message:
    """Return what was posted where `caller` asks, since as long ago as typed."""
    if elsewhere := not_here(caller):
        return elsewhere
    since = span(typed or "1d")
    if since is None:
        return compose.how_long(prefix=caller.prefix)
    async with office.database.read() as db:
        ids = await outbox.posted_since(db, caller.here, office.clock() - since)
        found = await articles.by_ids(db, ids)
    return compose.catch_up(list(found.values()), prefix=caller.prefix)


async def article_named(db: AsyncConnection, query: str) -> articles.Article | None:
    """Return the article `article:12`, or the one at this link, if there is one."""
    number = query.removeprefix("article:")
    if number.isdecimal() and len(number) <= _LONGEST_ID:
        return (await articles.by_ids(db, [int(number)])).get(int(number))
    return await articles.by_url(db, query)
