"""How a rule is typed: `llms agents+meta -crypto heat:60 style:line`."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from typing import Any, Literal, get_args

from core import typed_time
from core.config import Style
from core.localtime import Quiet, Rhythm
from core.rules import EVERYTHING, MOODS, MOST_TOGETHER, Changes, Rules, tags_of, topic
from core.tags import Catalogue, normal
from core.typed_time import WEEKDAYS, Moment, as_typed, clock

_HOTTEST = 100
_EVERYTHING = frozenset({"*", "everything", "all"})
_OFF = frozenset({"off", "any", "none", "default", "no"})
_ON = frozenset({"on", "yes", "thread", "threads"})
_STYLES = get_args(Style)
_MANY = 1000
ROLE = re.compile(r"[A-Za-z]*[0-9][0-9A-Za-z]*")
"""The id of a role or group; words without a digit are names."""
_EVERYONE = "everyone"


Follower = Literal["member", "channel", "beside"]
"""Who follows by a rule; beside is a member who is mentioned below a channel's posts."""
Why = Literal["", "everyone", "no role", "for channels", "no threads", "not beside"]
_REFUSED: Mapping[Follower, Mapping[str, Why]] = {
    "member": {"mention": "for channels", "threads": "no threads", "related": "no threads"},
    "channel": {},
    "beside": {
        "mention": "for channels",
        **dict.fromkeys(("style", "when", "quiet", "most", "minutes", "pause"), "not beside"),
        **dict.fromkeys(("threads", "related"), "not beside"),
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
    words: Sequence[str],
    known: Catalogue,
    moment: Moment,
    has: Rules | None = None,
    *,
    by: Follower = "member",
) -> Typed:
    """Return the rule that `words` are. What is followed already, in `has`, is a topic anyhow.

    `a+b` is what has both tags; `+a` narrows all that is named. A role or group is mentioned by
    its id.
    """
    reader = _Reader(known, moment, has or {}, by)
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


def _written(value: object) -> str:  # noqa: PLR0911 (one short case for each)
    match value:
        case Rhythm("weekly", minute, weekday):
            return f"weekly {WEEKDAYS[weekday]} {clock(minute)}"
        case Rhythm(days, minute):
            return f"{days} {clock(minute)}"
        case Quiet(start, end):
            return f"{clock(start)}-{clock(end)}"
        case datetime():
            return as_typed(value)
        case bool():
            return "on" if value else "off"
        case tuple():
            return ",".join(value) or "off"
        case _:
            return str(value or "off")


def _with_times(words: Sequence[str]) -> Iterator[str]:
    """Give the words; what says when or until when stands in one, day and time included."""
    said = ""
    for word in words:
        if said and _goes_on(word.lower()):
            said += f" {word}"
            continue
        if said:
            yield said
        said = word if word.lower().startswith(("when:", "pause:")) else ""
        if not said:
            yield word
    if said:
        yield said


def _goes_on(word: str) -> bool:
    is_day = word in WEEKDAYS or word in {"until", "tomorrow"}
    return is_day or typed_time.minute(word) is not None or typed_time.span(word) is not None


def _topic(word: str, known: Catalogue) -> str:
    return topic(known.find(it) or normal(it) for it in word.split("+"))


class _Reader:
    """Reads one word after the other."""

    def __init__(self, known: Catalogue, moment: Moment, has: Rules, by: Follower) -> None:
        self._known = known
        self._moment = moment
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
        elif (read := option.read(value, self._moment)) is None:
            self._mistakes.append(Mistake(word, (option.example,), is_option=True))
        else:
            self._terms[option.field] = None if read in {"now", "off"} else read

    def _take_mention(self, word: str, role: str) -> None:
        if role.lower() in _OFF:
            self._terms["mention"] = ""
        elif role.lower() == _EVERYONE:
            self._mistakes.append(Mistake(word, (), is_option=True, why="everyone"))
        elif ROLE.fullmatch(role):
            self._terms["mention"] = role
        else:
            self._mistakes.append(Mistake(word, (), is_option=True, why="no role"))


@dataclass(frozen=True, slots=True)
class _Option:
    """An option that stands after its name and a colon."""

    field: str
    """The field of `Terms` that it sets."""
    example: str
    read: Callable[[str, Moment], Any] = lambda value, _: value
    """Returns what the value means when it is typed; nothing if it cannot be one."""


def _heat(value: str, _: Moment) -> int | None:
    if value in _OFF:
        return 0
    number = value.removesuffix("+")
    is_degrees = number.isascii() and number.isdigit() and len(number) <= len(str(_HOTTEST))
    return int(number) if is_degrees and int(number) <= _HOTTEST else None


def _moods(value: str, _: Moment) -> tuple[str, ...] | None:
    if value in _OFF:
        return ()
    named = set(value.split(","))
    return tuple(it for it in MOODS if it in named) if named <= set(MOODS) else None


def _concerns(value: str, _: Moment) -> str | None:
    meant = {"any": "", "off": "", "some": "some", "yes": "some", "none": "none", "no": "none"}
    return meant.get(value)


def _style(value: str, _: Moment) -> str | None:
    if value in _OFF:
        return ""
    return value if value in _STYLES else None


def _rhythm(value: str, _: Moment) -> Rhythm | Literal["now"] | None:
    return "now" if value in _OFF | {"now", "once"} else typed_time.rhythm(value)


def _quiet(value: str, _: Moment) -> Quiet | Literal["off"] | None:
    return "off" if value in _OFF else typed_time.quiet(value)


def _pause(value: str, moment: Moment) -> datetime | Literal["off"] | None:
    return "off" if value in _OFF else typed_time.until(value, moment)


def _switch(value: str, _: Moment) -> bool | None:
    return True if value in _ON else False if value in _OFF else None


def _number(value: str, _: Moment) -> int | None:
    if value in _OFF:
        return 0
    is_number = value.isascii() and value.isdigit()
    return int(value) if is_number and 0 < int(value[:4]) < _MANY else None


_OPTIONS = {
    "heat": _Option("heat", "heat:60", _heat),
    "mood": _Option("moods", "mood:negative,mixed", _moods),
    "concerns": _Option("concerns", "concerns:some", _concerns),
    "without": _Option("without", "without:crypto"),
    "style": _Option("style", "style:line", _style),
    "mention": _Option("mention", "mention:off"),
    "when": _Option("rhythm", "when:daily 08:00", _rhythm),
    "quiet": _Option("quiet", "quiet:22:00-07:00", _quiet),
    "most": _Option("most_a_day", "most:8", _number),
    "minutes": _Option("minutes", "minutes:10", _number),
    "threads": _Option("threads", "threads:off", _switch),
    "related": _Option("related", "related:thread", _switch),
    "pause": _Option("paused_until", "pause:1w", _pause),
}


def _too_many_together(name: str) -> Mistake:
    first = "+".join(tags_of(name)[:MOST_TOGETHER])
    return Mistake(name, (first,), is_option=True)
