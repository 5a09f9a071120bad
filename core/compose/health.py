"""How it stands with the channels of a workspace: which are well, what is wrong, what mends it."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from core.compose.pausing import instead_of, still_paused
from core.compose.phrases import row
from core.compose.rules import topics_in_words
from core.compose.waiting import with_buttons
from core.health import LOOKED_BACK, Health, Trouble
from core.messages import Fact, Heading, Minute, Note, Part, Place, Text, WordsButton
from core.outbox import NOTHING, KeptBack
from core.text import clip

ON_A_PAGE = 5
_TOPICS = 100
_MENDS = {
    Trouble.CLOSED: ("Resume", "channel resume"),
    Trouble.PAUSED: ("Resume", "channel resume"),
    Trouble.FAILED: ("Post a test", "channel test"),
    Trouble.SILENT: ("Show a preview", "channel preview"),
}


def here(
    own: Health | None, now: datetime, kept: KeptBack = NOTHING, *, prefix: str
) -> tuple[Part, ...]:
    """Return what is wrong in the channel that is asked about, but for what closed it."""
    trouble = own.trouble(now) if own else None
    match trouble:
        case Trouble.PAUSED:
            return still_paused(own.paused_until if own else None, kept)
        case Trouble.FAILED:
            return (
                Text("Some posts of the last three days could not be posted here."),
                Note((f"To see why, type {prefix}why and the link of an article",)),
                row(WordsButton("Post a test", "channel test")),
            )
        case Trouble.SILENT:
            return (
                Text(f"Nothing was posted here in the last {LOOKED_BACK.days} days."),
                row(WordsButton("Show a preview", "channel preview")),
            )
        case None if kept.many:
            return tuple(with_buttons(kept, is_paused=False))
        case _:
            return ()


def other_channels(seen: Sequence[Health], now: datetime, page: int) -> tuple[Part, ...]:
    """Return a page of these channels, those with which something is wrong first."""
    if not seen:
        return ()
    worst_first = sorted(seen, key=lambda it: (it.trouble(now) is None, it.channel))
    pages = -(-len(seen) // ON_A_PAGE)
    page = max(1, min(page, pages))
    shown = worst_first[ON_A_PAGE * (page - 1) : ON_A_PAGE * page]
    lines = [part for it in shown for part in _channel(it, now)]
    turns = [row(*_turns(page, pages))] if pages > 1 else []
    number = [Note((f"Page {page} of {pages}",))] if pages > 1 else []
    return (Heading(_heading(seen, now)), *lines, *number, *turns)


def _heading(seen: Sequence[Health], now: datetime) -> str:
    ill = sum(it.trouble(now) is not None for it in seen)
    many = f"{len(seen)} other channel{'' if len(seen) == 1 else 's'}"
    if not ill:
        return f"{many}: all is well"
    return f"{many}: something is wrong with {ill}"


def _channel(it: Health, now: datetime) -> Iterator[Part]:
    yield Place(it.channel.channel, (clip(topics_in_words(it.topics), _TOPICS), *_facts(it, now)))
    trouble = it.trouble(now)
    if trouble in _MENDS:
        label, words = _MENDS[trouble]
        others = instead_of(it.channel.channel) if trouble is Trouble.CLOSED else ()
        yield row(WordsButton(label, f"{words} in:{it.channel.channel}"), *others)


def _facts(it: Health, now: datetime) -> tuple[Fact, ...]:
    match it.trouble(now):
        case Trouble.CLOSED | Trouble.AWAY:
            return (it.paused_because, *([it.paused_at] if it.paused_at else []))
        case Trouble.PAUSED if it.paused_until:
            return ("paused until", Minute(it.paused_until))
        case Trouble.PAUSED:
            return ("paused until somebody resumes it",)
        case Trouble.FAILED:
            return (f"{it.failed} not posted in the last three days",)
        case Trouble.SILENT:
            return (f"nothing posted in {LOOKED_BACK.days} days",)
        case _:
            return _well(it)


def _well(it: Health) -> tuple[Fact, ...]:
    waits = f"{it.waiting} waiting" if it.waiting else "none waiting"
    if it.last_post_at:
        return ("well, last post", it.last_post_at, waits)
    return ("well, no posts yet", waits)


def _turns(page: int, pages: int) -> Iterator[WordsButton]:
    if page > 1:
        yield WordsButton("Previous", f"channel status page:{page - 1}")
    if page < pages:
        yield WordsButton("Next", f"channel status page:{page + 1}")
