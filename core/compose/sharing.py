"""What is said of stories that are shown to everyone, and where there are none to show."""

from collections.abc import Sequence

from core.articles import Article
from core.compose.answers import related
from core.compose.mentions import named
from core.compose.phrases import LONGEST_BUTTON_WORDS, numbered, row, short, short_line
from core.messages import Lines, Message, Note, Text, WordsButton
from core.related import RelatedStory

_MOST_TO_CHOOSE = 10


def words_to_share(again: str, below: str) -> str:
    """Return the words of a button that shares what `again` asks for, or nothing if too long."""
    words = f"share below:{below} {again}" if below else f"share {again}"
    return words if len(words) <= LONGEST_BUTTON_WORDS else ""


def shared(stories: Sequence[RelatedStory], to: str, person: str, name: str = "") -> Message:
    """Return related stories for everyone, shared by `person`, who is called by `name` if any."""
    return Message((*related(stories, to).parts, named("Shared by", person, name)))


def was_shared(to: str) -> Message:
    """Return what stands in the place of an answer that was shared."""
    return Message((Text(f"Shared in this channel: what is related to “{short(to)}”."),))


def nothing_related(to: str, tags: Sequence[str], *, prefix: str) -> Message:
    """Return the answer where nothing is related to `to`, an article with these tags or words."""
    none = Text(f"Nothing related to “{short(to)}” was found.")
    if not tags:
        return Message((none, Note((f"Other words may find more: {prefix}related and the words",))))
    follow = WordsButton(f"Follow #{tags[0]}", f"subscribe {tags[0]}")
    return Message((none, Text("To hear when there is more, follow its tag."), row(follow)))


def nothing_to_go_by(*, prefix: str) -> Message:
    """Return the answer about a message that is no post and has neither a link nor words."""
    return Message(
        (
            Text("That is no post of mine, and it says nothing that I could look for."),
            Note((f"Type {prefix}related and a link to an article, or some words",)),
        )
    )


def which_story(posted: Sequence[Article], *, prefix: str) -> Message:
    """Return the question which of these articles, that one message posts, is meant."""
    asked = posted[:_MOST_TO_CHOOSE]
    listed = Lines(tuple(map(short_line, asked)), "Related to which of these?", first=1)
    more = len(posted) - len(asked)
    others = (
        Note((f"The message has {more} more: to choose one, type {prefix}related and its link",)),
    )
    return Message((listed, *(others if more else ()), *numbered(asked, "related")))
