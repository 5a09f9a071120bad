"""Ranks related articles for a score against what people judged; or measures what that costs.

python benchmarks/related.py --docs docs.jsonl --queries queries.jsonl --out run.jsonl
python benchmarks/related.py --docs docs.jsonl --real page.txt
python benchmarks/related.py --cost [--articles 10000 100000] [--rounds 200] [--only sqlite]
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from benchmarks.corpus import arrive, lines
from benchmarks.related_cost import BOUNDS_MS, measure_all
from core import articles, related, stories
from core.articles import Article
from core.config import POPULAR_TAGS
from core.db import open_database
from core.related import Near, RelatedStory
from core.sources.page import Page, read_html, read_text, with_known_tags

RANKED = 10


async def rank(url: str, docs: Path, queries: Path) -> list[dict[str, object]]:
    """Return what each query finds among the articles that came before the one it names."""
    asked = defaultdict[str | None, list[dict[str, Any]]](list)
    for query in lines(queries):
        asked[query["before"]].append(query)
    names, answers = dict[int, str](), list[dict[str, object]]()
    async with open_database(url) as database:
        for told in lines(docs):
            async with database.write() as db:
                now = asked.pop(told["id"], [])
                by_words = [q for q in now if q["kind"] == "words"]
                answers += [await _by_words(db, q, names) for q in by_words]
                article = await arrive(db, told)
                names[article.id] = told["id"]
                by_article = [q for q in now if q["kind"] == "article"]
                answers += [await _by_article(db, q, article, names) for q in by_article]
        async with database.read() as db:
            answers += [await _by_words(db, query, names) for query in asked.pop(None, [])]
    assert not asked, f"no such article: {list(asked)}"
    return answers


async def _by_words(
    db: AsyncConnection, query: Mapping[str, Any], names: Mapping[int, str]
) -> dict[str, object]:
    return _answer(query, await related.nearest_to_words(db, query["text"]), names)


async def _by_article(
    db: AsyncConnection, query: Mapping[str, Any], article: Article, names: Mapping[int, str]
) -> dict[str, object]:
    assert query["doc"] == names[article.id], f"{query['qid']}: asked for at another's arrival"
    return _answer(query, await related.nearest(db, article), names)


def _answer(
    query: Mapping[str, Any], near: Sequence[Near], names: Mapping[int, str]
) -> dict[str, object]:
    shown = sum(it.is_related for it in near[: related.MOST])
    ranked = [names[it.article_id] for it in near[:RANKED]]
    return {"qid": query["qid"], "ranked": ranked, "shown": shown}


async def of_page(url: str, docs: Path, page: Page) -> list[str]:
    """Return what is related to the article of a saved page among these: as shown, and by words."""
    async with open_database(url) as database, database.write() as db:
        for told in lines(docs):
            await arrive(db, told)
        article = await _take_in(db, page)
        as_shown = await related.to_article(db, article)
        by_words = await related.to_article(db, replace(article, related=()))
    return [
        f"related to {article.title!r}, {kind}:\n" + "\n".join(map(_row, found))
        for kind, found in (("as shown", as_shown), ("by its words alone", by_words))
    ]


def _row(story: RelatedStory) -> str:
    day = story.published_at.date() if story.published_at else "no date"
    return f"  {story.title} ({day}; {story.why.kind} {story.why.of}".rstrip() + ")"


def read(file: Path) -> Page:
    """Return the article of a page that was saved as text or HTML."""
    form = read_html if file.suffix in {".html", ".htm"} else read_text
    return form(file.read_bytes(), f"https://themata.ai/news/{file.stem}")


async def _take_in(db: AsyncConnection, page: Page) -> Article:
    known = {*POPULAR_TAGS, *await articles.taught_tags(db)}
    draft, _ = with_known_tags(page, known)
    told_at = draft.published_at or datetime.now(UTC)
    article = await stories.save_new(db, draft, source="benchmark", now=told_at)
    assert article, f"{draft.url} is no article"
    return article


def main() -> int:
    """Rank, print what is related to a page, or measure."""
    asked = _asked()
    if asked.cost:
        return 0 if asyncio.run(measure_all(asked.articles, asked.rounds, asked.only)) else 1
    with tempfile.TemporaryDirectory() as folder:
        url = asked.database or f"sqlite:///{Path(folder) / 'themata.db'}"
        if asked.real:
            print("\n".join(asyncio.run(of_page(url, asked.docs, read(asked.real)))))
            return 0
        answers = asyncio.run(rank(url, asked.docs, asked.queries))
    asked.out.write_text("".join(json.dumps(it) + "\n" for it in answers), encoding="utf-8")
    return 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--docs", type=Path)
    parser.add_argument("--queries", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--real", type=Path, help="a saved page, as text or HTML")
    parser.add_argument("--database", help="an empty one; a new file of SQLite if none is named")
    parser.add_argument("--cost", action="store_true")
    parser.add_argument("--articles", type=int, nargs="+", default=sorted(BOUNDS_MS))
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    asked = parser.parse_args()
    ranks = asked.docs and (asked.real or (asked.queries and asked.out))
    if not (asked.cost or ranks):
        parser.error("name --docs, and --queries and --out or --real; or ask for --cost")
    return asked


if __name__ == "__main__":
    sys.exit(main())
