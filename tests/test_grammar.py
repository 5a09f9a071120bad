"""What is typed is understood, or it is said what was not and what would be."""

from datetime import UTC, datetime

import pytest

from core.grammar import Mistake, read, write
from core.rules import Changes, Terms
from core.tags import catalogue
from core.timetable import zone_of
from core.typed_time import Moment, until
from tests.conftest import NOW

MOMENT = Moment(NOW, zone_of("UTC"))
KNOWN = catalogue({"llms": ["llm"], "agents": [], "meta": [], "crypto": [], "heat-pumps": []})


@pytest.mark.parametrize(
    ("word", "mistake"),
    [
        ("llmz", Mistake("llmz", ("llms",))),
        ("zzzzzz", Mistake("zzzzzz", ())),
        ("llms+agnts", Mistake("agnts", ("agents",))),
        ("+agnts", Mistake("+agnts", ("+agents",), is_option=True)),
        ("-cripto", Mistake("-cripto", ("-crypto",), is_option=True)),
        ("haet:60", Mistake("haet:60", ("heat:60",), is_option=True)),
        ("heat:", Mistake("heat:", ("heat:60",), is_option=True)),
        ("heat:101", Mistake("heat:101", ("heat:60",), is_option=True)),
        ("heat:-1", Mistake("heat:-1", ("heat:60",), is_option=True)),
        ("heat:٦", Mistake("heat:٦", ("heat:60",), is_option=True)),
        ("heat", Mistake("heat", ("heat:60",), is_option=True)),
        ("mood:angry", Mistake("mood:angry", ("mood:negative,mixed",), is_option=True)),
        ("concerns:many", Mistake("concerns:many", ("concerns:some",), is_option=True)),
        ("style:huge", Mistake("style:huge", ("style:line",), is_option=True)),
        ("pause:soon", Mistake("pause:soon", ("pause:1w",), is_option=True)),
        ("minutes:ten", Mistake("minutes:ten", ("minutes:10",), is_option=True)),
        ("colour:red", Mistake("colour:red", (), is_option=True)),
        (
            "agents+crypto+llms+meta",
            Mistake("agents+crypto+llms+meta", ("agents+crypto+llms",), is_option=True),
        ),
    ],
)
def test_a_mistake_is_named_with_the_nearest_right_form(word: str, mistake: Mistake) -> None:
    typed = read(["meta", word], KNOWN, MOMENT)

    assert typed.mistakes == (mistake,)
    assert typed.topics == ("meta",)


def test_what_is_right_beside_a_mistake_is_told_as_it_was_typed() -> None:
    typed = read(["LLM", "haet:60", "style:line"], KNOWN, MOMENT)

    assert typed.understood == ("LLM", "style:line")
    assert typed.topics == ("llms",)


def test_a_hash_and_capitals_do_no_harm() -> None:
    typed = read(["#LLM,#Agents", "-#Crypto", "HEAT:60+"], KNOWN, MOMENT)

    assert typed.topics == ("llms", "agents")
    assert typed.changes.left_out == ("crypto",)
    assert typed.changes.terms == {"heat": 60}


def test_what_is_followed_can_be_named_though_no_article_has_it() -> None:
    assert read(["gone+old"], KNOWN, MOMENT, {"gone+old": Terms()}).topics == ("gone+old",)


BERLIN = Moment(datetime(2026, 6, 22, 12, 0, 20, tzinfo=UTC), zone_of("Europe/Berlin"))  # a Monday


@pytest.mark.parametrize(
    ("words", "at"),
    [
        ("2h", "2026-06-22T14:01"),
        ("1w", "2026-06-29T12:01"),
        ("until mon", "2026-06-29T07:00"),
        ("MON 08:00", "2026-06-29T06:00"),
        ("mon 15", "2026-06-22T13:00"),
        ("tomorrow", "2026-06-23T07:00"),
        ("tomorrow 00:00", "2026-06-22T22:00"),
        ("08:00", "2026-06-23T06:00"),
        ("until 18:30", "2026-06-22T16:30"),
        ("2026-06-23t06:00z", "2026-06-23T06:00"),
        ("99w", "2026-07-22T12:01"),
    ],
)
def test_until_when_is_read_by_the_clock_of_the_one_who_types(words: str, at: str) -> None:
    found = until(words, BERLIN)

    assert found
    assert f"{found.astimezone(UTC):%Y-%m-%dT%H:%M}" == at


@pytest.mark.parametrize(
    "words", ["", "until", "soon", "mon tue", "tomorrow mon", "mon 25:00", "2026-06-21T06:00Z"]
)
def test_what_is_no_time_or_past_is_not_understood(words: str) -> None:
    assert until(words, BERLIN) is None


def test_a_pause_is_typed_again_as_it_is_written() -> None:
    typed = read(["llms", "pause:until", "wed", "08:00", "heat:60"], KNOWN, BERLIN)
    written = write(typed.topics, typed.changes)

    assert not typed.mistakes
    assert read(written.split(), KNOWN, BERLIN).changes == typed.changes
    assert write(["llms"], Changes({"paused_until": None})) == "llms pause:off"
