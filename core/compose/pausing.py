"""Answers to who pauses a channel, or lets it go on."""

from datetime import datetime

from core import text
from core.compose.phrases import nothing_changed, row
from core.compose.waiting import instead_of_waiting, told_waiting
from core.messages import Message, Minute, Note, Part, Text, WordsButton
from core.outbox import NOTHING, KeptBack
from core.typed_time import as_typed


def channel_paused(until: datetime | None, kept: KeptBack = NOTHING, *, prefix: str) -> Message:
    """Return the answer to a mod who paused a channel, perhaps only until then."""
    lasts = () if until else (Text("It stays so until somebody resumes it."),)
    return Message(
        (
            *pause_in_words(until),
            *lasts,
            *told_waiting(kept, is_paused=True),
            Note((f"To go on before, type {prefix}channel resume",)),
            row(WordsButton("Resume", "channel resume"), *instead_of_waiting(kept)),
        )
    )


def channel_paused_until_when(typed: str, *, prefix: str) -> Message:
    """Return the answer to a mod who does not say until when a channel is to be paused."""
    said = text.clip(text.clean(typed), 60)
    return Message(
        (
            Text(f"I do not understand until when “{said}” is, so nothing was changed."),
            row(
                WordsButton("Pause 24 hours", "channel pause 1d"),
                WordsButton("Pause a week", "channel pause 1w"),
                WordsButton("Pause until I resume", "channel pause"),
            ),
            Note((f"For example: {prefix}channel pause 8h, or until mon 08:00",)),
        )
    )


def channel_resumed(*, was_paused: bool, undo: str = "", prefix: str) -> Message:
    """Return the answer to a mod who lets posts come to a channel again; `undo` takes it back."""
    if not was_paused:
        return nothing_changed("This channel was not paused.", "New articles are posted here.")
    return Message(
        (
            Text("I post here again, first what waited, in one message."),
            Note((f"To see whether it arrives, type {prefix}channel status",)),
            *((row(WordsButton("Undo", undo)),) if undo else ()),
        )
    )


def words_to_pause(until: datetime | None) -> str:
    """Return what is typed to pause a channel so."""
    return f"channel pause {as_typed(until)}" if until else "channel pause"


def still_paused(until: datetime | None, kept: KeptBack = NOTHING) -> tuple[Part, ...]:
    """Return what is said where a channel was changed that is paused."""
    return (
        *pause_in_words(until),
        *told_waiting(kept, is_paused=True),
        row(WordsButton("Resume", "channel resume"), *instead_of_waiting(kept)),
    )


def pause_in_words(until: datetime | None) -> tuple[Part, ...]:
    """Return that a channel is paused, and until when if that is known."""
    said = Text("This channel is paused. What would come is held, and comes afterwards.")
    return (said, *((Note(("Paused until", Minute(until))),) if until else ()))
