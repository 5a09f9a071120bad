"""What a person follows, a row for each, and how that could come otherwise."""

from collections.abc import Sequence
from datetime import datetime

from core.compose.phrases import LONGEST_BUTTON_WORDS, paused, row, to_stop
from core.compose.rules import Voice, terms_in_words, topic_in_words, topics_in_words
from core.grammar import word_of, write
from core.localtime import Rhythm
from core.messages import Message, Minute, Note, Part, Text, WordsButton
from core.rules import Changes, Rules, Terms
from core.subscriptions import Following
from core.typed_time import DIGEST_AT

_MOST_ROWS = 6
_ALL_OF_IT = "all of it, as soon as it is out"

_WAYS: Sequence[tuple[str, str, object]] = (
    ("Send at once", "rhythm", None),
    ("Send a daily digest", "rhythm", Rhythm("daily", DIGEST_AT)),
    ("Send 3 a day", "most_a_day", 3),
)
_HEATS: Sequence[tuple[str, str, object]] = (
    ("Take any heat", "heat", 0),
    ("Take heat 60", "heat", 60),
    ("Take heat 80", "heat", 80),
)
_STYLES: Sequence[tuple[str, str, object]] = (
    ("Show lines", "style", "line"),
    ("Show cards", "style", "card"),
    ("Show it in full", "style", "full"),
)


def subscriptions(has: Following, now: datetime, *, prefix: str) -> Message:
    """Return what a person follows, a row for each topic."""
    if not has.rules:
        return _nothing(prefix)
    said: list[Part] = []
    if has.paused_because:
        again = f"{prefix}subscribe {write(has.topics, Changes())}"
        said += paused(f"Nothing reaches you now: {has.paused_because}.", has, again)
    said.append(Text("You follow, by direct message:"))
    with_row = [it for it in has.topics if len(_pause(it).words) <= LONGEST_BUTTON_WORDS]
    for topic in with_row[:_MOST_ROWS]:
        said += _row(topic, has.rules[topic], now)
    if others := [it for it in has.topics if it not in with_row[:_MOST_ROWS]]:
        said.append(Text(f"And {topics_in_words(others)}."))
        said.append(to_stop(f"{prefix}unsubscribe", [word_of(topic) for topic in others]))
    return Message((*said, *_for_all(has.rules, now)))


def change(topics: Sequence[str], rules: Rules, voice: Voice, *, prefix: str) -> Message:
    """Return how these topics come, and buttons that change it."""
    terms = rules[topics[0]]
    rows = [_changes(topics, terms, choices, voice) for choices in (_WAYS, _HEATS, _STYLES)]
    example = f"{prefix}{voice.follow} {word_of(topics[0])} -crypto quiet:22:00-07:00"
    return Message(
        (
            Text(f"{topics_in_words(topics)}: {terms_in_words(terms) or _ALL_OF_IT}."),
            *(row(*buttons) for buttons in rows if buttons),
            Note((f"For more, type it: {example}",)),
        )
    )


def snoozed(until: datetime | None, *, prefix: str) -> Message:
    """Return the answer to who wants nothing to come until then, or to come again."""
    if until is None:
        return Message(
            (
                Text("New articles come to you again, first what was held."),
                Note((f"To hold them again, type {prefix}snooze 2h",)),
            )
        )
    return Message(
        (
            Text("Nothing comes to you for now. What is held meanwhile comes as one message then."),
            Note(("Held until", Minute(until))),
            row(WordsButton("Resume now", "snooze off")),
        )
    )


def until_when(typed: str, *, prefix: str) -> Message:
    """Return the answer to who does not say until when nothing is to come."""
    why = "I do not understand until when. " if typed else ""
    return Message(
        (
            Text(f"{why}How long should nothing come to you?"),
            row(
                WordsButton("Hold 2 hours", "snooze 2h"),
                WordsButton("Hold until tomorrow", "snooze tomorrow"),
                WordsButton("Hold a week", "snooze 1w"),
            ),
            Note((f"For example: {prefix}snooze 8h, {prefix}snooze until mon 08:00",)),
        )
    )


def _nothing(prefix: str) -> Message:
    return Message(
        (
            Text("You follow no tags yet."),
            Note((f"To follow one, type {prefix}subscribe and its name",)),
            Note((f"To see them all, type {prefix}tags",)),
        )
    )


def _row(topic: str, terms: Terms, now: datetime) -> list[Part]:
    phrases, named = terms_in_words(terms), word_of(topic)
    said: list[Part] = [Text(topic_in_words(topic) + (f" ({phrases})" if phrases else ""))]
    pause = _pause(topic)
    if until := _paused_until(terms, now):
        said.append(Note(("Paused until", Minute(until))))
        pause = WordsButton("Resume", f"subscribe {named} pause:off")
    change = WordsButton("Change", f"change {named}")
    return [*said, row(change, pause, WordsButton("Unfollow", f"unsubscribe {named}"))]


def _pause(topic: str) -> WordsButton:
    return WordsButton("Pause a week", f"subscribe {word_of(topic)} pause:1w")


def _for_all(rules: Rules, now: datetime) -> list[Part]:
    if all(_paused_until(terms, now) for terms in rules.values()):
        return [row(WordsButton("Resume all", "snooze off"))]
    return [row(WordsButton("Pause all for a week", "snooze 1w"))] if len(rules) > 1 else []


def _paused_until(terms: Terms, now: datetime) -> datetime | None:
    """Return until when nothing comes on these terms; nothing if that is over."""
    return terms.paused_until if terms.paused_until and terms.paused_until > now else None


def _changes(
    topics: Sequence[str],
    terms: Terms,
    choices: Sequence[tuple[str, str, object]],
    voice: Voice,
) -> tuple[WordsButton, ...]:
    buttons = (
        WordsButton(label, f"{voice.follow} {write(topics, Changes({name: value}))}")
        for label, name, value in choices
        if getattr(terms, name) != value
    )
    return tuple(it for it in buttons if len(it.words) <= LONGEST_BUTTON_WORDS)
