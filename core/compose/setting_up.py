"""The first settings of a channel in three steps, and how the bot introduces itself there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from core import text
from core.articles import Article
from core.compose.asking import ask
from core.compose.lists import choices_of_tags, choices_of_times
from core.compose.mentions import named
from core.compose.panel import words_for
from core.compose.phrases import LONGEST_ASKING_WORDS, row, short_line
from core.compose.rules import following, forecast_note, topic_in_words, topics_in_words
from core.forecast import Forecast
from core.grammar import write
from core.localtime import Rhythm
from core.messages import (
    Button,
    Heading,
    Lines,
    Message,
    Note,
    Part,
    Place,
    Text,
    WordsButton,
)
from core.rules import NO_TERMS, Rules, Terms, difference

TAGS, TIMES, PREVIEW, START = "new1", "new2", "new3", "start"
"""What stands before what was chosen so far, in the words of each step."""
_STEPS = {TAGS: 1, TIMES: 2, PREVIEW: 3}
_MOST_NOT_FITTING = 5
_LONGEST = Rhythm("weekdays", 540)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen so far, all of it kept in the words of buttons alone."""

    topics: tuple[str, ...]
    terms: Terms
    channel: str = ""
    """The channel, if it is not where this is shown."""

    @property
    def rules(self) -> Rules:
        """Return the rules that this becomes."""
        return dict.fromkeys(self.topics, self.terms)

    def words(self, step: str) -> str:
        """Return what stands for this step and what was chosen."""
        said = write(self.topics, difference(NO_TERMS, self.terms))
        return words_for(self.channel, step, said)


def fitting(chosen: Chosen) -> Chosen:
    """Return `chosen` with as many of its topics as the words of a button have room for."""
    topics = chosen.topics
    while topics and len(_longest(replace(chosen, topics=topics))) > LONGEST_ASKING_WORDS:
        topics = topics[:-1]
    return replace(chosen, topics=topics)


def step_of_tags(
    chosen: Chosen,
    counts: Mapping[str, int],
    said: Sequence[Part] = (),
    left: Sequence[str] = (),
    *,
    step: str = "",
) -> Message:
    """Return the first step; `left` had no room beside what is chosen."""
    words = replace(chosen, topics=()).words(TAGS)
    tags = choices_of_tags(words, chosen.topics, counts)
    buttons = [
        ask("Add tags", f"{chosen.words(TAGS)} more"),
        *_next(chosen, TIMES),
    ]
    return Message(
        (
            *_opening(chosen.channel, TAGS),
            *said,
            Text("Nothing is followed yet. Which tags should be posted?"),
            *_no_room(left),
            tags,
            *_cannot_post(step),
            row(*buttons),
        )
    )


def step_of_times(chosen: Chosen, *, step: str = "") -> Message:
    """Return the second step."""
    at_any_time = replace(chosen.terms, rhythm=None, most_a_day=0)
    words = replace(chosen, terms=at_any_time).words(TIMES)
    times = choices_of_times(chosen.terms, words)
    return Message(
        (
            *_opening(chosen.channel, TIMES),
            Text(f"How often should {topics_in_words(chosen.topics)} be posted?"),
            times,
            *_cannot_post(step),
            row(_back(chosen, TAGS), *_next(chosen, PREVIEW)),
        )
    )


def step_of_preview(
    chosen: Chosen, newest: Sequence[Article], forecast: Forecast, *, step: str = ""
) -> Message:
    """Return the third step: what would come, and how much."""
    lines = tuple(map(short_line, newest))
    shown: Part = Lines(lines, "The newest of them") if lines else Text("No such story so far.")
    return Message(
        (
            *_opening(chosen.channel, PREVIEW),
            *following("This channel will follow", chosen.rules),
            forecast_note(forecast),
            shown,
            *_cannot_post(step),
            row(_back(chosen, TIMES), _start(chosen)),
        )
    )


def no_tags_chosen() -> list[Part]:
    """Return what is said to who starts without any tag."""
    return [Text("Choose at least one tag to start.")]


def was_started(rules: Rules) -> list[Part]:
    """Return what is said when a channel was set up."""
    how = "Each of these settings can be changed below, and is saved at once."
    return [Text(f"Started: {topics_in_words(rules)}. {how}")]


def cannot_start(chosen: Chosen, step: str) -> Message:
    """Return why a channel cannot be set up yet, and what mends it."""
    again = WordsButton("Check again", chosen.words(START))
    return Message(
        (
            *_opening(chosen.channel, PREVIEW),
            Text("I cannot post in this channel yet, so nothing was saved."),
            Text(step),
            row(_back(chosen, TIMES), again),
        )
    )


def introduction(rules: Rules, person: str, name: str, *, prefix: str) -> Message:
    """Return what is said in a channel when it was set up: by whom, what comes, how to stop it."""
    change = f"To change or stop it, type {prefix}channel settings"
    return Message(
        (
            named("Set up by", person, name),
            *following("New stories are posted here about", rules),
            Note((change,)),
        ),
        title="Themata posts here",
    )


def _opening(channel: str, step: str) -> list[Part]:
    where: list[Part] = [Place(channel)] if channel else []
    return [Heading("Set up this channel"), *where, Note((f"Step {_STEPS[step]} of 3",))]


def _cannot_post(step: str) -> list[Part]:
    return [Text(f"I cannot post in this channel yet. {step}")] if step else []


def _no_room(left: Sequence[str]) -> list[Part]:
    if not left:
        return []
    tags = text.in_a_sentence(list(map(topic_in_words, left[:_MOST_NOT_FITTING])))
    more = f" and {len(left) - _MOST_NOT_FITTING} more" if len(left) > _MOST_NOT_FITTING else ""
    return [Note((f"No room for {tags}{more} here: add them when this is started",))]


def _next(chosen: Chosen, step: str) -> list[Button]:
    if not chosen.topics:
        return []
    return [WordsButton("Next", chosen.words(step)), _start(chosen)]


def _back(chosen: Chosen, step: str) -> Button:
    return WordsButton("Back", chosen.words(step))


def _start(chosen: Chosen) -> Button:
    return WordsButton("Start", chosen.words(START))


def _longest(chosen: Chosen) -> str:
    """Return the longest words in which this would have to stand, whatever is chosen next."""
    terms = replace(chosen.terms, rhythm=_LONGEST, most_a_day=0)
    return f"{replace(chosen, terms=terms).words(TAGS)} more"
