"""What a button's custom id says."""

import pytest

from bots.discord.buttons import OlderVersion, Pressed, custom_id, read


@pytest.mark.parametrize("words", ["related article:12", "subscribe llms", "help"])
def test_a_button_is_read_as_it_was_written(words: str) -> None:
    written = custom_id(words)

    assert written == f"t1:{words}"
    assert read(written) == Pressed(words)


@pytest.mark.parametrize(
    "written", ["", "t0:help", "t2:help", "help", "T1:help", "persistent_view:1"]
)
def test_any_other_id_is_of_an_older_version(written: str) -> None:
    assert read(written) == OlderVersion()


@pytest.mark.parametrize("words", ["a" * 98, "tab\there", "line\nbreak", "nul\x00"])
def test_words_that_are_no_id_make_no_button(words: str) -> None:
    assert custom_id(words) is None


def test_an_id_has_at_most_100_characters() -> None:
    assert custom_id("a" * 97) == "t1:" + "a" * 97
