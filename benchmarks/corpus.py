"""Articles for a benchmark, read from a file with a JSON object in each line."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from core import stories
from core.articles import Article
from core.sources import Draft
from core.tags import normal


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """Give what stands in each line of the file."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def draft(told: dict[str, Any]) -> Draft:
    """Return the article of a line; its address is made of its id, so that it tells nothing.

    Each has an outlet of its own, as it is not told which are of the same.
    """
    told_at = datetime.fromisoformat(told["ts"])
    return Draft(
        title=told["title"],
        url=f"https://{told['id'].encode().hex()[:60]}.example/{told['id']}",
        summary=told.get("summary") or "",
        takeaways=tuple(told.get("takeaways") or ()),
        tags=tuple(filter(None, map(normal, told.get("tags") or ()))),
        published_at=told_at if told_at.tzinfo else told_at.replace(tzinfo=UTC),
    )


async def arrive(db: AsyncConnection, told: dict[str, Any]) -> Article:
    """Store the article of a line as it is stored when a source brings it."""
    new = draft(told)
    assert new.published_at
    article = await stories.save_new(db, new, source="benchmark", now=new.published_at)
    assert article, f"{told['id']} stands in the file twice, or has no title"
    return article
