"""Answers to who does not want to hear of a closed channel again, or wants to."""

from core import text
from core.compose.phrases import nothing_changed, row
from core.messages import Message, Note, Text, WordsButton

_COMES = "When I can no longer post here, those who manage it are told, once for each reason."


def muted(because: str, *, prefix: str) -> Message:
    """Return the answer to a mod who muted the notice that a channel is closed."""
    if not because:
        return nothing_changed("I can post in this channel.", _COMES)
    reason = text.clip(text.clean(because), 200)
    return Message(
        (
            Text(f"I say no more that I cannot post in this channel: {reason}."),
            Text("For another reason I do, and for this one after I could post here once."),
            Note((f"It still stands in {prefix}channel status",)),
            row(WordsButton("Undo", "channel mute off")),
        )
    )


def unmuted(*, was_muted: bool) -> Message:
    """Return the answer to a mod who wants to be told of a closed channel again."""
    if not was_muted:
        return nothing_changed("No notice of this channel is muted.", _COMES)
    return Message((Text("Notices of this channel come again."), Text(_COMES)))
