"""Tags: their one form, finding them, and what was meant."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.tags import catalogue, normal

KNOWN = catalogue(
    {
        "llms": ["llm", "Large Language Models"],
        "openai": ["open-ai"],
        "ai-safety": [],
        "ai-agents": ["agents"],
        "developer-tools": [],
    },
    taught=["robotics", "LLM", "#OpenAI"],
)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("llms", "llms"),
        ("#LLMs", "llms"),
        ("  AI Safety ", "ai-safety"),
        ("ai_safety", "ai-safety"),
        ("AI \u2013 safety", "ai-safety"),
        ("-ai--safety-", "ai-safety"),
        ("node.js", "nodejs"),
        ("@everyone", "everyone"),
        ("K\u00fcnstliche Intelligenz", "k\u00fcnstliche-intelligenz"),
        ("\u4eba\u5de5\u667a\u80fd", "\u4eba\u5de5\u667a\u80fd"),
        ("\u0939\u093f\u0928\u094d\u0926\u0940", "\u0939\u093f\u0928\u094d\u0926\u0940"),
        ("a\u202eb\u200bc", "abc"),
        ("#", ""),
        ("\U0001f525", ""),
        ("x" * 60, "x" * 50),
        ("x" * 49 + "-y", "x" * 49),
    ],
)
def test_a_tag_has_one_form(text: str, tag: str) -> None:
    assert normal(text) == tag


@settings(deadline=None)
@given(st.text(max_size=80))
def test_the_form_of_a_tag_is_its_own_form(text: str) -> None:
    tag = normal(text)

    assert normal(tag) == tag
    assert normal(f" #{tag}") == tag
    assert len(tag) <= 50
    assert not tag.startswith("-")
    assert not tag.endswith("-")


@pytest.mark.parametrize(
    ("typed", "tag"),
    [
        ("llms", "llms"),
        ("#LLMs", "llms"),
        ("LLM", "llms"),
        ("large language models", "llms"),
        ("robotics", "robotics"),
        ("Open AI", "openai"),
        ("robots", None),
        ("", None),
        ("#", None),
    ],
)
def test_a_tag_is_found_by_its_name_or_an_alias(typed: str, tag: str | None) -> None:
    assert KNOWN.find(typed) == tag


def test_a_taught_tag_that_is_an_alias_adds_nothing() -> None:
    assert KNOWN.tags == (
        *("ai-agents", "ai-safety", "developer-tools", "llms", "openai", "robotics"),
    )


def test_a_tags_own_name_comes_before_an_alias_of_another() -> None:
    known = catalogue({"ai-agents": ["agents"], "agents": []})

    assert known.find("agents") == "agents"


def test_names_of_which_nothing_is_left_are_no_tags() -> None:
    known = catalogue({"#": ["hash"], "llms": ["!"]}, taught=["\U0001f525"])

    assert known.tags == ("llms",)
    assert known.find("hash") is None


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("opnai", ("openai",)),
        ("saftey", ("ai-safety",)),
        ("ai-saftey", ("ai-safety",)),
        ("dev", ("developer-tools",)),
        ("ai", ("ai-agents", "ai-safety")),
        ("lms", ("llms",)),
        ("robots", ("robotics",)),
        ("agent", ("ai-agents",)),
        ("q", ()),
        ("gardening", ()),
        ("", ()),
    ],
)
def test_the_nearest_tags_are_near(typed: str, nearest: tuple[str, ...]) -> None:
    assert KNOWN.nearest(typed) == nearest


def test_only_as_many_tags_are_offered_as_asked_for() -> None:
    known = catalogue({f"ai-{number:02}": [] for number in range(40)})

    assert known.nearest("ai") == ("ai-00", "ai-01", "ai-02")
    assert len(known.suggest("ai")) == 25
    assert known.suggest("", most=2) == ("ai-00", "ai-01")


def test_what_begins_alike_is_suggested_first_then_what_holds_it_then_what_resembles_it() -> None:
    known = catalogue({"agents": [], "ai-agents": [], "agnets": [], "claude": []})

    assert known.suggest("agents") == ("agents", "ai-agents", "agnets")


@settings(deadline=None)
@given(st.text(max_size=30))
def test_only_tags_of_the_catalogue_are_offered(typed: str) -> None:
    offered = {*KNOWN.nearest(typed), *KNOWN.suggest(typed)}

    assert offered <= set(KNOWN.tags)
