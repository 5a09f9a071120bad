"""What is followed, on which terms, and how that changes."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from core import text
from core.compose.mentions import mentioned_by, refused
from core.compose.phrases import LONGEST_BUTTON_WORDS, nothing_changed, row, undo_of
from core.forecast import DAYS, Forecast
from core.grammar import Follower, Mistake, write
from core.messages import Message, Minute, Note, Part, Points, Text, WordsButton
from core.rules import EVERYTHING, NO_TERMS, Changes, Rules, Terms, difference, grouped, tags_of
from core.typed_time import clock

_STYLES = {"line": "as a line", "card": "as a card", "full": "in full", "": ""}
_CONCERNS = {"some": "only with concerns", "none": "only without concerns", "": ""}
_MOST_SUGGESTED = 3
_DAYS = {"daily": "every day", "weekdays": "from Monday to Friday"}
_WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Voice:
    """How one speaks of who follows: a member or a channel."""

    follow: str
    """What is typed to follow."""
    unfollow: str
    now: str
    changed: str
    already: str
    no_longer: str
    still: str
    nothing: str
    did_not: str
    way: str
    """How articles come at once."""
    digests: str
    """How they come in digests."""
    zone: str
    """What is typed to change the time zone."""
    all_of_it: str
    who: Follower = "member"


MEMBER = Voice(
    follow="subscribe",
    unfollow="unsubscribe",
    now="You now follow",
    changed="You now follow, on other terms,",
    already="You already follow",
    no_longer="You no longer follow",
    still="You still follow",
    nothing="You follow no tags now.",
    did_not="You did not follow that.",
    way="Each new article comes to you as a direct message, as soon as it is out.",
    digests="New articles come to you together, as one direct message.",
    zone="zone",
    all_of_it="All that you follow:",
)
CHANNEL = Voice(
    follow="channel follow",
    unfollow="channel unfollow",
    now="This channel now follows",
    changed="This channel now follows, on other terms,",
    already="This channel already follows",
    no_longer="This channel no longer follows",
    still="It still follows",
    nothing="It follows no tags now.",
    did_not="This channel did not follow that.",
    way="Each new article is posted here, as soon as it is out.",
    digests="New articles are posted here together, as one message.",
    zone="channel zone",
    all_of_it="All that it follows:",
    who="channel",
)
HERE = Voice(
    follow="subscribe here",
    unfollow="unsubscribe here",
    now="Here you now follow",
    changed="Here you now follow, on other terms,",
    already="Here you already follow",
    no_longer="Here you no longer follow",
    still="Here you still follow",
    nothing="You follow no tags here now.",
    did_not="You did not follow that here.",
    way="You are mentioned in the thread of each post of this channel about such an article.",
    digests="",
    zone="zone",
    all_of_it="All that you follow here:",
    who="beside",
)


@dataclass(frozen=True, slots=True)
class Step:
    """What is followed before and after a command that named some of it."""

    before: Rules
    after: Rules
    named: Sequence[str]
    zone: str = "UTC"
    """By whose clock it goes."""
    change: int = 0
    """The number by which it can be taken back, if it has one."""

    @property
    def new(self) -> list[str]:
        """Return what was not followed before."""
        return [topic for topic in self.named if topic not in self.before]

    @property
    def changed(self) -> list[str]:
        """Return what is followed on other terms."""
        return [it for it in self.named if self.before.get(it, self.after[it]) != self.after[it]]

    @property
    def same(self) -> list[str]:
        """Return what is followed as it was."""
        return [topic for topic in self.named if self.before.get(topic) == self.after[topic]]


def follows(voice: Voice, step: Step, forecast: Forecast | None, *, prefix: str) -> Message:
    """Return the answer to who follows something more, or on other terms than before.

    Without a forecast it says nothing of what that would have brought.
    """
    said: list[Part] = [
        Text(f"{opening} {_with_terms(topics, step.after)}.")
        for opening, topics in (
            (voice.now, step.new),
            (voice.changed, step.changed),
            (voice.already, step.same),
        )
        if topics
    ]
    named = {topic: step.after[topic] for topic in step.named}
    said += [Text(_way(voice, step)), *mentions(named, step.before)]
    said += [forecast_note(forecast)] if forecast else []
    if len(step.after) > len(step.named):
        said.append(Note((f"{voice.all_of_it} {topics_in_words(step.after)}",)))
    said += [Note(("Held until", Minute(until))) for until in sorted(_pauses(step))]
    if any(step.after[topic].is_scheduled for topic in step.named):
        said.append(Note((f"To change the time zone, type {prefix}{voice.zone} and a place",)))
    stop = _typed(voice.unfollow, step.new or step.named)
    said.append(Note((f"To stop, type {prefix}{stop}",)))
    return Message((*said, *_buttons(voice, step, forecast)))


def no_longer_follows(
    voice: Voice,
    before: Rules,
    gone: Sequence[str],
    left: Collection[str],
    *,
    change: int = 0,
    prefix: str,
) -> Message:
    """Return the answer to who stopped following what is `gone`."""
    rest = f"{voice.still} {topics_in_words(left)}." if left else voice.nothing
    if not gone:
        return nothing_changed(voice.did_not, rest)
    groups = grouped({topic: before[topic] for topic in gone})
    again = [
        _typed(voice.follow, topics, difference(NO_TERMS, terms))
        for terms, topics in groups.items()
    ]
    fitting = [it for it in again if len(it) <= LONGEST_BUTTON_WORDS]
    alone = fitting if len(fitting) == len(again) == 1 else []
    undo = [undo_of(change)] if change else [WordsButton("Undo", it) for it in alone]
    return Message(
        (
            Text(f"{voice.no_longer} {topics_in_words(gone)}."),
            Text(rest),
            *(Note((f"To follow again, type {prefix}{typed}",)) for typed in again),
            *([row(*undo)] if undo else []),
        )
    )


def following(opening: str, rules: Rules, way: str = "") -> list[Part]:
    """Return what is followed, a line for all that comes on the same terms if there are several."""
    ending = f", {way}" if way else ""
    lines = [_with_terms(topics, rules) for topics in grouped(rules).values()]
    if len(lines) == 1:
        return [Text(f"{opening} {lines[0]}{ending}.")]
    return [Points(f"{opening}{ending}:", tuple(lines))]


def mentions(rules: Rules, before: Rules | None = None) -> list[Part]:
    """Return whom posts mention by these rules, and which no longer do as they did `before`."""
    topics: dict[str, list[str]] = {}
    for topic, terms in rules.items():
        if terms.mention or (before or {}).get(topic, NO_TERMS).mention:
            topics.setdefault(terms.mention, []).append(topic)
    return [
        mentioned_by(f"Posts about {topics_in_words(names)}", role)
        for role, names in topics.items()
    ]


def topics_in_words(topics: Iterable[str]) -> str:
    """Return topics in a sentence: #a, everything and #b with #c, which would seem to join more."""
    joined_last = sorted(topics, key=lambda topic: len(tags_of(topic)) > 1)
    return text.in_a_sentence([topic_in_words(topic) for topic in joined_last])


def topic_in_words(topic: str) -> str:
    """Return a topic in a sentence: #a with #b."""
    if topic == EVERYTHING:
        return "everything"
    return " with ".join(f"#{tag}" for tag in tags_of(topic))


def terms_in_words(terms: Terms) -> str:
    """Return terms as a list of phrases, "" if there are none."""
    moods = text.in_a_sentence(terms.moods, "or")
    left_out = [word if "." in word else f"#{word}" for word in terms.without]
    phrases = (
        f"heat {terms.heat} or more" if terms.heat else "",
        f"the community {moods}" if moods else "",
        _CONCERNS[terms.concerns],
        f"without {text.in_a_sentence(left_out)}" if left_out else "",
        _STYLES[terms.style],
        f"{terms.minutes} minutes of reading" if terms.minutes else "",
        *_times_in_words(terms),
        "" if terms.threads else "later coverage only in the post",
        "related stories in the thread" if terms.related else "",
    )
    return ", ".join(filter(None, phrases))


def _times_in_words(terms: Terms) -> tuple[str, ...]:
    rhythm, quiet = terms.rhythm, terms.quiet
    days = ""
    if rhythm:
        when = f"every {_WEEK[rhythm.weekday]}" if rhythm.days == "weekly" else _DAYS[rhythm.days]
        days = f"in a digest {when} at {clock(rhythm.minute)}"
    return (
        days,
        f"quiet from {clock(quiet.from_minute)} to {clock(quiet.to_minute)}" if quiet else "",
        f"at most {terms.most_a_day} a day and the rest in a digest" if terms.most_a_day else "",
    )


def _pauses(step: Step) -> set[datetime]:
    return {at for topic in step.named if (at := step.after[topic].paused_until)}


def _way(voice: Voice, step: Step) -> str:
    """Return how what was named comes from now on."""
    terms = [step.after[topic] for topic in step.named]
    if not any(it.is_scheduled for it in terms):
        return voice.way
    times = f"Times are those of {step.zone}."
    return times if any(not it.rhythm for it in terms) else f"{voice.digests} {times}"


def misunderstood(
    mistakes: Sequence[Mistake], understood: Sequence[str], voice: Voice, *, prefix: str
) -> Message:
    """Return the answer to words that cannot be obeyed: what of them is clear, and what is not."""
    said: list[Part] = []
    for mistake in mistakes[:_MOST_SUGGESTED]:
        word = text.clip(text.clean(mistake.word), 60)
        near = text.in_a_sentence(mistake.nearest, "or")
        guess = f" Did you mean {near}?" if near else ""
        why = refused(mistake.why, word) if mistake.why else f"I do not understand “{word}”."
        said.append(Text(f"{why}{guess}"))
    said.append(Text("Nothing was changed."))
    clear = " ".join(understood)
    if clear:
        said.append(Note((f"Understood: {text.clip(text.clean(clear), 200)}",)))
    example = f"{prefix}{voice.follow} llms -crypto heat:60 style:line"
    said.append(Note((f"For example: {example}",)))
    typed = [f"{voice.follow} {clear} {near}" for near in mistakes[0].nearest]
    fitting = [
        WordsButton(f"Use {near}", words)
        for near, words in zip(mistakes[0].nearest, typed, strict=True)
        if len(mistakes) == 1 and clear and len(words) <= LONGEST_BUTTON_WORDS
    ]
    return Message((*said, *([row(*fitting)] if fitting else [])))


def _with_terms(topics: Sequence[str], rules: Rules) -> str:
    groups = grouped({topic: rules[topic] for topic in topics})
    said = []
    for terms, names in groups.items():
        phrases = terms_in_words(terms)
        said.append(f"{topics_in_words(names)} ({phrases})" if phrases else topics_in_words(names))
    return text.in_a_sentence(said)


def forecast_note(forecast: Forecast) -> Note:
    """Return what some rules would have brought in the last days."""
    if not forecast.posts:
        return Note((f"In the last {DAYS} days there was no such article",))
    posts = f"{forecast.posts} post{'' if forecast.posts == 1 else 's'}"
    daily = round(forecast.posts / DAYS)
    often = f"about {daily} a day" if daily else "less than one a day"
    said = f"In the last {DAYS} days that would have been {posts}, {often}"
    if forecast.tighter:
        heat, left = forecast.tighter
        said += f"; at heat {heat}: {left}"
    return Note((said,))


def _buttons(voice: Voice, step: Step, forecast: Forecast | None) -> list[Part]:
    """Return what tightens a change and what takes it back, where a button can hold the words."""
    touched = [*step.new, *step.changed]
    buttons: list[WordsButton] = []
    if touched and forecast and forecast.tighter:
        heat = forecast.tighter[0]
        words = _typed(voice.follow, touched, Changes({"heat": heat}))
        buttons.append(WordsButton(f"Limit to heat {heat}", words))
    if step.change:
        buttons.append(undo_of(step.change))
    elif undo := _undo(voice, step):
        buttons.append(WordsButton("Undo", undo))
    fitting = [it for it in buttons if len(it.words) <= LONGEST_BUTTON_WORDS]
    return [row(*fitting)] if fitting else []


def _undo(voice: Voice, step: Step) -> str:
    """Return the words that take a step back, if one command can."""
    if step.new and not step.changed:
        return _typed(voice.unfollow, step.new)
    before = {step.before[topic] for topic in step.changed}
    if step.new or len(before) != 1:
        return ""
    back = difference(step.after[step.changed[0]], before.pop())
    return _typed(voice.follow, step.changed, back)


def _typed(verb: str, topics: Sequence[str], changes: Changes | None = None) -> str:
    return f"{verb} {write(topics, changes or Changes())}"
