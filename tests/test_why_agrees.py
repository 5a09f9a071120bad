"""What is said of why agrees with what was queued, and what is offered to mend it mends it."""

from dataclasses import replace
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import compose, grammar, rules, subscriptions, why
from core.db import Database
from core.intake import Intake
from core.messages import Buttons, Message, WordsButton
from core.posting import Address
from core.rules import MOODS, Rules, Terms
from core.sources import Draft
from core.tags import catalogue
from core.timetable import zone_of
from core.typed_time import Moment
from core.why import Stage, Way
from tests.conftest import EXAMPLES, NOW
from tests.rule_table import TAGS

LACKS = {
    *(Stage.NOTHING_FOLLOWED, Stage.NO_TAG, Stage.LEFT_OUT),
    *(Stage.HEAT, Stage.MOOD, Stage.CONCERNS),
}
_NUMBERS = count(1)

tags = st.lists(st.sampled_from(TAGS), max_size=3, unique=True)
topics = st.one_of(
    st.just(rules.EVERYTHING),
    st.lists(st.sampled_from(TAGS), min_size=1, max_size=3, unique=True).map(rules.topic),
)
terms = st.builds(
    Terms,
    heat=st.sampled_from((0, 0, 30, 60)),
    moods=st.lists(st.sampled_from(MOODS), max_size=2, unique=True).map(
        lambda some: tuple(it for it in MOODS if it in some)
    ),
    concerns=st.sampled_from(("", "", "some", "none")),
    without=st.lists(
        st.sampled_from((*TAGS, "example.com", "blog.example.com")), max_size=2, unique=True
    ).map(lambda some: tuple(sorted(some))),
)
followed = st.dictionaries(topics, terms, max_size=4)
drafts = st.builds(
    Draft,
    title=st.just("Story"),
    url=st.just("https://themata.ai/news/story"),
    tags=tags.map(tuple),
    heat=st.sampled_from((None, 10, 30, 59, 60, 90)),
    sentiment=st.sampled_from(("", *MOODS)),
    concerns=st.sampled_from(((), ("Nobody was asked",))),
    source_domain=st.sampled_from(("", "example.com", "blog.example.com", "other.example")),
)


async def ask(database: Database, follows: Rules, draft: Draft) -> tuple[Way, int]:
    """Let an article come in for a channel; return its way there, and how many got it."""
    number = next(_NUMBERS)
    at = Address("discord", "1", f"{number}")
    told = replace(draft, title=f"Story {number}", url=f"{draft.url}-{number}")
    async with database.write() as db:
        for topic, those in follows.items():
            changes = rules.difference(rules.NO_TERMS, those)
            await subscriptions.follow(db, at, [topic], changes, by="ada", now=NOW)
    taken = await Intake(database).take_in(told, source="site", now=NOW)
    assert taken
    async with database.write() as db:
        way = await why.why(db, taken[0], at, now=NOW)
        await subscriptions.unfollow(db, at, list(follows))
    return way, taken[1]


def mended(said: Message, follows: Rules) -> list[Rules]:
    """Return what is followed after each of the buttons that change it."""
    pressed = [
        it.words.removeprefix("channel follow ").split()
        for part in said.parts
        if isinstance(part, Buttons)
        for it in part.buttons
        if isinstance(it, WordsButton)
    ]
    known = catalogue(dict.fromkeys(TAGS, ()))
    read = [grammar.read(words, known, Moment(NOW, zone_of("")), follows) for words in pressed]
    assert not any(it.mistakes for it in read)
    return [rules.merged(follows, it.topics, it.changes) for it in read]


@pytest.mark.drawn
@pytest.mark.mostly_one_database
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(followed, drafts)
async def test_why_says_what_was_queued_and_offers_what_mends_it(
    database: Database, follows: Rules, draft: Draft
) -> None:
    way, queued = await ask(database, follows, draft)

    assert queued == (way.end.stage is Stage.WAITING)
    assert (way.end.stage in LACKS) == (not queued)
    said = compose.why(way, prefix="/", may_mend=True)
    for after in mended(said, way.follows):
        assert rules.bringing(after, rules.facts(draft))
    is_stopped_by_filter = way.end.stage in LACKS - {Stage.NO_TAG, Stage.NOTHING_FOLLOWED}
    offers = any(isinstance(part, Buttons) for part in said.parts)
    assert offers == (is_stopped_by_filter or (not queued and bool(draft.tags)))
