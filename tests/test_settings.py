"""What is set for a channel is plain data, and is put back from it whole."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings

from core import settings as set_up
from core.db import Database
from core.localtime import Quiet, Rhythm
from core.posting import Address
from core.rules import Terms
from core.settings import BadSettings, Settings, as_plain, differences, from_plain, taken_back
from tests.conftest import EXAMPLES, NOW
from tests.drawn_settings import channel_settings

CHANNEL = Address("discord", "1", "10")
PICKY = Terms(
    heat=60,
    moods=("mixed",),
    concerns="some",
    without=("crypto", "spam.example"),
    style="line",
    mention="77",
    rhythm=Rhythm("weekly", 510, 4),
    quiet=Quiet(1320, 420),
    most_a_day=8,
    minutes=10,
    threads=False,
    related=True,
    paused_until=NOW,
)
FULL = Settings(
    {"llms": PICKY, "*": PICKY, "agents+meta": Terms(heat=20)},
    "Europe/Berlin",
    "anyone",
    crosspost=True,
    log=True,
    paused=True,
    paused_until=NOW + timedelta(hours=2),
)


def test_settings_are_written_with_the_words_by_which_they_are_typed() -> None:
    assert as_plain(FULL) == {
        "zone": "Europe/Berlin",
        "managers": "anyone",
        "crosspost": True,
        "log": True,
        "paused": True,
        "paused_until": "2026-06-22T14:00:00+00:00",
        "rules": [
            {
                "topics": ["everything", "llms"],
                "heat": 60,
                "mood": ["mixed"],
                "concerns": "some",
                "without": ["crypto", "spam.example"],
                "style": "line",
                "mention": "77",
                "when": "weekly fri 08:30",
                "quiet": "22:00-07:00",
                "most": 8,
                "minutes": 10,
                "threads": False,
                "related": True,
                "paused_until": "2026-06-22T12:00:00+00:00",
            },
            {"topics": ["agents+meta"], "heat": 20},
        ],
    }


@pytest.mark.drawn
@settings(max_examples=EXAMPLES // 2, deadline=None)
@given(channel_settings())
def test_settings_come_back_from_plain_data_as_they_were(drawn: Settings) -> None:
    assert from_plain(as_plain(drawn)) == drawn


@pytest.mark.drawn
@settings(
    max_examples=EXAMPLES // 2,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(channel_settings())
async def test_what_is_put_is_what_is_set(database: Database, drawn: Settings) -> None:
    async with database.write() as db:
        await set_up.put(db, CHANNEL, drawn, by="ada", now=NOW)

        assert await set_up.of(db, CHANNEL) == drawn


async def test_of_a_channel_that_nobody_set_up_nothing_is_set(database: Database) -> None:
    async with database.read() as db:
        assert await set_up.of(db, CHANNEL) == Settings()


def test_all_mistakes_are_named_with_their_places() -> None:
    written = {
        "zone": "Europe/Berln",
        "colour": "red",
        "rules": [
            {"topics": ["llms"], "heat": 101, "when": "sometimes"},
            {"topics": [], "quiet": "22:00"},
            {"heat": "60"},
        ],
        "paused_until": "tomorrow",
    }

    with pytest.raises(BadSettings) as refused:
        from_plain(written)

    assert dict(refused.value.mistakes) == {
        "zone": "must be the name of a time zone, as Europe/Berlin",
        "colour": "is not a setting",
        "paused_until": "must be a time with its zone, as 2026-06-29T12:00:00Z",
        "rules.0.heat": "Input should be less than or equal to 100",
        "rules.0.when": "must be as one of: daily 08:00, weekdays 08:00, weekly mon 08:00",
        "rules.1.topics": "List should have at least 1 item after validation, not 0",
        "rules.1.quiet": "must be two times, as 22:00-07:00",
        "rules.2.topics": "is missing",
        "rules.2.heat": "Input should be a valid integer",
    }


def test_a_topic_stands_in_one_rule() -> None:
    rule = {"topics": ["agents+meta"]}

    with pytest.raises(BadSettings, match=r"rules: more than one has the topic agents\+meta"):
        from_plain({"rules": [rule, {"topics": ["meta+agents"]}]})


@pytest.mark.drawn
@settings(max_examples=EXAMPLES // 2, deadline=None)
@given(channel_settings(), channel_settings())
def test_a_change_is_taken_back_to_what_was_set_before(before: Settings, after: Settings) -> None:
    assert taken_back(after, differences(before, after)) == before


def test_taking_a_change_back_leaves_what_was_changed_since() -> None:
    before = Settings({"llms": Terms(heat=10)})
    changed = Settings({"llms": Terms(heat=40)}, "UTC")
    since = Settings({"llms": Terms(heat=40, style="line"), "meta": Terms()}, "UTC", "anyone")

    change = differences(before, changed)

    back = Settings({"llms": Terms(heat=10, style="line"), "meta": Terms()}, "", "anyone")
    assert taken_back(since, change) == back


@pytest.mark.parametrize(
    "since",
    [
        Settings({"llms": Terms(heat=50)}),
        Settings({}),
    ],
)
def test_a_change_of_what_was_changed_since_is_not_taken_back(since: Settings) -> None:
    change = differences(Settings({"llms": Terms(heat=10)}), Settings({"llms": Terms(heat=40)}))

    assert taken_back(since, change) is None
