"""Answers to who pauses a channel, or lets it go on."""

from collections.abc import Sequence
from datetime import datetime

from core import text
from core.compose.phrases import nothing_changed, paused, row
from core.compose.refusals import REFUSALS
from core.compose.waiting import instead_of_waiting, told_waiting, with_buttons
from core.messages import Buttons, Message, Minute, Note, Part, Text, WordsButton
from core.outbox import NOTHING, KeptBack
from core.settings import Settings
from core.subscriptions import Following
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


def held_here(has: Settings, kept: KeptBack, channel: str) -> list[Part]:
    """Return that a channel is paused, if it is, and what waits for it with its buttons."""
    said = pause_in_words(has.paused_until) if has.paused else ()
    return [*said, *with_buttons(kept, is_paused=has.paused, channel=channel)]


def pause_in_words(until: datetime | None) -> tuple[Part, ...]:
    """Return that a channel is paused, and until when if that is known."""
    said = Text("This channel is paused. What would come is held, and comes afterwards.")
    return (said, *((Note(("Paused until", Minute(until))),) if until else ()))


def closed_here(has: Following, *buttons: WordsButton, prefix: str) -> list[Part]:
    """Return why nothing is posted in a channel, and the buttons if a person has to open it."""
    what = REFUSALS["held"].what.format(reason=has.paused_because)
    mends = [] if has.opens_by_itself else [row(*buttons)]
    return [*paused(what, has, f"{prefix}channel resume"), *mends]


def instead_of(channel: str = "") -> list[WordsButton]:
    """Return the buttons that move what a closed channel follows, or stop it.

    `channel` is its id, if it is not the one where they are pressed.
    """
    about = f" in:{channel}" if channel else ""
    return [to_move(channel), WordsButton("Remove", f"channel unfollow{about}")]


def to_move(channel: str) -> WordsButton:
    """Return the button that moves what a channel follows."""
    about = f" in:{channel}" if channel else ""
    return WordsButton("Move to another channel", f"channel move{about}")


def in_status(said: Sequence[Part], *, prefix: str) -> list[Part]:
    """Return this without its buttons, where there is no room for them; the status has them."""
    kept: list[Part] = [part for part in said if not isinstance(part, Buttons)]
    note = Note((f"What can be done about it is in {prefix}channel status",))
    return [*kept, note] if len(kept) < len(said) else kept
