"""Articles as posts, in three styles."""

from collections.abc import Sequence
from typing import assert_never

from core import text
from core.articles import Article
from core.compose.phrases import WITHDRAWN, heat, line, present, row, title
from core.config import Style
from core.messages import (
    Buttons,
    Image,
    Line,
    Lines,
    LinkButton,
    Message,
    Note,
    Part,
    Points,
    Story,
    WordsButton,
)

_CARD_TEXT = 600
_FULL_TEXT = 1500
_POINT = 280
_MOST_POINTS = 6
_MOST_RELATED = 5
_TAGS_TO_FOLLOW = {"line": 0, "card": 1, "full": 3}


def post(articles: Sequence[Article], style: Style) -> Message:
    """Return the post of these articles: one in `style`, several as a list.

    Those that their source withdrew are struck through, and nothing more is told of them.
    """
    if len(articles) > 1:
        heading = f"{len(articles)} new stories"
        return Message((Lines(tuple(line(article) for article in articles), heading),))
    article = articles[0]
    match style:
        case "line":
            return Message((Lines((line(article),)),))
        case _ if article.retracted:
            return Message((_withdrawn(article),))
        case "card":
            return Message((_story(article, _CARD_TEXT), _buttons(article, style)))
        case "full":
            return _full(article)
        case _:
            assert_never(style)


def _withdrawn(article: Article) -> Story:
    facts = present(article.source_domain, article.published_at)
    return Story(title(article.title), WITHDRAWN, facts, struck=True)


def _full(article: Article) -> Message:
    parts: list[Part] = [
        _story(article, _FULL_TEXT),
        *_points("Key takeaways", article.takeaways),
        *_points("What the community likes", article.positives),
        *_points("What concerns the community", article.concerns),
    ]
    if article.related:
        named = article.related[:_MOST_RELATED]
        lines = (Line(title(s.title), s.url or None, present(s.published_at)) for s in named)
        parts.append(Lines(tuple(lines), "Related articles"))
    parts.append(Note(("AI summary: check the source",)))
    return Message((*parts, _buttons(article, "full")))


def _story(article: Article, most: int) -> Story:
    said = article.summary or article.dek
    facts = present(
        heat(article.heat),
        f"community: {article.sentiment.lower()}" if article.sentiment else "",
        article.source_domain,
        f"{article.reading_minutes} min read" if article.reading_minutes else "",
        article.published_at,
    )
    image = None
    if article.image_url:
        image = Image(article.image_url, f"Illustration from {article.source_domain or 'the page'}")
    told = "" if said == article.title else text.clip(text.without_urls(said), most)
    return Story(title(article.title), told, facts, article.tags, image)


def _buttons(article: Article, style: Style) -> Buttons:
    about = text.clip(f"Read the article: {article.title}", 75)
    follow = (
        WordsButton(f"Follow #{tag}", f"subscribe {tag}")
        for tag in article.tags[: _TAGS_TO_FOLLOW[style]]
    )
    read = LinkButton("Read", article.url, about)
    return row(read, WordsButton("Related", f"related article:{article.id}"), *follow)


def _points(heading: str, points: Sequence[str]) -> tuple[Points, ...]:
    short = (text.clip(text.without_urls(point), _POINT) for point in points[:_MOST_POINTS])
    kept = tuple(point for point in short if point)
    return (Points(heading, kept),) if kept else ()
