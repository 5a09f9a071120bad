"""Answers to those who manage a channel."""

from core.compose.phrases import nothing_changed, paused, row, to_stop
from core.compose.refusals import REFUSALS
from core.compose.rules import following, mentions
from core.grammar import word_of
from core.messages import Fact, Message, Note, Text, WordsButton
from core.outbox import Traffic
from core.subscriptions import Following


def channel_status(has: Following, traffic: Traffic, *, prefix: str) -> Message:
    """Return what a channel follows and whether posts reach it."""
    if not has.rules:
        return Message(
            (
                Text("This channel follows no tags yet."),
                Note((f"To follow one, type {prefix}channel follow and its name",)),
            )
        )
    said = [*following("This channel follows", has.rules), *mentions(has.rules)]
    if has.paused_because:
        told = REFUSALS["held"]
        what, step = told.what.format(reason=has.paused_because), f"{prefix}channel resume"
        said += paused(what, has, step)
    last_at, waiting = traffic.last_post_at, traffic.waiting
    last: tuple[Fact, ...] = ("Last post", last_at) if last_at else ("No posts yet",)
    said.append(Note((*last, f"{waiting} waiting" if waiting else "none waiting")))
    said.append(to_stop(f"{prefix}channel unfollow", [word_of(has.topics[0])]))
    return Message(tuple(said))


def channel_resumed(*, was_paused: bool, prefix: str) -> Message:
    """Return the answer to a mod who lets posts come to a channel again."""
    if not was_paused:
        return nothing_changed("This channel was not paused.", "New articles are posted here.")
    return Message(
        (
            Text("I post here again, first what waited, in one message."),
            Note((f"To see whether it arrives, type {prefix}channel status",)),
        )
    )


def notices_come(*, prefix: str) -> Message:
    """Return the answer to a mod who chose a channel for notices."""
    return Message(
        (
            Text("When I can no longer post in a channel, I say so here, once."),
            Note((f"To stop, type {prefix}channel notices off",)),
            row(WordsButton("Undo", "channel notices off")),
        )
    )


def notices_stop(*, came: bool, prefix: str) -> Message:
    """Return the answer to a mod who wants no notices in a channel."""
    rest = "When I can no longer post in a channel, whoever manages one hears it as they type."
    if not came:
        return nothing_changed("No notices came to this channel.", rest)
    return Message(
        (
            Text("No notices come to this channel now."),
            Text(rest),
            Note((f"To have them again, type {prefix}channel notices",)),
            row(WordsButton("Undo", "channel notices")),
        )
    )
