"""Asides: the words of an article beside its heaviest, for those who look for just them."""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.gists import heaviest
from core.keywords import Keywords
from core.tables import asides, gists


async def note(db: AsyncConnection, article_id: int) -> None:
    """Note which words the article says beside those by which its gist is found."""
    rows = [{"word": it, "article_id": article_id} for it in lightest(await _words(db, article_id))]
    if rows:
        await db.execute(sa.insert(asides), rows)


async def forget(db: AsyncConnection, article_id: int) -> None:
    """Forget them; while its gist is what it was when they were noted."""
    words = lightest(await _words(db, article_id))
    rows = [{"of_word": it, "of_article": article_id} for it in words]
    if rows:
        await db.execute(_FORGET, rows)


def lightest(words: Keywords) -> Iterable[str]:
    """Return those of an article's words that are not its heaviest."""
    return sorted(words.keys() - {*heaviest(words)})


async def _words(db: AsyncConnection, article_id: int) -> Keywords:
    return await db.scalar(_WORDS, {"of_article": article_id}) or {}


_WORDS = sa.select(gists.c.words).where(gists.c.article_id == sa.bindparam("of_article"))
_FORGET = sa.delete(asides).where(
    asides.c.word == sa.bindparam("of_word"), asides.c.article_id == sa.bindparam("of_article")
)
