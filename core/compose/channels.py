"""Answers to those who manage a channel."""

from datetime import datetime

from core.compose.health import here
from core.compose.pausing import closed_here, instead_of
from core.compose.phrases import nothing_changed, row, to_stop
from core.compose.rules import following, mentions
from core.grammar import word_of
from core.health import Health
from core.messages import Fact, Message, Note, Text, WordsButton
from core.outbox import Traffic
from core.subscriptions import Following


def channel_status(
    has: Following,
    traffic: Traffic,
    own: Health | None = None,
    now: datetime | None = None,
    *,
    prefix: str,
) -> Message:
    """Return what a channel follows and whether posts reach it; `own` says more of that `now`."""
    if not has.rules:
        return follows_nothing(prefix=prefix)
    said = [*following("This channel follows", has.rules), *mentions(has.rules)]
    more = here(own, now, traffic.kept, prefix=prefix) if now else ()
    if has.paused_because and not more:
        again = WordsButton("Check again", "channel resume")
        said += closed_here(has, again, *instead_of(), prefix=prefix)
    last_at, waiting = traffic.last_post_at, traffic.waiting
    last: tuple[Fact, ...] = ("Last post", last_at) if last_at else ("No posts yet",)
    said.append(Note((*last, f"{waiting} waiting" if waiting else "none waiting")))
    said.append(to_stop(f"{prefix}channel unfollow", [word_of(has.topics[0])]))
    said[1:1] = more
    return Message(tuple(said))


def follows_nothing(*, prefix: str) -> Message:
    """Return the answer about a channel that follows nothing."""
    return Message(
        (
            Text("This channel follows no tags yet."),
            Note((f"To follow one, type {prefix}channel follow and its name",)),
        )
    )


def log_comes(*, prefix: str) -> Message:
    """Return the answer to an admin who chose a channel as the log."""
    return Message(
        (
            Text("This is the log channel now. A line here says who changed what in a channel."),
            Text("When I can no longer post in a channel, I say so here, once."),
            Note((f"To stop, type {prefix}channel log off",)),
            row(WordsButton("Undo", "channel log off")),
        )
    )


def log_stops(*, came: bool, prefix: str) -> Message:
    """Return the answer to an admin who wants no log in a channel."""
    rest = "When I can no longer post in a channel, whoever manages one hears it as they type."
    if not came:
        return nothing_changed("This was not the log channel.", rest)
    return Message(
        (
            Text("This is no longer the log channel, and there is no other one."),
            Text(rest),
            Note((f"To have it here again, type {prefix}channel log",)),
            row(WordsButton("Undo", "channel log")),
        )
    )
