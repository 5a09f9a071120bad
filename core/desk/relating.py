"""Stories about the same thing as an article, as words, or as a message."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from core import articles, compose, outbox, related, text
from core.articles import Article
from core.commands import Caller, Related, RelatedTo, Share
from core.desk.office import Office
from core.desk.reading import article_named
from core.messages import Message
from core.related import RelatedStory

_MOST_NAMES = 10  # links in a message that are looked up


@dataclass(frozen=True, slots=True)
class Found:
    """What was asked about, and what is related to it: perhaps nothing."""

    to: str
    """The title or the words that were asked about."""
    again: str
    """The words that ask for the same: `article:12`, `openai ipo`."""
    stories: Sequence[RelatedStory]
    tags: tuple[str, ...] = ()
    """What to follow to hear of more."""


async def answer(office: Office, command: Related | RelatedTo, caller: Caller) -> Message:
    """Return the related stories, which can be shared where `caller` may write."""
    found = await look(office, command, caller)
    if isinstance(found, Message):
        return found
    share = compose.words_to_share(found.again, caller.below) if _may_share(caller) else ""
    why = f"why {found.again}" if found.again.startswith("article:") else ""
    return shown(found, caller, share=share, why=why)


async def look(
    office: Office, command: Related | RelatedTo | Share, caller: Caller
) -> Found | Message:
    """Return what is related to what `command` asks about, or what to say if that is not known."""
    async with office.database.read() as db:
        if isinstance(command, RelatedTo):
            return await _to_message(db, command, caller)
        return await _to_query(db, command.query, caller)


def shown(found: Found, caller: Caller, *, share: str = "", why: str = "") -> Message:
    """Return the answer, with buttons that ask for `share` and `why` if it has any stories."""
    if not found.stories:
        return compose.nothing_related(found.to, found.tags, prefix=caller.prefix)
    return compose.related(found.stories, found.to, share=share, why=why)


def _may_share(caller: Caller) -> bool:
    return caller.may_post and caller.bot_may_post and caller.here != caller.direct


async def _to_query(db: AsyncConnection, query: str, caller: Caller) -> Found | Message:
    if not query:
        return compose.what_related(prefix=caller.prefix)
    if not query.startswith(("http://", "https://", "article:")):
        return await _to_words(db, query)
    name = next(iter(text.urls(query)), "") or query.split(maxsplit=1)[0]
    article = await article_named(db, name)
    if article is None:
        return compose.unknown_link(prefix=caller.prefix)
    return await _to_article(db, article)


async def _to_message(db: AsyncConnection, message: RelatedTo, caller: Caller) -> Found | Message:
    posted = await _posted_as(db, message)
    if len(posted) > 1:
        return compose.which_story(posted, prefix=caller.prefix)
    if article := posted[0] if posted else await _first_named(db, message.names):
        return await _to_article(db, article)
    if message.words:
        return await _to_words(db, message.words)
    if message.names:
        return compose.unknown_link(prefix=caller.prefix)
    return compose.nothing_to_go_by(prefix=caller.prefix)


async def _posted_as(db: AsyncConnection, message: RelatedTo) -> list[Article]:
    for standing in message.messages:
        if ids := await outbox.posted_as(db, standing):
            return list((await articles.by_ids(db, ids)).values())
    return []


async def _first_named(db: AsyncConnection, names: Sequence[str]) -> Article | None:
    for name in names[:_MOST_NAMES]:
        if article := await article_named(db, name):
            return article
    return None


async def _to_article(db: AsyncConnection, article: Article) -> Found:
    stories = await related.to_article(db, article)
    return Found(article.title, f"article:{article.id}", stories, article.tags)


async def _to_words(db: AsyncConnection, words: str) -> Found:
    return Found(text.clean(words), words, await related.to_words(db, words))
