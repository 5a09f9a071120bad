"""Puts articles into stories as they arrive, for a score against what people judged.

python benchmarks/stories.py --arrivals same_story.jsonl --out stories.jsonl
"""

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path

from benchmarks.corpus import arrive, lines
from core import stories
from core.db import open_database


async def arrange(url: str, arrivals: Path) -> list[dict[str, str]]:
    """Return the story of each article, decided when it arrives."""
    names, arranged = dict[int, str](), list[dict[str, str]]()
    async with open_database(url) as database:
        for told in lines(arrivals):
            async with database.write() as db:
                article = await arrive(db, told)
                story = await stories.story_of(db, article.id)
            names[article.id] = told["id"]
            arranged.append({"id": told["id"], "story": names[story]})
    return arranged


def main() -> int:
    """Write the stories, through a new database or the one that is named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--arrivals", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--database", help="an empty one; a new file of SQLite if none is named")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = asked.database or f"sqlite:///{Path(folder) / 'themata.db'}"
        arranged = asyncio.run(arrange(url, asked.arrivals))
    asked.out.write_text("".join(json.dumps(it) + "\n" for it in arranged), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
