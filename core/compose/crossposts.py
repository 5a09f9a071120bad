"""Answers about passing a channel's posts on to the channels elsewhere that follow it."""

from collections.abc import Sequence

from core.compose.phrases import nothing_changed, row
from core.crossposts import MOST
from core.messages import Message, Note, Part, Text, WordsButton

_ON, _OFF = "channel crosspost on", "channel crosspost off"


def crossposts_come(*, prefix: str) -> Message:
    """Return the answer to a mod who lets posts be passed on."""
    return Message(
        (
            Text("From now on, each post here is passed on to the channels that follow this one."),
            Text(f"At most {MOST} an hour are taken. What is more stands here alone."),
            Note((f"To stop, type {prefix}{_OFF}",)),
            row(WordsButton("Undo", _OFF)),
        )
    )


def crossposts_stop(*, came: bool, prefix: str) -> Message:
    """Return the answer to a mod who wants no posts passed on."""
    if not came:
        return nothing_changed("Posts here were not passed on.", "They stand here alone.")
    return Message(
        (
            Text("Posts here are no longer passed on. What was passed on already stays."),
            Note((f"To have it again, type {prefix}{_ON}",)),
            row(WordsButton("Undo", _ON)),
        )
    )


def passed_on(skipped: Sequence[str], *, are_chosen: bool) -> tuple[Part, ...]:
    """Return what a channel's status says of passing on; nothing if that was never wanted."""
    if not are_chosen and not skipped:
        return ()
    said = "Each post is passed on" if are_chosen else "Posts are not passed on"
    if not skipped:
        return (Note((said,)),)
    lost = f"{len(skipped)} of the last day {'was' if len(skipped) == 1 else 'were'} not"
    return (Note((said, f"{lost}: {skipped[-1]}")),)
