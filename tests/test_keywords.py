"""The words by which articles are likened."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.keywords import likeness, rarities, typed, weighed, words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Employees, an employee's and the EMPLOYEE", ["employe"] * 3),
        ("Meta\u2019s embrace of A.I. in the U.K.", ["meta", "embrac", "ai", "uk"]),
        ("GPT-5.5 and DeepSeek-V4 on an H200", ["gpt", "5.5", "deepseek", "v4", "h200"]),
        ("\uff27\uff30\uff34\u2019s Caf\u00e9", ["gpt", "caf\u00e9"]),
        ("日本語のAI記事", ["日本", "本語", "語の", "ai", "記事"]),
        ("中", ["中"]),
        ("인공지능", ["인공", "공지", "지능"]),
        ("कर्म योग", ["कर्म", "योग"]),
        ("", []),
        ("of the a x ? 🔥 …", []),
    ],
)
def test_words_have_one_form_and_none_that_says_something_is_lost(
    text: str, found: list[str]
) -> None:
    assert words(text) == found


def test_the_title_weighs_most_and_a_tag_counts_as_its_words_and_as_a_whole() -> None:
    weights = weighed("Ferry", ("Fog", "Pier"), ("data-privacy",))

    assert weights["ferri"] > weights["#data-privacy"] > weights["fog"] == weights["pier"]
    assert {"data", "privaci"} < weights.keys()


def test_saying_a_word_again_counts_less_each_time() -> None:
    once, twice, often = (weighed("Ferry", ["fog " * times], ())["fog"] for times in (1, 2, 40))

    assert once < twice < 2 * once
    assert often < 400


def test_an_article_has_a_limited_number_of_words() -> None:
    long = "".join(map(chr, range(0x4E00, 0x4E00 + 2000)))

    assert len(weighed("Ferry", [long], ())) == 200
    assert "ferri" in weighed("Ferry", [long], ())


def test_typed_words_and_tags_are_each_asked_once() -> None:
    assert typed("#Data-Privacy openai, OpenAI IPO?") == [
        *("data", "privaci", "openai", "ipo", "#data-privacy")
    ]


def test_a_word_tells_more_the_fewer_articles_have_it() -> None:
    tells = rarities({"vuvuzela": 1, "trumpet": 10, "music": 1000}, 1000)

    assert tells["vuvuzela"] > tells["trumpet"] > tells["music"] > 0


TEXTS = st.sampled_from(
    ["Meta's keystrokes, logged", "M\u00e9ta\u2019s logs", "A.I. in the U.K.", "日本"]
)


@given(st.lists(TEXTS | st.text(max_size=60), max_size=4))
def test_texts_weigh_together_what_their_words_do(told: list[str]) -> None:
    each = Counter(word for text in told for word in words(text))

    weights = weighed("", told, ())

    assert weights.keys() == each.keys()
    assert all(weights[a] > weights[b] for a in each for b in each if each[a] > each[b])


@given(st.text(max_size=300))
def test_whatever_an_article_says_has_words_or_none(text: str) -> None:
    found = words(text)

    assert all(word and word == word.strip() for word in found)
    assert words(" ".join(found).replace("#", " ")) is not None


def test_likeness_is_the_same_in_both_directions_and_full_with_itself() -> None:
    one, other, rare = {"a": 3, "b": 2}, {"b": 5, "c": 1}, {"a": 10, "b": 20, "c": 30}

    assert likeness(one, other, rare) == likeness(other, one, rare)
    assert likeness(one, one, rare) == pytest.approx(1)
    assert likeness(one, {"c": 1}, rare) == likeness({}, one, rare) == 0
