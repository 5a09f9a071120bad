"""What a button's custom id says, and to whom."""

import json

import pytest

from bots.discord.buttons import custom_id, sealed
from core.posting import Address
from core.seals import Opened, Seals

SEALS = Seals(bytes(32))
PLACE = Address("discord", "1", "10")


def sealed_id(words: str) -> str:
    body = json.dumps({"custom_id": custom_id(words)}, ensure_ascii=False).encode()
    return str(json.loads(sealed(body, SEALS, PLACE))["custom_id"])


@pytest.mark.parametrize(
    "words", ["related article:12", "subscribe llms", "help", 'a "quoted" \\ word', "søk ☃"]
)
def test_a_button_is_read_as_it_was_written(words: str) -> None:
    written = sealed_id(words)

    assert written == SEALS.seal(words, PLACE)
    assert SEALS.open(written, PLACE) == Opened(words)


@pytest.mark.parametrize("words", ["a" * 85, "tab\there", "line\nbreak", "nul\x00"])
def test_words_that_are_no_id_make_no_button(words: str) -> None:
    assert custom_id(words) is None


def test_a_sealed_id_has_at_most_100_characters() -> None:
    assert len(sealed_id("a" * 84)) == 100


def test_only_ids_are_sealed() -> None:
    said = {"content": '"custom_id":"t1:help"', "custom_id": "typed", "value": "t1:help"}
    body = json.dumps(said, separators=(",", ":")).encode()

    assert sealed(body, SEALS, PLACE) == body
