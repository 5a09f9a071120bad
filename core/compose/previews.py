"""What a channel's rules would post: shown to one alone, or posted as a test."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from core import text
from core.articles import Article
from core.compose.digests import Digest, digest
from core.compose.forms import Form, told
from core.compose.phrases import row
from core.config import Style
from core.forecast import DAYS, Forecast
from core.messages import (
    Buttons,
    LinkButton,
    Mention,
    Message,
    Note,
    Part,
    Text,
    WordsButton,
    as_text,
)
from core.rules import Terms

_MOST = 3
_ROOM = 3000
"""Characters for the articles that are shown in full, so that all of it is surely one message."""
_LONGEST_NAME = 60
_CARD = Terms(style="card")


@dataclass(frozen=True, slots=True)
class Brought:
    """An article, and the terms of a rule that brings it."""

    article: Article
    terms: Terms


def preview(
    brought: Sequence[Brought], forecast: Forecast, style: Style, day: date, *, prefix: str
) -> Message:
    """Return the last articles as a channel would get them, with nothing to press that acts."""
    if not brought:
        return Message(
            (
                Text(f"Nothing of the last {DAYS} days would be posted here."),
                Note((f"To see what this channel follows, type {prefix}channel status",)),
            )
        )
    if all(it.terms.rhythm for it in brought):
        shown = digest([it.article for it in brought], Digest(day)).parts
    else:
        shown = tuple(_in_full(brought[:_MOST], style))
    posts = f"{forecast.posts} article{'' if forecast.posts == 1 else 's'}"
    return Message(
        (
            Text("So the last articles would be posted here. Only you see this."),
            *_harmless(shown),
            Note((f"In the last {DAYS} days: {posts}",)),
            Note((f"To see one in the channel, type {prefix}channel test",)),
        )
    )


def channel_test(newest: Brought | None, style: Style, person: str, name: str = "") -> Message:
    """Return the test post of a channel, with the newest article that comes there if any does.

    It names who asked for it: `person`, or by `name` where their id would notify them.
    """
    asked = "This is a test, asked for by"
    called = text.clip(text.clean(name), _LONGEST_NAME)
    by = Note((f"{asked} @{called}",)) if called else Mention((person,), asked, are_people=True)
    if newest is None:
        none = f"I can post here. Of the last {DAYS} days no article comes by this channel's rules."
        return Message((by, Text(none)))
    return Message((by, *_told(newest, style).parts))


def was_tested(link: str, *, is_closed: bool) -> Message:
    """Return the answer to who posted a test; `is_closed`: nothing else is posted there now."""
    shows = [LinkButton("Show the post", link, "Show the test that was posted")] if link else []
    said = [Text("The test is posted. So the next articles look, too.")]
    if not is_closed:
        return Message((*said, *([row(*shows)] if shows else [])))
    said.append(Text("Articles are not posted here now: resume, and what waited comes."))
    return Message((*said, row(*shows, WordsButton("Resume", "channel resume"))))


def cannot_test(why: str, step: str, *, prefix: str) -> Message:
    """Return why no test could be posted, and the `step` that mends it, if one is known."""
    again = f"type {prefix}channel test again."
    mend = Text(f"{step} Then {again}") if step else Text(f"When that is mended, {again}")
    return Message((Text(f"The test was not posted: {why}."), mend))


def perhaps_tested(*, prefix: str) -> Message:
    """Return the answer to who posted a test of which nobody knows whether it stands."""
    return Message(
        (
            Text("The connection broke, so it is not known whether the test was posted."),
            Text(f"Look there. If it is missing, type {prefix}channel test in a minute."),
        )
    )


def already_tested() -> Message:
    """Return the answer to who posts a test where one was posted a moment ago."""
    return Message(
        (
            Text("A test was posted here within the last minute. It was not posted again."),
            Note(("Look a little further up in the channel",)),
        )
    )


def _told(it: Brought, style: Style) -> Message:
    """Return the post of an article as its rule has it; whom it mentions is only named."""
    mentions = (it.terms.mention,) if it.terms.mention else ()
    return told([it.article], Form(it.terms.style or style, mentions=mentions, pings=False))


def _in_full(brought: Sequence[Brought], style: Style) -> Iterator[Part]:
    """Give the posts that fit, and cards of those that would only fit alone."""
    room = _ROOM
    for it in brought:
        whole, card = _told(it, style), _told(Brought(it.article, _CARD), style)
        fitting = (post for post in (whole, card) if len(as_text(post)) <= room)
        if post := next(fitting, None):
            room -= len(as_text(post))
            yield from post.parts


def _harmless(parts: Sequence[Part]) -> Iterator[Part]:
    """Give the parts without what acts when it is pressed."""
    for part in parts:
        if not isinstance(part, Buttons):
            yield part
        elif links := [it for it in part.buttons if isinstance(it, LinkButton)]:
            yield row(*links)
