"""What is typed is understood, or it is said what was not and what would be."""

import pytest

from core.grammar import Mistake, read
from core.rules import Terms
from core.tags import catalogue

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
        ("colour:red", Mistake("colour:red", (), is_option=True)),
        (
            "agents+crypto+llms+meta",
            Mistake("agents+crypto+llms+meta", ("agents+crypto+llms",), is_option=True),
        ),
    ],
)
def test_a_mistake_is_named_with_the_nearest_right_form(word: str, mistake: Mistake) -> None:
    typed = read(["meta", word], KNOWN)

    assert typed.mistakes == (mistake,)
    assert typed.topics == ("meta",)


def test_what_is_right_beside_a_mistake_is_told_as_it_was_typed() -> None:
    typed = read(["LLM", "haet:60", "style:line"], KNOWN)

    assert typed.understood == ("LLM", "style:line")
    assert typed.topics == ("llms",)


def test_a_hash_and_capitals_do_no_harm() -> None:
    typed = read(["#LLM,#Agents", "-#Crypto", "HEAT:60+"], KNOWN)

    assert typed.topics == ("llms", "agents")
    assert typed.changes.left_out == ("crypto",)
    assert typed.changes.terms == {"heat": 60}


def test_what_is_followed_can_be_named_though_no_article_has_it() -> None:
    assert read(["gone+old"], KNOWN, {"gone+old": Terms()}).topics == ("gone+old",)
