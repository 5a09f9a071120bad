"""Lists to choose from in the settings of a channel, in which what holds is chosen already."""

from collections.abc import Collection, Iterable, Mapping

from core.compose.phrases import stories
from core.compose.rules import topic_in_words
from core.grammar import word_of
from core.localtime import Quiet, Rhythm
from core.messages import Choice, Choices
from core.rules import Terms
from core.typed_time import WEEKDAYS, clock

MOST_LISTED = 25
"""How much a list to choose from holds."""
LONGEST_VALUE = 75
"""The characters that every platform takes with something to choose."""

_DAYS_OF_WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NINE = 9 * 60
_RHYTHMS = (Rhythm("daily", _NINE), Rhythm("weekdays", _NINE), Rhythm("weekly", _NINE))
_QUIETS = (Quiet(22 * 60, 7 * 60), Quiet(18 * 60, 8 * 60))
_DAYS = {"daily": "every day", "weekdays": "from Monday to Friday"}
_STYLES = {
    "": ("Usual length", "As the operator of the bot chose"),
    "line": ("One line", "The title and where it is from"),
    "card": ("A card", "The title and a summary"),
    "full": ("In full", "The summary, key points and concerns"),
}


def choices_of_times(terms: Terms, words: str) -> Choices:
    """Return the list of when posts come, typed after `words`; what holds is one of it."""
    ways = [(None, 0), (None, 8), *((rhythm, 0) for rhythm in _RHYTHMS)]
    now = (terms.rhythm, terms.most_a_day)
    ways += [] if now in ways else [now]
    choices = (Choice(_time(*way), _typed_time(*way), chosen=way == now) for way in ways)
    return Choices("When", f"{words} when:", tuple(choices))


def choices_of_quiet_hours(terms: Terms, words: str) -> Choices:
    """Return the list of when nothing comes, typed after `words`; what holds is one of it."""
    hours = [None, *_QUIETS]
    hours += [] if terms.quiet in hours else [terms.quiet]
    choices = (
        Choice(
            f"From {clock(it.from_minute)} to {clock(it.to_minute)}" if it else "None",
            f"{clock(it.from_minute)}-{clock(it.to_minute)}" if it else "off",
            "What comes then is held until the end" if it else "",
            chosen=it == terms.quiet,
        )
        for it in hours
    )
    return Choices("Quiet hours", f"{words} quiet:", tuple(choices))


def choices_of_styles(terms: Terms, words: str) -> Choices:
    """Return the list of how long posts are, typed after `words`."""
    choices = (
        Choice(label, style or "off", more, chosen=terms.style == style)
        for style, (label, more) in _STYLES.items()
    )
    return Choices("Style", f"{words} style:", tuple(choices))


def choices_of_tags(
    words: str, chosen: Iterable[str], offered: Mapping[str, int], taken: Collection[str] = ()
) -> Choices:
    """Return the list of tags: those that are chosen, then the most told ones."""
    first = tuple(dict.fromkeys(chosen))
    told = sorted(offered, key=lambda tag: (-offered[tag], tag))
    others = (it for it in told if it not in first and it not in taken)
    more = [it for it in others if len(it) <= LONGEST_VALUE][: max(0, MOST_LISTED - len(first))]
    choices = [
        *(_of_topic(it, offered, chosen=True) for it in first),
        *(_of_topic(it, offered) for it in more),
    ]
    hint = "Choose tags"
    return Choices("Tags", words, tuple(choices), 0, len(choices), hint, finds_tags=True)


def _of_topic(topic: str, counts: Mapping[str, int], *, chosen: bool = False) -> Choice:
    many = counts.get(topic, 0)
    return Choice(
        topic_in_words(topic), word_of(topic), stories(many) if many else "", chosen=chosen
    )


def _time(rhythm: Rhythm | None, most: int) -> str:
    limit = f"at most {most} a day" if most else ""
    if rhythm is None:
        return f"As they come, {limit}, then a digest" if most else "As they come"
    is_weekly = rhythm.days == "weekly"
    when = f"every {_DAYS_OF_WEEK[rhythm.weekday]}" if is_weekly else _DAYS[rhythm.days]
    return ", ".join(filter(None, (f"A digest {when} at {clock(rhythm.minute)}", limit)))


def _typed_time(rhythm: Rhythm | None, most: int) -> str:
    limit = f"most:{most}" if most else "most:off"
    if rhythm is None:
        return f"now {limit}"
    day = f"{WEEKDAYS[rhythm.weekday]} " if rhythm.days == "weekly" else ""
    return f"{rhythm.days} {day}{clock(rhythm.minute)} {limit}"
