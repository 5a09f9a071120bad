"""What people are told when an address is closed to the bot, once."""

from collections.abc import Sequence

from core.compose.refusals import REFUSALS, refused
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
    verb = "use the command " if prefix is None else f"type {prefix}"
    resume, leave = f"{verb}channel resume", f"{verb}channel unfollow"
    of_all = all("archived" in it.because for it in closed)
    told = REFUSALS["archived" if of_all else "closed"]
    said: list[Part] = [Text(told.what.format(places=many))]
    said += [Place(it.address.channel, (it.because, it.since)) for it in closed[:_MOST_PLACES]]
    if len(closed) > _MOST_PLACES:
        said.append(Note((f"and {len(closed) - _MOST_PLACES} more",)))
    said.append(Text(told.why.format(kept=_KEPT if is_one else _ALL_KEPT)))
    said.append(Text(told.step.format(resume=resume, leave=leave)))
    return Message(tuple(said))


def closed_direct(closed: Closed, step: str, *, prefix: str) -> Message:
    """Return what a person is told whose direct messages are closed; `step` opens them."""
    again = f"type {prefix}subscribe and one of your tags."
    steps = f"{step} Then {again}" if step else f"When that is mended, {again}"
    said = refused("closed_direct", reason=closed.because, step=steps)
    return Message((*said.parts[:1], Note(("Closed", closed.since)), *said.parts[1:]))
