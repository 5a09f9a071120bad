"""What the log channel of a workspace is told, a line each."""

from collections.abc import Sequence
from itertools import groupby
from typing import assert_never

from core import text
from core.compose.history import changed
from core.history import OPERATOR, Change
from core.log_lines import Happened
from core.messages import Mention, Message, Minute, Note, Part, Place, Text

_MOST_LINES = 20


def log_of(changes: Sequence[tuple[Change, str]], happened: Sequence[Happened] = ()) -> Message:
    """Return what happened by itself, then a line for each change, under who made it.

    With each change is the name to call them by, where to mention them would notify them.
    """
    said: list[Part] = [_happened(it) for it in happened[:_MOST_LINES]]
    shown = changes[: _MOST_LINES - len(said)]
    for (by, name), theirs in groupby(shown, lambda it: (it[0].by, it[1])):
        said.append(_changed_by(by, name))
        said += [Place(it.channel.channel, (changed(it.differences),)) for it, _ in theirs]
    if (more := len(changes) + len(happened) - _MOST_LINES) > 0:
        said.append(Note((f"And {more} more: channel history tells of changes in each channel",)))
    return Message(tuple(said), title="What changed")


def _happened(it: Happened) -> Part:
    match it.what:
        case "open":
            return Place(it.channel, ("open to me again: posts go on",))
        case "pause over":
            return Place(it.channel, ("the pause is over: posts go on",))
        case "not passed on":
            return Place(it.channel, (f"a post was not passed on: {it.reason}",))
        case "outage":
            between = (Minute(it.since), Minute(it.until)) if it.since and it.until else ()
            return Note(("The platform had an outage here, in which nothing came", *between))
        case _:
            assert_never(it.what)


def _changed_by(by: str, name: str) -> Part:
    if name:
        return Text(f"Changed by @{text.clip(text.clean(name), 80)}:")
    if by in {"", OPERATOR}:
        return Text("Changed by who runs me:" if by else "Changed:")
    return Mention((by,), "Changed by", are_people=True)
