"""Answers to who asks why an article was posted, or was not."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from core import articles, compose, outbox, text, why
from core.articles import Article
from core.commands import Caller, Why, WhyPosted
from core.desk.checks import decision
from core.desk.office import Office
from core.desk.reading import article_named
from core.messages import Message
from core.posting import Receipt
from core.rights import Action, Allowed, Scope
from core.why import Way

_MOST_NAMES = 10  # links in a message that are looked up


async def answer(office: Office, command: Why | WhyPosted, caller: Caller) -> Message:
    """Return how far an article came on its way to where `caller` asks, and why no further."""
    async with office.database.read() as db:
        asked = await _asked(db, command, caller)
        if isinstance(asked, Message):
            return asked
        article = asked[0] if asked else None
        address = await outbox.posts_for(db, caller.here) or caller.here
        way = await why.why(db, article, address, now=office.clock())
    return compose.why(
        way,
        prefix=caller.prefix,
        to_member=address == caller.direct,
        may_mend=await _may_mend(office, way, caller),
        right=caller.right_to_manage,
        link=await _link(office, way),
    )


async def _asked(
    db: AsyncConnection, command: Why | WhyPosted, caller: Caller
) -> Sequence[Article] | Message:
    """Return the article that is meant, none if it is not known, or what to say instead."""
    if isinstance(command, WhyPosted):
        return await _posted(db, command, caller)
    name = next(iter(text.urls(command.query)), "") or command.query.partition(" ")[0]
    if not name.startswith(("http://", "https://", "article:")):
        return compose.why_what(prefix=caller.prefix)
    article = await article_named(db, name)
    return [article] if article else []


async def _posted(
    db: AsyncConnection, message: WhyPosted, caller: Caller
) -> Sequence[Article] | Message:
    ids = [it for standing in message.messages for it in await outbox.told_by(db, standing)]
    posted = list((await articles.by_ids(db, ids)).values())
    for name in message.names[:_MOST_NAMES] if not posted else ():
        if article := await article_named(db, name):
            return [article]
    if len(posted) > 1:
        return compose.why_which(posted, prefix=caller.prefix)
    return posted or compose.why_no_post(prefix=caller.prefix)


async def _may_mend(office: Office, way: Way, caller: Caller) -> bool:
    """Say whether `caller` may change what comes there; what they press is about where they are."""
    if way.address != caller.here or caller.here == caller.direct:
        return False
    decided = await decision(office, Action.CONFIGURE, Scope.CHANNEL, caller)
    return isinstance(decided, Allowed)


async def _link(office: Office, way: Way) -> str:
    poster = office.posters.get(way.address.platform)
    if not (poster and way.stands and way.message_id):
        return ""
    return await poster.link(Receipt(way.address, way.message_id))
