"""What people changed in the settings of a channel, in words."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from core import text
from core.compose.phrases import row, undo_of
from core.compose.rules import terms_in_words, topics_in_words
from core.grammar import written
from core.history import OPERATOR, Change
from core.messages import Mention, Message, Minute, Note, Part, Text, WordsButton
from core.rules import Terms
from core.settings import Difference

CHANGES_ON_A_PAGE = 5
"""How many changes stand on a page: each takes several parts of a message."""
_MOST_WORDS = 400


def history(changes: Sequence[Change], *, page: int, pages: int, upto: int, prefix: str) -> Message:
    """Return a page of the changes of a channel, the newest first, with buttons to the others."""
    if not changes:
        nothing = Text("Nothing was changed here yet, as far as it is kept.")
        return Message((nothing, Note((f"To set this channel up, type {prefix}channel follow",))))
    said: list[Part] = [Text("What was changed here, the newest first:")]
    for change in changes:
        said += _told(change)
    if pages > 1:
        said.append(Note((f"Page {page} of {pages}",)))
        said.append(row(*_further(page, pages, upto)))
    return Message(tuple(said))


def undone(change: Change) -> Message:
    """Return the answer to who took a change back."""
    was = changed(change.differences)
    again = row(WordsButton("Show history", "channel history"))
    return Message((Text(f"Taken back: {was}."), *_who(change), again))


def changed_since(later: Change, number: int, *, prefix: str) -> Message:
    """Return the answer to who would take back what was set anew; `later` is the last change."""
    why = Text(f"Change {number} cannot be taken back alone: what it set was changed again since.")
    last = Text(f"The last change is: {changed(later.differences)}.")
    how = Note((f"To see all changes, type {prefix}channel history",))
    return Message((why, last, *_who(later), Text("Nothing was changed."), how))


def nothing_to_undo(number: int, *, prefix: str) -> Message:
    """Return the answer where there is no such change, or it is taken back already."""
    none = f"There is no change {number} here that still holds." if number else ""
    why = none or "There is nothing to take back here."
    how = Note((f"To see all changes, type {prefix}channel history",))
    return Message((Text(f"{why} Nothing was changed."), how))


def changed(differences: Sequence[Difference]) -> str:
    """Return what is set otherwise, in words: #llms added; #meta: heat 40 instead of 0."""
    return text.clip("; ".join(changes_in_words(differences)), _MOST_WORDS)


def changes_in_words(differences: Sequence[Difference]) -> list[str]:
    """Return what changed of each topic, of several as one where it is the same, then the rest."""
    phrases: dict[str, list[str]] = {}
    for it in _with_pauses(differences):
        phrases.setdefault(it.topic, []).append(_phrase(it))
    topics: dict[str, list[str]] = {}
    for topic, said in phrases.items():
        # Of what came or went nothing else is told.
        opening = ": " if topic and not said[0].startswith(" ") else ""
        topics.setdefault(opening + ", ".join(said), []).append(topic)
    return [f"{topics_in_words(it)}{said}" if any(it) else said for said, it in topics.items()]


def changes_in_lines(differences: Sequence[Difference]) -> list[str]:
    """Return a line for each change: + for what came, - for what went, ~ for all else."""
    return [
        f"{next((sign for sign, said in _SIGNS.items() if said in phrase), '~')} {phrase}"
        for phrase in changes_in_words(differences)
    ]


_SIGNS = {"+": " added", "-": " removed"}


def _with_pauses(differences: Sequence[Difference]) -> list[Difference]:
    """Return them with a pause of all and its end as one."""
    ends = {it.what: it.after for it in differences if not it.topic}
    if "paused" not in ends:
        return list(differences)
    until = f"paused until {_until(ends.get('paused_until'))}" if ends["paused"] else ""
    others = [it for it in differences if it.topic or not it.what.startswith("paused")]
    return [*others, Difference("paused", "", until)]


def _phrase(it: Difference) -> str:
    if it.what == "topic":
        return _came_or_went(it.after)
    if it.what == "mention":
        return _mention(it.before, it.after)
    if it.what == "paused":
        return it.after or "resumed"
    name, value = _NAMES[it.what]
    return f"{name} {value(it.after)} instead of {value(it.before)}"


def _came_or_went(after: Terms | None) -> str:
    if after is None:
        return " removed"
    terms = terms_in_words(after)
    return f" added ({terms})" if terms else " added"


def _mention(before: str, after: str) -> str:
    if not after:
        return "nobody is mentioned any more"
    return "another role is mentioned" if before else "a role is mentioned"


def _who(change: Change) -> list[Part]:
    number, at = f"Change {change.number}", Note((Minute(change.at),))
    if change.by == OPERATOR:
        return [Note((f"{number}, by who runs me",)), at]
    by = Mention((change.by,), f"{number}, by", are_people=True)
    return [by if change.by else Note((number,)), at]


def _told(change: Change) -> Iterator[Part]:
    taken_back = f"Took back change {change.undoes}: " if change.undoes else ""
    yield Text(f"{taken_back}{changed(change.differences)}")
    yield from _who(change)
    if change.undone_at:
        yield Note(("Taken back", Minute(change.undone_at)))
    else:
        yield row(undo_of(change.number))


def _further(page: int, pages: int, upto: int) -> Iterator[WordsButton]:
    if page > 1:
        yield WordsButton("Previous", f"channel history page:{page - 1} upto:{upto}")
    if page < pages:
        yield WordsButton("Next", f"channel history page:{page + 1} upto:{upto}")


def _or(nothing: str) -> Callable[[Any], str]:
    """Return what says a value, or this if there is none."""
    return lambda value: written(value) if value else nothing


def _left_out(words: Sequence[str]) -> str:
    named = [it if "." in it else f"#{it}" for it in words]
    return text.in_a_sentence(named) if named else "nothing"


def _moods(moods: Sequence[str]) -> str:
    return text.in_a_sentence(moods, "or") if moods else "any"


def _until(at: datetime | None) -> str:
    return f"{at.day} {at:%b %Y, %H:%M} UTC" if at else "further notice"


def _managers(who: str) -> str:
    return {"": "mods alone", "anyone": "anyone"}.get(who, "mods and a role")


_switch = _or("off")
_NAMES: Mapping[str, tuple[str, Callable[[Any], str]]] = {
    "heat": ("heat", _or("0")),
    "moods": ("mood", _moods),
    "concerns": ("concerns", _or("any")),
    "without": ("left out", _left_out),
    "style": ("style", _or("the usual")),
    "rhythm": ("digests", _or("none")),
    "quiet": ("quiet hours", _or("none")),
    "most_a_day": ("at most", lambda most: f"{most} a day" if most else "all"),
    "minutes": ("minutes of reading", _or("any")),
    "threads": ("later coverage in the thread", _switch),
    "related": ("related stories in the thread", _switch),
    "paused_until": ("paused until", _until),
    "zone": ("time zone", _or("UTC")),
    "managers": ("who can change this:", _managers),
    "crosspost": ("passing posts on:", _switch),
    "log": ("log lines here:", _switch),
}
