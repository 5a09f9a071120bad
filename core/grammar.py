"""How a rule is typed: `llms agents+meta -crypto heat:60 style:line`."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from difflib import get_close_matches
from typing import Any, Literal, get_args

from core.config import Style
from core.localtime import Days, Quiet, Rhythm
from core.rules import EVERYTHING, MOODS, MOST_TOGETHER, Changes, Rules, tags_of, topic
from core.tags import Catalogue, normal

_HOTTEST = 100
_EVERYTHING = frozenset({"*", "everything", "all"})
_OFF = frozenset({"off", "any", "none", "default", "no"})
_STYLES = get_args(Style)
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3])(?::([0-5][0-9]))?")
_MANY = 1000
_SPAN = re.compile(r"([1-9][0-9]{0,2}) ?([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_LONGEST_SPAN = timedelta(days=30)
_ROLE = re.compile(r"[A-Za-z]*[0-9][0-9A-Za-z]*")  # words without a digit are names
_EVERYONE = "everyone"
_DAYS: Mapping[str, Days] = {days: days for days in get_args(Days)}
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""The days of the week as they are typed."""
DIGEST_AT = 9 * 60
"""When a digest comes for which no time is typed, in minutes of the local day."""


Follower = Literal["member", "channel", "beside"]
"""Who follows by a rule; beside is a member who is mentioned below a channel's posts."""
Why = Literal["", "everyone", "no role", "for channels", "not beside"]
_REFUSED: Mapping[Follower, Mapping[str, Why]] = {
    "member": {"mention": "for channels"},
    "channel": {},
    "beside": {
        "mention": "for channels",
        **dict.fromkeys(("style", "when", "quiet", "most"), "not beside"),
    },
}
"""The options that a rule of theirs cannot have."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """A typed word that is no tag and no option as it stands."""

    word: str
    nearest: tuple[str, ...]
    """What may have been meant, as it would be typed; perhaps nothing."""
    is_option: bool = False
    """It was to change which articles come; else it was one more tag."""
    why: Why = ""
    """What is wrong with it, if it is known."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed, as far as it is understood."""

    topics: tuple[str, ...] = ()
    changes: Changes = field(default_factory=Changes)
    mistakes: tuple[Mistake, ...] = ()
    understood: tuple[str, ...] = ()
    """The words that are no mistakes."""

    @property
    def blunders(self) -> tuple[Mistake, ...]:
        """Return the mistakes that leave open what is wanted of the rest."""
        return tuple(mistake for mistake in self.mistakes if mistake.is_option)

    def __bool__(self) -> bool:
        """Say whether anything of it is understood."""
        return bool(self.topics or self.changes)


def read(
    words: Sequence[str], known: Catalogue, has: Rules | None = None, *, by: Follower = "member"
) -> Typed:
    """Return the rule that `words` are. What is followed already, in `has`, is a topic anyhow.

    `a+b` is what has both tags; `+a` narrows all that is named. A role or group is mentioned by
    its id.
    """
    reader = _Reader(known, has or {}, by)
    understood = tuple(word for word in _with_times(words) if reader.take(word))
    return reader.typed(understood)


def topics(words: Sequence[str], known: Catalogue) -> tuple[str, ...]:
    """Return the topics that these words may name, whether or not there are such tags."""
    named = (word.lower().strip("#") for word in words)
    return tuple(
        dict.fromkeys(EVERYTHING if it in _EVERYTHING else _topic(it, known) for it in named)
    )


def write(names: Iterable[str], changes: Changes) -> str:
    """Return what is typed to follow these topics with these changes."""
    options = {option.field: name for name, option in _OPTIONS.items()}
    said = [f"{options[it]}:{_written(value)}" for it, value in changes.terms.items()]
    return " ".join([*map(word_of, names), *said, *(f"-{word}" for word in changes.left_out)])


def word_of(topic: str) -> str:
    """Return what is typed for a topic."""
    return "everything" if topic == EVERYTHING else topic


def span(typed: str) -> timedelta | None:
    """Return how long these words are, at most 30 days: 8h, 3d, 1w; nothing if they say nothing."""
    match = _SPAN.fullmatch(typed.strip().lower())
    if not match:
        return None
    return min(int(match[1]) * _UNITS[match[2]], _LONGEST_SPAN)


def clock(minute: int) -> str:
    """Return a minute of the day as a clock shows it: 08:00."""
    return f"{minute // 60:02}:{minute % 60:02}"


def _written(value: object) -> str:
    match value:
        case Rhythm("weekly", minute, weekday):
            return f"weekly {WEEKDAYS[weekday]} {clock(minute)}"
        case Rhythm(days, minute):
            return f"{days} {clock(minute)}"
        case Quiet(start, end):
            return f"{clock(start)}-{clock(end)}"
        case tuple():
            return ",".join(value) or "off"
        case _:
            return str(value or "off")


def _with_times(words: Sequence[str]) -> Iterator[str]:
    """Give the words; what says when stands in one, the day and the time included."""
    said = ""
    for word in words:
        if said and (word.lower() in WEEKDAYS or _minute(word) is not None):
            said += f" {word}"
            continue
        if said:
            yield said
        said = word if word.lower().startswith("when:") else ""
        if not said:
            yield word
    if said:
        yield said


def _topic(word: str, known: Catalogue) -> str:
    return topic(known.find(it) or normal(it) for it in word.split("+"))


class _Reader:
    """Reads one word after the other."""

    def __init__(self, known: Catalogue, has: Rules, by: Follower) -> None:
        self._known = known
        self._has = has
        self._refused = _REFUSED[by]
        self._topics: dict[str, None] = {}
        self._all_of: list[str] = []
        self._left_out: list[str] = []
        self._terms: dict[str, Any] = {}
        self._mistakes: list[Mistake] = []

    def take(self, word: str) -> bool:
        """Take a word, and say whether it is understood."""
        mistakes = len(self._mistakes)
        self._take(word)
        return len(self._mistakes) == mistakes

    def _take(self, word: str) -> None:
        name, colon, value = word.partition(":")
        if colon:
            self._take_option(word, name.lower(), value)
        elif word.startswith("-"):
            self._left_out += self._words_left_out(word[1:])
        elif word.startswith("+"):
            self._all_of += self._tags(word[1:].split("+"), "+")
        else:
            for one in filter(None, word.split(",")):
                self._take_topic(one)

    def typed(self, understood: tuple[str, ...]) -> Typed:
        """Return all that was taken."""
        narrowed = [topic((*tags_of(it), *self._all_of)) for it in self._topics or (EVERYTHING,)]
        topics = narrowed if self._all_of else list(self._topics)
        too_long = [it for it in topics if len(tags_of(it)) > MOST_TOGETHER]
        mistakes = [*self._mistakes, *(_too_many_together(it) for it in too_long)]
        fitting = dict.fromkeys(it for it in topics if it not in too_long)
        changes = Changes(self._terms, tuple(self._left_out))
        return Typed(tuple(fitting), changes, tuple(mistakes), understood)

    def _take_topic(self, word: str) -> None:
        lower = word.lower().strip("#")
        if lower in _EVERYTHING:
            self._topics[EVERYTHING] = None
        elif (kept := topic(normal(it) for it in lower.split("+"))) in self._has:
            self._topics[kept] = None
        elif lower in _OPTIONS and not self._known.find(lower):
            self._mistakes.append(Mistake(word, (_OPTIONS[lower].example,), is_option=True))
        else:
            parts = lower.split("+")
            tags = self._tags(parts, "")
            if len(tags) == len(parts):
                self._topics[topic(tags)] = None

    def _tags(self, typed: Sequence[str], sign: str) -> list[str]:
        found = {it: self._known.find(it) for it in typed if it}
        self._mistakes += [
            Mistake(sign + it, tuple(sign + near for near in self._known.nearest(it)), bool(sign))
            for it, tag in found.items()
            if tag is None
        ]
        return [tag for tag in found.values() if tag]

    def _words_left_out(self, typed: str) -> list[str]:
        words = [it for it in typed.lower().strip("#").split(",") if it]
        domains = [it.removeprefix("www.").strip(".") for it in words if "." in it.strip(".")]
        return domains + self._tags([it for it in words if "." not in it.strip(".")], "-")

    def _take_option(self, word: str, name: str, typed: str) -> None:
        option, value = _OPTIONS.get(name), typed.lower()
        if why := self._refused.get(name):
            self._mistakes.append(Mistake(word, (), is_option=True, why=why))
        elif name == "mention":
            self._take_mention(word, typed)
        elif option is None:
            near = [it for it in get_close_matches(name, _OPTIONS) if it != "mention"]
            forms = tuple(f"{it}:{value}" if value else _OPTIONS[it].example for it in near)
            self._mistakes.append(Mistake(word, forms, is_option=True))
        elif name == "without":
            left_out = () if value in _OFF else self._words_left_out(value)
            self._terms["without"] = tuple(sorted(set(left_out)))
        elif (read := option.read(value)) is None:
            self._mistakes.append(Mistake(word, (option.example,), is_option=True))
        else:
            self._terms[option.field] = None if read in {"now", "off"} else read

    def _take_mention(self, word: str, role: str) -> None:
        if role.lower() in _OFF:
            self._terms["mention"] = ""
        elif role.lower() == _EVERYONE:
            self._mistakes.append(Mistake(word, (), is_option=True, why="everyone"))
        elif _ROLE.fullmatch(role):
            self._terms["mention"] = role
        else:
            self._mistakes.append(Mistake(word, (), is_option=True, why="no role"))


@dataclass(frozen=True, slots=True)
class _Option:
    """An option that stands after its name and a colon."""

    field: str
    """The field of `Terms` that it sets."""
    example: str
    read: Callable[[str], Any] = lambda value: value
    """Returns what the value means; nothing if it cannot be one."""


def _heat(value: str) -> int | None:
    if value in _OFF:
        return 0
    number = value.removesuffix("+")
    is_degrees = number.isascii() and number.isdigit() and len(number) <= len(str(_HOTTEST))
    return int(number) if is_degrees and int(number) <= _HOTTEST else None


def _moods(value: str) -> tuple[str, ...] | None:
    if value in _OFF:
        return ()
    named = set(value.split(","))
    return tuple(it for it in MOODS if it in named) if named <= set(MOODS) else None


def _concerns(value: str) -> str | None:
    meant = {"any": "", "off": "", "some": "some", "yes": "some", "none": "none", "no": "none"}
    return meant.get(value)


def _style(value: str) -> str | None:
    if value in _OFF:
        return ""
    return value if value in _STYLES else None


def _minute(value: str) -> int | None:
    """Return the minute of the day that a clock shows so: 8, 08:00, 22:30."""
    match = _CLOCK.fullmatch(value)
    return int(match[1]) * 60 + int(match[2] or 0) if match else None


def _rhythm(value: str) -> Rhythm | Literal["now"] | None:
    if value in _OFF | {"now", "once"}:
        return "now"
    days, *rest = value.replace("@", " ").split() or [""]
    if _minute(days) is not None:
        days, rest = "daily", [days, *rest]
    weekday = WEEKDAYS.index(rest.pop(0)) if rest and rest[0] in WEEKDAYS else 0
    minute = _minute(rest.pop(0)) if rest else DIGEST_AT
    kind = _DAYS.get(days)
    if kind is None or minute is None or rest:
        return None
    return Rhythm(kind, minute, weekday if kind == "weekly" else 0)


def _quiet(value: str) -> Quiet | Literal["off"] | None:
    if value in _OFF:
        return "off"
    start, _, end = value.partition("-")
    minutes = _minute(start), _minute(end)
    if minutes[0] is None or minutes[1] is None or minutes[0] == minutes[1]:
        return None
    return Quiet(minutes[0], minutes[1])


def _most(value: str) -> int | None:
    if value in _OFF:
        return 0
    return (
        int(value) if value.isascii() and value.isdigit() and 0 < int(value[:4]) < _MANY else None
    )


_OPTIONS = {
    "heat": _Option("heat", "heat:60", _heat),
    "mood": _Option("moods", "mood:negative,mixed", _moods),
    "concerns": _Option("concerns", "concerns:some", _concerns),
    "without": _Option("without", "without:crypto"),
    "style": _Option("style", "style:line", _style),
    "mention": _Option("mention", "mention:off"),
    "when": _Option("rhythm", "when:daily 08:00", _rhythm),
    "quiet": _Option("quiet", "quiet:22:00-07:00", _quiet),
    "most": _Option("most_a_day", "most:8", _most),
}


def _too_many_together(name: str) -> Mistake:
    first = "+".join(tags_of(name)[:MOST_TOGETHER])
    return Mistake(name, (first,), is_option=True)
