"""What people are told when an address is closed to the bot, once."""

from collections.abc import Sequence

from core.messages import Message, Note, Part, Place, Text
from core.pauses import Closed

_MOST_PLACES = 10
_KEPT = "What it follows is kept, and new stories wait for 24 hours."
_ALL_KEPT = "What they follow is kept, and new stories wait for 24 hours."


def closed_channels(closed: Sequence[Closed], *, prefix: str | None = None) -> Message:
    """Return the notice that I can no longer post in these channels, at least one.

    `prefix` is what is typed before a command's words, if that is known where the notice stands.
    """
    is_one = len(closed) == 1
    many = "a channel" if is_one else f"{len(closed)} channels"
    said: list[Part] = [Text(f"I can no longer post in {many}:")]
    said += [Place(it.address.channel, (it.because, it.since)) for it in closed[:_MOST_PLACES]]
    if len(closed) > _MOST_PLACES:
        said.append(Note((f"and {len(closed) - _MOST_PLACES} more",)))
    resume = "use the command channel resume" if prefix is None else f"type {prefix}channel resume"
    said.append(Text(_KEPT if is_one else _ALL_KEPT))
    said.append(Text(f"When that is mended, {resume} there."))
    return Message(tuple(said))


def closed_direct(closed: Closed, step: str, *, prefix: str) -> Message:
    """Return what a person is told whose direct messages are closed; `step` opens them."""
    again = f"type {prefix}subscribe and one of your tags."
    return Message(
        (
            Text(f"My direct messages do not reach you: {closed.because}."),
            Note(("Closed", closed.since)),
            Text(f"{step} Then {again}" if step else f"When that is mended, {again}"),
        )
    )
