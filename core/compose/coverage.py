"""A story that several tell: what its post says of that, and the line below it for each."""

from collections.abc import Sequence

from core import text
from core.articles import Article
from core.compose.answers import related_line
from core.compose.phrases import WITHDRAWN, heat, outlets, present, row, short, title
from core.messages import Line, Lines, Message, Note, Text, WordsButton
from core.related import RelatedStory

_MOST_RELATED = 3


def also_covered(article: Article) -> tuple[Note, ...]:
    """Return the note of who else tells the story, if anybody does."""
    names = outlets(article.also)
    return (Note((f"Also covered by {names}",)),) if names else ()


def also(article: Article) -> Message:
    """Return the line below a story's post for an article that tells the same."""
    outlet = text.clip(article.source_domain, 60) or "another page"
    said = title(article.title)
    if article.retracted:
        return Message((Lines((Line(said, None, (outlet, WITHDRAWN), struck=True),)),))
    facts = present("same story", heat(article.heat), short(article.title))
    line = Lines((Line(f"Also: {outlet}", article.url, facts),))
    named = f"article:{article.id}"
    split = WordsButton("Split off", f"channel apart {named}")
    return Message((line, row(split, WordsButton("Show why", f"why {named}"))))


def related_below(stories: Sequence[RelatedStory]) -> Message:
    """Return the first of the stories related to a post, to stand below it."""
    return Message((Lines(tuple(map(related_line, stories[:_MOST_RELATED])), "Related stories"),))


def told_apart(article: Article) -> Message:
    """Return the answer to a mod who said that an article tells another story."""
    return Message(
        (
            Text(f"“{short(article.title)}” gets a post of its own here."),
            Text("In this channel it stays apart from that story."),
        )
    )


def no_coverage(*, prefix: str) -> Message:
    """Return the answer to a mod where an article stands below no other's post."""
    return Message(
        (
            Text("That article stands below no other story here, so nothing was changed."),
            Note((f"To see what comes to this channel, type {prefix}channel status",)),
        )
    )
