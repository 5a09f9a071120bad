"""Plain text is cut where a reader would cut it."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.text import clean, clip, urls, without_urls
from tests.conftest import EXAMPLES


@pytest.mark.parametrize(
    ("text", "most", "shown"),
    [
        ("A model of the week", 12, "A model of\u2026"),
        ("A model", 7, "A model"),
        ("caf\u0065\u0301s", 5, "caf\u2026"),
        ("ab\U0001f1eb\U0001f1f7cd", 4, "ab\u2026"),
        ("a\U0001f468\u200d\U0001f469\u200d\U0001f467b", 4, "a\u2026"),
        ("ab\U0001f44d\U0001f3fdcd", 4, "ab\u2026"),
        ("anything", 0, ""),
        ("Das Rindfleischetikettierungsgesetz", 20, "Das Rindfleischetik\u2026"),
        ("速報 国産の基盤モデルが公開された", 12, "速報 国産の基盤モデル\u2026"),
    ],
    ids=["word", "whole", "accent", "flag", "family", "skin", "no room", "German", "Japanese"],
)
def test_text_is_cut_between_the_characters_that_a_reader_sees(
    text: str, most: int, shown: str
) -> None:
    assert clip(text, most) == shown


@given(st.text(max_size=40), st.integers(min_value=0, max_value=40))
def test_cut_text_fits(text: str, most: int) -> None:
    assert len(clip(text, most)) <= most


@pytest.mark.parametrize(
    "words",
    ["می\u200cخواهم", "ශ්\u200dරී", "ക്\u200dഷ", "\U0001f469\u200d\U0001f52c"],  # noqa: RUF001 (Persian)
    ids=["Persian", "Sinhala", "Malayalam", "a scientist"],
)
def test_a_joiner_stays_where_it_belongs_to_the_spelling(words: str) -> None:
    assert clean(words) == words


@pytest.mark.parametrize("joiner", ["\u200c", "\u200d"])
@pytest.mark.parametrize("around", ["a{}b", "{}می", "می{} ", "@ev{}eryone", "ශ{}ර", "a\u200c{}b"])
def test_a_joiner_goes_where_it_only_hides(around: str, joiner: str) -> None:
    assert "\u200c" not in clean(around.format(joiner))
    assert "\u200d" not in clean(around.format(joiner))


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (
            "see https://a.example/b, and http://c.example.",
            ["https://a.example/b", "http://c.example"],
        ),
        (
            "(https://a.example/b_(c)) *https://a.example/*",
            ["https://a.example/b_(c)", "https://a.example/"],
        ),
        ("[words](https://a.example/b?c=1&d=2)!", ["https://a.example/b?c=1&d=2"]),
        ("<https://a.example/b|words>", ["https://a.example/b"]),
        ("ftp://a.example javascript:alert(1) a.example", []),
    ],
)
def test_web_addresses_are_found_without_what_closes_a_sentence(
    said: str, found: list[str]
) -> None:
    assert urls(said) == found


_FOUND_FROM_EACH_LETTER = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://|www\.|discord\.gg/)[!-~]*", re.IGNORECASE
)
_PIECES = ("a", "1", "x1-", "+.-", "://", ":", "/", " ", "www.", "WWW.", "discord.gg/", "HTTPS://")
_LETTERS_THAT_COUNT_AS_OURS = ("\u017f", "\u212a", "\u00e9", "\u8be6", "_", "(")


@pytest.mark.drawn
@settings(max_examples=3 * EXAMPLES)
@given(st.lists(st.sampled_from(_PIECES + _LETTERS_THAT_COUNT_AS_OURS), max_size=12).map("".join))
def test_an_address_is_found_wherever_it_begins(text: str) -> None:
    assert without_urls(text) == " ".join(_FOUND_FROM_EACH_LETTER.sub("", text).split())


@pytest.mark.parametrize("letter", ["a", "1", "-", "a."])
def test_a_long_word_is_read_as_quickly_as_many_words(letter: str) -> None:
    def seconds(text: str) -> float:
        began = time.process_time()
        without_urls(text)
        return time.process_time() - began

    long = 40_000 // len(letter) * letter

    assert seconds(long) < 50 * seconds("word " * 8000)
