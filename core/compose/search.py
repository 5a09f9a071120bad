"""Answers to searches: a page of what was found, and what to do where nothing was."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from core import text
from core.compose.phrases import LONGEST_BUTTON_WORDS, line, row, stories
from core.messages import Lines, Message, Note, Part, Text, WordsButton
from core.search import PAGE, Asked, Found

_LONGEST_ECHO = 80
_LONGEST_WORD = 30
_MOST_UNKNOWN = 3


def found(found: Found, *, prefix: str) -> Message:
    """Return a page of what was found, with buttons to the others."""
    said: list[Part] = []
    if not found.have_all_words:
        said.append(Text("No story has all these words. These have most of them."))
    lines = tuple(line(article) for article in found.articles)
    heading = f"{_many(found)} for “{_echo(found.asked)}”"
    said.append(Lines(lines, heading, first=1 + PAGE * (found.asked.page - 1)))
    return Message((*said, *_about(found), *_further(found, prefix)))


def nothing_found(asked: Asked, near: Sequence[str], *, prefix: str) -> Message:
    """Return the answer where nothing was found, with tags that may have been meant."""
    nothing = Text(f"Nothing was found for “{_echo(asked)}”.")
    if not near:
        more = Note((f"Other words may find more. To see the newest stories, type {prefix}latest",))
        return Message((nothing, more))
    tags = text.in_a_sentence([f"#{tag}" for tag in near], "or")
    show = (WordsButton(f"Show #{tag}", f"latest {tag}") for tag in near)
    return Message((nothing, Text(f"Did you mean the tag {tags}?"), row(*show)))


def what_to_search(*, prefix: str) -> Message:
    """Return the answer to a search without a word that says something."""
    return Message(
        (
            Text("What shall I look for? Give a few words, tags, or both."),
            Note((f"For example: {prefix}search openai ipo",)),
            Note((f"The newest first, of one tag: {prefix}search newest chips #meta",)),
        )
    )


def _many(found: Found) -> str:
    if not found.is_all:
        return f"More than {found.total:,} stories"
    return stories(found.total)


def _echo(asked: Asked) -> str:
    return text.clip(text.without_urls(text.clean(asked.typed())), _LONGEST_ECHO) or "that"


def _about(found: Found) -> Iterator[Note]:
    """Say which page it is, in which order, and which words counted for nothing."""
    order = "the newest first" if found.asked.newest or not found.asked.words else "the best first"
    if found.pages > 1:
        yield Note((f"Page {found.asked.page} of {found.pages}", order))
    if found.unknown:
        shown = [f"“{text.clip(it, _LONGEST_WORD)}”" for it in found.unknown[:_MOST_UNKNOWN]]
        yield Note((f"No story has {text.in_a_sentence(shown, 'or')}",))


def _further(found: Found, prefix: str) -> Iterator[Part]:
    if found.pages <= 1:
        return
    asked = found.asked
    # What is typed is kept as it is, if the longest of the buttons can hold it.
    if kept := next((it for it in (asked, found.brief) if _fits(it, found.pages)), None):
        yield row(*_buttons(kept, found.pages))
    elif asked.page < found.pages:
        page = f"{prefix}search page:{asked.page + 1}"
        yield Note((f"To see more, type {page} and the same words, or fewer words",))


def _fits(asked: Asked, pages: int) -> bool:
    longest = _words(replace(asked, newest=True, page=pages))
    return len(longest) <= LONGEST_BUTTON_WORDS and longest.isprintable()


def _words(asked: Asked) -> str:
    return f"search {asked.written()}"


def _buttons(asked: Asked, pages: int) -> Iterator[WordsButton]:
    if asked.page > 1:
        yield WordsButton("Previous", _words(replace(asked, page=asked.page - 1)))
    if asked.page < pages:
        yield WordsButton("Next", _words(replace(asked, page=asked.page + 1)))
    if asked.words:
        other = "Best first" if asked.newest else "Newest first"
        yield WordsButton(other, _words(replace(asked, newest=not asked.newest, page=1)))
