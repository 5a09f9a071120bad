"""Tags that stand glued together, taken apart with the known ones."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.sources.glued import Split, split

KNOWN = frozenset(
    {
        *("meta", "ai", "ai-training", "training", "data-privacy", "employee-monitoring"),
        *("openai", "open", "llms", "claude", "air", "research", "esearch"),
    }
)


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        (
            "metaai-trainingdata-privacyemployee-monitoring",
            ("meta", "ai-training", "data-privacy", "employee-monitoring"),
        ),
        ("llms", ("llms",)),
        ("LLMsClaude", ("llms", "claude")),
        ("#llms#claude", ("llms", "claude")),
        ("llms claude llms", ("llms", "claude")),
        ("aiopenai", ("ai", "openai")),
        ("", ()),
    ],
)
def test_known_tags_are_taken_apart(text: str, tags: tuple[str, ...]) -> None:
    assert split(text, KNOWN) == Split(tags)


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("openai", ("openai",)),  # not open and ai: fewer tags are likelier
        ("airesearch", ("ai", "research")),  # not air and esearch: the longest tag is likelier
    ],
)
def test_of_two_full_covers_the_likelier_is_taken(text: str, tags: tuple[str, ...]) -> None:
    assert split(text, KNOWN) == Split(tags)


@pytest.mark.parametrize(
    ("text", "tags", "leftovers"),
    [
        ("metarobotics", ("meta",), ("robotics",)),
        ("roboticsmeta", ("meta",), ("robotics",)),
        ("metaroboticsopenai", ("meta", "openai"), ("robotics",)),
        ("robotics", (), ("robotics",)),
        ("#llms#robotics", ("llms",), ("robotics",)),
    ],
)
def test_what_no_tag_covers_is_left_over(
    text: str, tags: tuple[str, ...], leftovers: tuple[str, ...]
) -> None:
    assert split(text, KNOWN) == Split(tags, leftovers)


@pytest.mark.parametrize("text", ["airbus", "chairman", "metas", "ai-trainings", "pre-meta"])
def test_a_tag_is_not_seen_where_it_is_only_a_part_of_another_word(text: str) -> None:
    assert split(text, KNOWN) == Split((), (text,))


def test_without_known_tags_everything_is_left_over() -> None:
    assert split("metaai-training", frozenset()) == Split((), ("metaai-training",))


words = st.text("abc-", max_size=12)


@settings(deadline=None)
@given(st.lists(words), st.frozensets(words))
def test_no_tag_is_invented(parts: list[str], known: frozenset[str]) -> None:
    found = split("".join(parts), known)

    assert known.issuperset(found.tags)
    assert "" not in found.tags


@settings(deadline=None)
@given(st.lists(st.sampled_from(sorted(KNOWN)), min_size=1, max_size=6))
def test_tags_that_were_glued_together_leave_nothing_over(tags: list[str]) -> None:
    assert split("".join(tags), KNOWN).leftovers == ()


@settings(deadline=None)
@given(st.text())
def test_any_text_can_be_split(text: str) -> None:
    split(text, KNOWN)
