"""In which form a post tells its articles, by the rule that brings them and by who reads them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.articles import Article
from core.compose.digests import Digest, digest, digest_for, shown_in_digest
from core.compose.mentions import mentioning
from core.compose.phrases import IN_A_ROW, row, title
from core.compose.posts import post, shown_in
from core.config import Style
from core.localtime import local_day
from core.messages import Button, Buttons, Heading, Lines, Message, WordsButton
from core.subscriptions import Readers
from core.timetable import zone_of

_MOST_TAGS = 25


@dataclass(frozen=True, slots=True)
class Form:
    """In which form articles are told."""

    style: Style
    digest: Digest | None = None
    to_member: bool = False
    """To one person, who can stop it right there."""
    mentions: tuple[str, ...] = ()
    """The ids of the roles and groups that it mentions."""
    pings: bool = True
    """These are notified."""


def form(
    style: Style,
    kept: Sequence[str],
    readers: Readers,
    at: datetime,
    mentions: tuple[str, ...] = (),
) -> Form:
    """Return the form of a post made `at`, whose articles were kept for these reasons, or none."""
    about = None
    if kept:
        about = digest_for(local_day(zone_of(readers.zone), at), kept, readers.minutes)
    return Form(style, about, readers.is_member, mentions)


def told(articles: Sequence[Article], form: Form) -> Message:
    """Return the post of these articles in this form."""
    message = digest(articles, form.digest) if form.digest else post(articles, form.style)
    message = _with_stop(message, articles) if form.to_member else message
    said = mentioning(form.mentions, message, pings=form.pings)
    return replace(said, title=_title(message, articles), tags=_tags(articles))


def _title(message: Message, articles: Sequence[Article]) -> str:
    """Return what a post is called: as its one article, or as its heading."""
    if len(articles) == 1:
        return title(articles[0].title)
    headings = (it.text if isinstance(it, Heading) else it.heading for it in _headed(message))
    return next(filter(None, headings), "")


def _headed(message: Message) -> Iterator[Heading | Lines]:
    return (part for part in message.parts if isinstance(part, Heading | Lines))


def _tags(articles: Sequence[Article]) -> tuple[str, ...]:
    """Return the tags of these articles, those of the most articles first."""
    counts = Counter(tag for article in articles for tag in article.tags)
    return tuple(tag for tag, _ in counts.most_common(_MOST_TAGS))


def named(articles: Sequence[Article], form: Form) -> frozenset[int]:
    """Return those of these articles that their post names; it only counts the others."""
    about = form.digest
    shown = shown_in_digest(articles, about.minutes) if about else shown_in(articles)
    return frozenset(article.id for article in shown)


def _with_stop(message: Message, articles: Sequence[Article]) -> Message:
    """Return a message that can be stopped; nobody follows again what comes to them."""
    words = f"stop article:{articles[0].id}" if len(articles) == 1 else "stop"
    stop = WordsButton("Stop", words)
    *parts, last = message.parts
    if isinstance(last, Buttons):
        kept = [button for button in last.buttons if not _offers(button)]
        if len(kept) < IN_A_ROW:
            return Message((*parts, row(*kept, stop)))
    return Message((*message.parts, row(stop)))


def _offers(button: Button) -> bool:
    return isinstance(button, WordsButton) and button.words.startswith("subscribe ")
