"""The form in which one chooses tags to follow, and how they come."""

from dataclasses import dataclass
from datetime import datetime

from core import text
from core.grammar import Mistake
from core.localtime import Rhythm, zone
from core.messages import Message, Text
from core.rules import Rules
from core.typed_time import DIGEST_AT, WEEKDAYS, clock

_LONGEST_WORD = 30
_WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_WAYS = (
    ("now", "Each at once"),
    ("daily", "A digest every day"),
    ("weekly mon", "A digest every Monday"),
)


@dataclass(frozen=True, slots=True)
class FollowForm:
    """What is asked of who wants to follow tags by direct message, and what stands there at first.

    Sending it does what `core.commands.follow_by_form` makes of the answers.
    """

    zone: str
    """The IANA name of the zone whose clock counts."""
    about_zone: str
    way: str = "daily"
    """How new articles come: one of the values of `ways`."""
    time: str = clock(DIGEST_AT)
    title: str = "Follow tags"
    tags: str = "Tags"
    tags_hint: str = "Type the beginning of a tag"
    how: str = "How new articles come to you"
    ways: tuple[tuple[str, str], ...] = _WAYS
    """What is typed for each way, but for the time, and its words."""
    at: str = "Time of the digest"
    place: str = "Time zone"
    send: str = "Follow"


WAITING_TITLE = "Themata"
"""What stands above an answer, and above what is yet to come."""
CLOSE = "Close"
CANCEL = "Cancel"
SAVE = "Save"
NEXT = "Next"
SETTINGS_TITLE = "Channel settings"
SET_UP_TITLE = "Set up a channel"
WHICH_CHANNEL = "Which channel?"


def follow_form(rules: Rules, name: str, now: datetime) -> FollowForm:
    """Return the form for who follows `rules` and lives in the zone of this name."""
    local = now.astimezone(zone(name))
    day = f"{_WEEK[local.weekday()]}, {local.day} {_MONTHS[local.month - 1]}"
    there = f"There it is {day}, {clock(local.hour * 60 + local.minute)}"
    rhythms = {terms.rhythm for terms in rules.values()}
    if len(rhythms) != 1:
        return FollowForm(name, there)
    match rhythms.pop():
        case None:
            return FollowForm(name, there, "now")
        case Rhythm(days, minute, weekday):
            way = f"weekly {WEEKDAYS[weekday]}" if days == "weekly" else days
            return FollowForm(name, there, way, clock(minute), ways=_ways(way))


def _ways(way: str) -> tuple[tuple[str, str], ...]:
    """Return the ways to choose from for who has chosen `way` before."""
    said = {way: words for way, words in _WAYS if way in {"now", "daily"}}
    if way == "weekdays":
        said[way] = "A digest from Monday to Friday"
    day = way.removeprefix("weekly ") if way.startswith("weekly ") else "mon"
    return (*said.items(), (f"weekly {day}", f"A digest every {_WEEK[WEEKDAYS.index(day)]}"))


def waiting() -> Message:
    """Return what is shown while an answer takes a moment."""
    return Message((Text("One moment: I am looking that up."),))


def no_such_tag(mistake: Mistake) -> str:
    """Return what is told beside the field in which a tag was named that does not exist."""
    said = text.clip(text.clean(mistake.word), _LONGEST_WORD)
    if not mistake.nearest:
        return f"There is no tag called “{said}”. Choose one that is offered while you type."
    near = text.in_a_sentence([f"#{tag}" for tag in mistake.nearest], "or")
    return f"There is no tag called “{said}”. Did you mean {near}?"


def nothing_like(typed: str) -> str:
    """Return the line that is offered where no tag is like what is typed."""
    return f"No tag is called “{text.clip(text.clean(typed), _LONGEST_WORD)}”"
