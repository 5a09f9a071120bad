"""What trends and what was found, as messages show them."""

from core import compose
from core.messages import Message, Picture
from core.search import Asked, Found
from core.trending import Rise, Trend, Trends
from tests.discordbot import PNG
from tests.samples import day

RISES = (Rise("agents", 9, 3), Rise("open-weights", 7, 0))


def told(first: int, many: int) -> tuple[Trend, ...]:
    """Return so many trending stories of a day's news, from this one on."""
    outlets = {1: 4, 2: 2, 6: 2}
    return tuple(
        Trend(it.id, it.title, it.url, it.heat, outlets.get(it.id, 1), it.source_domain)
        for it in day()[first - 1 : first - 1 + many]
    )


TRENDS = Trends("", "", told(1, 5), told(6, 4), RISES)


def pictured(trends: Trends, *, prefix: str) -> Message:
    """Return what trends, with a picture."""
    plot = compose.plotted(trends)
    assert plot
    return compose.trending(trends, Picture(PNG, compose.told_of(plot)), prefix=prefix)


def page(
    words: str, total: int, page: int = 1, *, newest: bool = False, tags: tuple[str, ...] = ()
) -> Found:
    """Return a page of so many that were found."""
    asked = Asked(tuple(words.split()), tags, newest, page, 128)
    shown = day()[5 * (page - 1) :][: min(5, total - 5 * (page - 1))]
    return Found(asked, tuple(shown), total, True, True, (), asked)
