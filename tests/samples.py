"""Sample articles: a day of news, and titles that are hard to show."""

from dataclasses import replace
from datetime import timedelta
from itertools import cycle, islice

from core.articles import Article
from core.sources import Draft
from tests.news import NOW, article_of, real_article

REAL = real_article()
BARE = article_of(Draft("Gemma 4 runs on phones", "https://themata.ai/news/gemma-4"))
PICTURED = replace(REAL, image_url="https://themata.ai/pictures/keystrokes.png")

_DAY = (
    (
        "An open model of 8 billion weights reads a million words at once",
        "llms open-weights",
        87,
    ),
    ("Court rules that a training set is no copy", "copyright", 74),
    ("Chip maker doubles what its factory in Dresden makes", "chips", 66),
    ("What a thousand developers say about agents that write code", "agents llms", 58),
    ("Researchers find the neurons that count", "llms interpretability", 55),
    ("Small models beat large ones at sorting mail", "llms open-weights", 52),
    ("A city lets an assistant answer its letters, and reads them all again", "agents", 41),
    ("Voice cloning needs three seconds now", "audio", 33),
    ("Benchmark of the week: long division", "llms", 12),
    ("A newsletter without tags, heat or site", "", None),
    ("Data centre heats a swimming pool", "chips energy", 9),
    ("Translation of whales: still no verbs", "audio", 4),
)


def day(many: int = len(_DAY)) -> list[Article]:
    """Return this many articles of one day, each with a number of its own."""
    return [_told(n, *told) for n, told in enumerate(islice(cycle(_DAY), many), 1)]


def _told(number: int, told: str, tags: str, heat: int | None) -> Article:
    again = (number - 1) // len(_DAY)
    title = f"{told}, part {again + 1}" if again else told
    slug = "-".join(title.lower().replace(",", "").replace(":", "").split())
    draft = Draft(
        title,
        f"https://themata.ai/news/{slug}",
        summary=f"{title}. What that means is told on the page.",
        heat=heat,
        tags=tuple(tags.split()),
        source_domain="example.org" if tags else "",
        published_at=NOW - timedelta(minutes=number) if tags else None,
    )
    return replace(article_of(draft), id=number)


def titled(title: str, number: int = 1) -> Article:
    """Return an article like any other, with this title and a summary that repeats it."""
    told = replace(day(1)[0], id=number, title=title, summary=f"{title} {title}", heat=51)
    return replace(told, url=f"https://themata.ai/news/{number}")
