"""The settings of a channel as one message, in which each of them can be changed."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core import text
from core.compose.asking import ask
from core.compose.lists import (
    LONGEST_VALUE,
    MOST_LISTED,
    choices_of_quiet_hours,
    choices_of_styles,
    choices_of_tags,
    choices_of_times,
)
from core.compose.mentions import mentioned_by
from core.compose.pausing import closed_here, held_here, in_status, to_move
from core.compose.phrases import row, stories
from core.compose.rules import following, forecast_note, terms_in_words
from core.compose.rules import topics_in_words as in_words
from core.forecast import Forecast
from core.grammar import word_of
from core.messages import (
    Button,
    Choice,
    Choices,
    Fact,
    Heading,
    Mention,
    Message,
    Minute,
    Note,
    Part,
    Place,
    Text,
    WordsButton,
)
from core.outbox import Traffic
from core.rules import Rules, Terms, grouped
from core.settings import Settings
from core.subscriptions import Following

MORE = "page:2"
"""What is typed to see the settings that are seldom changed."""
_MOST_RULES = 10
_MOST_TOPICS = 40


@dataclass(frozen=True, slots=True)
class Rule:
    """Topics that are followed on the same terms."""

    terms: Terms
    topics: tuple[str, ...]

    @property
    def name(self) -> str:
        """Return the shortest of its topics, by which buttons name it."""
        return word_of(min(self.topics, key=lambda it: (len(it), it)))

    @property
    def state(self) -> str:
        """Return a few characters that are others as soon as it is changed."""
        return state_of((self.terms, self.topics))


@dataclass(frozen=True, slots=True)
class Panel:
    """What is known of a channel whose settings are shown."""

    has: Following
    rule: Rule
    """The one of its rules that is shown to be changed."""
    settings: Settings
    traffic: Traffic
    posted: int
    """How many stories were posted there in the last week."""
    counts: Mapping[str, int]
    """Every tag with how many stories carry it."""
    forecast: Forecast | None = None
    changed_by: str = ""
    """The platform's id of who changed it last; "" if that is not known."""
    changed_at: datetime | None = None
    channel: str = ""
    """The channel, if it is not where this is shown."""
    step: str = ""
    """What a person does so that the bot can post there; "" if it can."""
    right: str = ""
    """What the platform calls the right to change this."""
    chooses_managers: bool = False
    """Who asks may choose who can change this."""
    can_crosspost: bool = False
    """Channels elsewhere can follow this one."""

    def words(self, *rest: str) -> str:
        """Return what is typed to change something of this rule."""
        of = f"of:{self.rule.name}" if len(grouped(self.has.rules)) > 1 else ""
        return words_for(self.channel, of, *rest)

    def command(self, verb: str) -> str:
        """Return what is typed to do something else with this channel."""
        return command_for(self.channel, verb)


def state_of(value: object) -> str:
    """Return a few characters that are others as soon as this is changed."""
    return hashlib.blake2s(repr(value).encode(), digest_size=3).hexdigest()


def words_for(channel: str, *rest: str) -> str:
    """Return what is typed to change the settings of this channel; "" is where one is."""
    return " ".join(filter(None, ("channel set", f"in:{channel}" if channel else "", *rest)))


def command_for(channel: str, verb: str) -> str:
    """Return what is typed to do this with this channel; "" is where one is."""
    return f"channel {verb} in:{channel}" if channel else f"channel {verb}"


def panel(about: Panel, said: Sequence[Part] = (), *, prefix: str) -> Message:
    """Return the settings of a channel, below what was `said` to a change."""
    has = about.has
    return Message(
        (
            *_opening(about.channel),
            *said,
            *_followed(has.rules, prefix),
            *_mentioned(about.rule),
            *_wrong(about, prefix),
            Note(_traffic(about)),
            *([forecast_note(about.forecast)] if about.forecast else []),
            *_lists(about),
            *_buttons(about),
            *_left_to_type(about, prefix),
            *changed_by(about),
            *who_may(about.settings.managers, about.right),
        )
    )


def listed_topics(rule: Rule) -> tuple[str, ...]:
    """Return those topics of a rule that its list shows; the others can only be typed."""
    fitting = (it for it in sorted(rule.topics) if len(word_of(it)) <= LONGEST_VALUE)
    return tuple(fitting)[:MOST_LISTED]


def listed_without(rule: Rule) -> tuple[str, ...]:
    """Return what of that which a rule leaves out its list shows."""
    return tuple(it for it in rule.terms.without if len(it) <= LONGEST_VALUE)[:MOST_LISTED]


def what_changed(before: Rules, after: Rules) -> list[Part]:
    """Return what is followed now and was not, and the other way round."""
    new = sorted(it for it in after if it not in before)
    gone = sorted(it for it in before if it not in after)
    same = {it: after[it] for it in sorted(after) if before.get(it, after[it]) != after[it]}
    said = [f"Added {in_words(new)}."] if new else []
    said += [f"Took out {in_words(gone)}."] if gone else []
    said += [f"Changed {in_words(same)}: {_ways(before, same)}."] if same else []
    return [Text(" ".join(said) or "Nothing was changed.")]


def changed_meanwhile() -> list[Part]:
    """Return what is said to a choice in a list that no longer shows what holds."""
    return [Text("Somebody changed this meanwhile, so I saved nothing. This is how it is now.")]


def cannot_post_there(step: str) -> list[Part]:
    """Return why nothing was changed where the bot cannot post."""
    return [Text(f"I cannot post in this channel yet, so nothing was changed. {step}")]


def _opening(channel: str) -> list[Part]:
    if channel:
        return [Heading("Settings"), Place(channel)]
    return [Heading("Settings of this channel")]


def _followed(rules: Rules, prefix: str) -> list[Part]:
    groups = grouped(rules)
    shown = {
        topic: terms
        for terms, topics in [*groups.items()][:_MOST_RULES]
        for topic in topics[:_MOST_TOPICS]
    }
    more = len(rules) - len(shown)
    rest = Note((f"And {more} more: {prefix}channel export lists them all",))
    return [*following("This channel follows", shown), *([rest] if more else [])]


def _mentioned(rule: Rule) -> list[Part]:
    return [mentioned_by("Their posts", rule.terms.mention)] if rule.terms.mention else []


def _wrong(about: Panel, prefix: str) -> list[Part]:
    channel, is_paused = about.channel, about.settings.paused
    said = held_here(about.settings, about.traffic.kept, channel)
    if about.step:
        said = [Text(f"I cannot post in this channel. {about.step}"), row(to_move(channel))]
    elif about.has.paused_because and not is_paused:
        said = closed_here(about.has, to_move(channel), prefix=prefix)
    is_full = bool(about.rule.terms.without) and len(grouped(about.has.rules)) > 1
    return in_status(said, prefix=prefix) if is_full else said


def _traffic(about: Panel) -> tuple[Fact, ...]:
    last_at, waiting = about.traffic.last_post_at, about.traffic.waiting
    last: tuple[Fact, ...] = ("Last post", Minute(last_at)) if last_at else ("No posts yet",)
    often = f"{_a_day(about.posted)} in the last week" if about.posted else ""
    facts: tuple[Fact, ...] = (*last, often, f"{waiting} waiting" if waiting else "")
    return tuple(filter(None, facts))


def _a_day(in_a_week: int) -> str:
    daily = in_a_week / 7
    return f"{round(daily)} a day" if daily >= 1 else f"{stories(in_a_week)}"


def _lists(about: Panel) -> list[Part]:
    rule, rules = about.rule, about.has.rules
    state = f"as:{rule.state}"
    tags = choices_of_tags(
        about.words(state, "tags"),
        listed_topics(rule),
        about.counts,
        taken={*rules, *rule.terms.without},
    )
    left_out = tuple(
        Choice(it if "." in it else f"#{it}", it, chosen=True) for it in listed_without(rule)
    )
    without = Choices("Except", about.words(state, "without"), left_out, 0, len(left_out))
    several = [choices_of_rules(about)] if len(grouped(rules)) > 1 else []
    return [
        *several,
        tags,
        *([without] if left_out else []),
        choices_of_times(rule.terms, about.words()),
        choices_of_quiet_hours(rule.terms, about.words()),
        choices_of_styles(rule.terms, about.words()),
        _also(about, about.words(state, "also")),
    ]


def choices_of_rules(about: Panel, *rest: str) -> Choices:
    """Return the list of the rules, typed after `rest`; the one that is shown is chosen."""
    rules = [Rule(*group) for group in grouped(about.has.rules).items()][:MOST_LISTED]
    choices = (
        Choice(
            text.clip(in_words(it.topics), 60),
            f"of:{it.name}",
            text.clip(terms_in_words(it.terms), 60),
            chosen=it == about.rule,
        )
        for it in rules
    )
    return Choices("Rule", words_for(about.channel, *rest), tuple(choices), hint="Choose a rule")


def _also(about: Panel, words: str) -> Choices:
    terms = about.rule.terms
    choices = (
        Choice("Later coverage", "threads", "In the thread of its post", chosen=terms.threads),
        Choice("Related stories", "related", "In the thread of each post", chosen=terms.related),
    )
    return Choices("In threads", words, choices, 0, len(choices), "Nothing")


def _buttons(about: Panel) -> list[Part]:
    asks = row(
        ask("Add tags", about.words("more")),
        ask("Leave out", about.words("-")),
        ask("Set times", about.words("when:")),
        ask("Set quiet hours", about.words("quiet:")),
        ask("Limit heat", about.words("heat:")),
    )
    pause = ("Resume", "resume") if about.has.paused_because else ("Pause", "pause")
    verbs = (("Preview here", "preview"), ("Post a test", "test"), pause)
    acts = [WordsButton(label, about.command(verb)) for label, verb in verbs]
    acts.append(WordsButton("Show history", about.command("history")))
    acts.append(WordsButton("Undo last change", about.words("undo")))
    return [asks, row(*acts), row(*_rarer(about))]


def _rarer(about: Panel) -> list[Button]:
    again = [WordsButton("Check again", about.words("again"))] if about.step else []
    return [
        *again,
        ask("Set time zone", about.words("zone")),
        WordsButton("Show more settings", about.words(MORE)),
        WordsButton("Stop all", about.words("stop")),
    ]


def _left_to_type(about: Panel, prefix: str) -> list[Part]:
    """Return how to change what the lists have no room for."""
    rule = about.rule
    tags = len(rule.topics) - len(listed_topics(rule))
    words = len(rule.terms.without) - len(listed_without(rule))
    rules = len(grouped(about.has.rules)) - MOST_LISTED
    left = [f"{tags} more tags" if tags > 0 else "", f"{words} more left out" if words > 0 else ""]
    left.append(f"{rules} more rules" if rules > 0 else "")
    if not any(left):
        return []
    said = f"Not in these lists: {text.in_a_sentence([*filter(None, left)])}"
    return [
        Note((said, f"To change them, type {prefix}channel follow or unfollow and their names"))
    ]


def changed_by(about: Panel) -> list[Part]:
    """Return who changed it last, and when, as far as it is known."""
    if about.changed_at is None:
        return []
    if not about.changed_by:
        return [Note(("Changed", Minute(about.changed_at)))]
    by = Mention((about.changed_by,), "Changed by", are_people=True)
    return [by, Note((Minute(about.changed_at),))]


def who_may(managers: str, right: str) -> list[Part]:
    """Return what it takes to change this: the `right` of a mod, or to be one of `managers`."""
    if managers == "anyone":
        return [Note(("Anyone here may change this",))]
    said = [Note((f"What it takes to change this: {right}",))] if right else []
    role = [Mention((managers,), "These may change it too:")] if managers else []
    return [*said, *role]


def _ways(before: Rules, rules: Rules) -> str:
    if all(replace(before[it], mention=terms.mention) == terms for it, terms in rules.items()):
        return "whom their posts mention"
    said = {terms_in_words(terms) or "all of it, as it comes" for terms in rules.values()}
    return "; ".join(sorted(said))
