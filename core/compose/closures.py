"""What people are told when an address is closed to the bot, once."""

from collections.abc import Sequence

from core.compose.pausing import instead_of
from core.compose.phrases import row
from core.compose.refusals import REFUSALS, refused
from core.messages import Message, Note, Part, Place, Text, WordsButton
from core.pauses import Closed

_MOST_PLACES = 10
_MOST_ROWS = 5  # more would not fit into a message of Discord's
_KEPT = "What it follows is kept, and new stories wait for 24 hours."
_ALL_KEPT = "What they follow is kept, and new stories wait for 24 hours."


def closed_channels(
    closed: Sequence[Closed], *, prefix: str | None = None, most_rows: int = _MOST_ROWS
) -> Message:
    """Return the notice that I can no longer post in these channels, at least one.

    `prefix` is what is typed before a command's words, if that is known where the notice stands.
    Each has a row of buttons if there are at most `most_rows`.
    """
    is_one = len(closed) == 1
    many = "a channel" if is_one else f"{len(closed)} channels"
    verb = "use the command " if prefix is None else f"type {prefix}"
    typed = {it: f"{verb}channel {it}" for it in ("resume", "move", "unfollow")}
    of_all = all("archived" in it.because for it in closed)
    told = REFUSALS["archived" if of_all else "closed"]
    said: list[Part] = [Text(told.what.format(places=many))]
    has_rows = len(closed) <= most_rows
    for it in closed[:_MOST_PLACES]:
        said.append(Place(it.address.channel, (it.because, it.since)))
        said += [row(*_mends(it.address.channel))] if has_rows else []
    if len(closed) > _MOST_PLACES:
        said.append(Note((f"and {len(closed) - _MOST_PLACES} more",)))
    said.append(Text(told.why.format(kept=_KEPT if is_one else _ALL_KEPT)))
    said.append(Text(told.step.format(**typed)))
    said += [] if has_rows else [row(WordsButton("Show status", "channel status"))]
    return Message(tuple(said))


def _mends(channel: str) -> list[WordsButton]:
    return [
        WordsButton("Check again", f"channel resume in:{channel}"),
        WordsButton("Mute this notice", f"channel mute in:{channel}"),
        *instead_of(channel),
    ]


def closed_direct(closed: Closed, step: str, *, prefix: str) -> Message:
    """Return what a person is told whose direct messages are closed; `step` opens them."""
    again = f"type {prefix}subscribe and one of your tags."
    steps = f"{step} Then {again}" if step else f"When that is mended, {again}"
    said = refused("closed_direct", reason=closed.because, step=steps)
    return Message((*said.parts[:1], Note(("Closed", closed.since)), *said.parts[1:]))
