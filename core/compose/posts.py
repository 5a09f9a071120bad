"""Articles as posts, in three styles."""

from collections.abc import Sequence
from typing import assert_never

from core import text
from core.articles import Article
from core.compose.coverage import also_covered
from core.compose.phrases import heat, line, present, row, short_line, title, withdrawn
from core.config import Style
from core.messages import (
    Buttons,
    Heading,
    Image,
    Line,
    Lines,
    LinkButton,
    Message,
    Note,
    Part,
    Points,
    Story,
    Text,
    WordsButton,
    as_text,
    facts_as_text,
)

_CARD_TEXT = 600
_FULL_TEXT = 1500
_POINT = 280
_MOST_POINTS = 6
_MOST_RELATED = 5
_MOST_IN_FULL_LINES = 10
_MOST_IN_SHORT_LINES = 15
# Characters for the words of one post. The least that a platform takes is 4,000 for a message.
_ROOM = 3600
_MARKUP = 12  # around one line
_TAGS_TO_FOLLOW = {"line": 0, "card": 1, "full": 3}


def post(articles: Sequence[Article], style: Style) -> Message:
    """Return the post of these articles: one in `style`, several as a list, many as a catch-up.

    Those that their source withdrew are struck through, and nothing more is told of them.
    """
    if len(articles) > _MOST_IN_FULL_LINES:
        return _catch_up(articles)
    if len(articles) > 1:
        heading = f"{len(articles)} new stories"
        return Message((Lines(tuple(line(article) for article in articles), heading),))
    article = articles[0]
    match style:
        case "line":
            return Message((Lines((line(article),)),))
        case _ if article.retracted:
            return Message((withdrawn(article),))
        case "card":
            return Message(
                (_story(article, _CARD_TEXT), *also_covered(article), _buttons(article, style))
            )
        case "full":
            return _full(article)
        case _:
            assert_never(style)


def shown_in(articles: Sequence[Article]) -> tuple[Article, ...]:
    """Return those of these articles that their post names; it only counts the others.

    All of up to ten; of more, the newest that fit, in the order in which they were given.
    """
    if len(articles) <= _MOST_IN_FULL_LINES:
        return tuple(articles)
    room, shown = _ROOM, list[Article]()
    for article in reversed(articles):
        takes = _takes(short_line(article))
        if takes <= room and len(shown) < _MOST_IN_SHORT_LINES:
            shown.append(article)
            room -= takes
    return tuple(reversed(shown))


def _catch_up(articles: Sequence[Article]) -> Message:
    shown = shown_in(articles)
    heading = Heading(f"{len(articles)} stories since the last post")
    others = len(articles) - len(shown)
    more = (Text(f"And {others} more."),) if others else ()
    return Message(
        (
            heading,
            Lines(tuple(map(short_line, shown))),
            *more,
            row(WordsButton("Show latest", "latest")),
        )
    )


def _takes(line: Line) -> int:
    """Return about how much of a message a line takes, its markup included."""
    words = facts_as_text((line.title, *line.facts))
    # A platform may have to escape whatever is no letter.
    marks = sum(not (char.isalnum() or char.isspace()) for char in words)
    return len(words) + marks + len(line.url or "") + _MARKUP


def _full(article: Article) -> Message:
    """Return all that is told of an article, or as many points of each list as fit."""
    shorter = (_full_with(article, most) for most in range(_MOST_POINTS, 1, -1))
    fitting = (message for message in shorter if len(as_text(message)) <= _ROOM)
    return next(fitting, None) or _full_with(article, 1)


def _full_with(article: Article, most: int) -> Message:
    """Return the article with at most so many points of each list."""
    parts: list[Part] = [
        _story(article, _FULL_TEXT),
        *also_covered(article),
        *_points("Key takeaways", article.takeaways[:most]),
        *_points("What the community likes", article.positives[:most]),
        *_points("What concerns the community", article.concerns[:most]),
    ]
    if article.related:
        named = article.related[: min(most, _MOST_RELATED)]
        lines = (Line(title(s.title), s.url or None, present(s.published_at)) for s in named)
        parts.append(Lines(tuple(lines), "Related articles"))
    if article.summary:
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
    short = (text.clip(text.without_urls(point), _POINT) for point in points)
    kept = tuple(point for point in short if point)
    return (Points(heading, kept),) if kept else ()
