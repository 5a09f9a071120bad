"""How a message looks on Discord, and that it always fits."""

import json
from datetime import UTC
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bots.discord.components import MOST, count
from bots.discord.marks import Mark
from bots.discord.render import as_body, as_plain_body, marked, payload
from core.messages import (
    Buttons,
    Fact,
    Heading,
    Image,
    Line,
    Lines,
    LinkButton,
    Message,
    Minute,
    Note,
    Part,
    Points,
    Story,
    Text,
    WordsButton,
)
from tests.conftest import EXAMPLES
from tests.gallery_parts import DAY, MESSAGES, PAGE, STRUCK
from tests.readers import wrong_on_discord


def container(message: Message) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = payload(message)["components"][0]["components"]
    return parts


def texts(message: Message) -> list[str]:
    inside = (part.get("components", [part]) for part in container(message))
    return [text["content"] for parts in inside for text in parts if "content" in text]


def errors(message: Message) -> dict[str, Any]:
    """Return what Discord's rules say is wrong with the body of `message`."""
    return wrong_on_discord(as_body(message))


def test_a_story_without_more_than_a_title_reads_well() -> None:
    message = Message((Story("Gemma 4 runs on phones", "", ()),))

    assert texts(message) == ["**Gemma 4 runs on phones**"]


def test_a_picture_that_cannot_be_shown_leaves_the_story() -> None:
    message = Message((Story("Title", "", (), image=Image("data:image/png;base64,AA", "x")),))

    assert [part["type"] for part in container(message)] == [10]


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "slack://open",
        "https://user:secret@themata.ai/",
        "https://user@themata.ai/",
        "//themata.ai/",
        "https:///path",
        "https://",
        "ftp://themata.ai/",
        "https://the mata.ai/",
        "https://themata.ai:99999/",
        "https://good.com\\@evil.com/",
        "https://exa\nmple.com/%zz\x00",
        "",
    ],
)
def test_an_unsafe_address_is_not_linked(url: str) -> None:
    message = Message(
        (Lines((Line("A title", url),)), Buttons((LinkButton("Read", url, "Read it"),)))
    )

    drawn = container(message)

    assert [part["type"] for part in drawn] == [10]
    assert drawn[0]["content"] == "A title"


def test_an_address_is_sent_so_that_nothing_in_it_ends_the_link() -> None:
    message = Message((Lines((Line("A [title]", "https://x.org/a_(b)?q=<c> d"),)),))

    assert texts(message) == ["[A (title)](https://x.org/a_%28b%29?q=%3Cc%3E%20d)"]


def test_a_host_of_look_alike_letters_is_sent_in_ascii() -> None:
    message = Message((Buttons((LinkButton("Read", "https://\u043epenai.com/", "Read it"),)),))

    assert container(message)[0]["components"][0]["url"] == "https://xn--penai-iye.com/"


def test_an_address_too_long_for_a_button_stands_in_the_text() -> None:
    long = "https://themata.ai/news/" + "a" * 500
    message = Message((Text("Choose."), Buttons((LinkButton("Read", long, "Read it"),))))

    assert texts(message) == ["Choose.", f"Read <{long}>"]


def test_words_too_long_for_a_button_leave_it_out() -> None:
    message = Message((Buttons((WordsButton("Follow", "subscribe " + "a" * 100),)),))

    assert [part["type"] for part in container(message)] == [10]


def test_the_same_button_twice_stands_once() -> None:
    row = Buttons((WordsButton("Help", "help"),))
    message = Message((row, row))

    assert [part["type"] for part in container(message)] == [1]
    assert errors(message) == {}


def test_six_buttons_take_two_rows() -> None:
    message = Message((Buttons(tuple(WordsButton(f"b{n}", f"latest {n}") for n in range(6))),))

    assert [len(row["components"]) for row in container(message)] == [5, 1]


def test_related_lines_are_cut_before_points_and_points_before_the_summary() -> None:
    story = Story("Title", "summary " * 200, ())
    points = Points("Points", tuple(f"point {n} " + "word " * 90 for n in range(4)))
    lines = Lines(tuple(Line(f"line {n} " + "word " * 20, PAGE) for n in range(9)), "Related")

    shown = "\n".join(texts(Message((story, points, lines))))

    assert shown.count("summary") == 200
    assert "point 3" in shown
    assert "line 0" in shown
    assert "line 8" not in shown


def test_a_long_summary_is_cut_after_its_lines_and_points_are_gone() -> None:
    parts: tuple[Part, ...] = (Text("a " * 900), Text("b " * 900), Text("c " * 900))

    shown = texts(Message((*parts, Points("Points", ("gone",)))))

    assert [text[0] for text in shown] == ["a", "b", "c"]
    assert shown[2].endswith("…")
    assert len(shown[0]) == len(shown[1]) > len(shown[2])


def test_text_is_cut_between_the_letters_a_reader_sees() -> None:
    family = "\U0001f469\u200d\U0001f467"

    shown = texts(Message((Text(family * 1000),)))[0]

    assert len(shown) <= 2000
    assert shown.removesuffix("…").replace(family, "") == ""


def test_an_escape_is_never_cut_in_two() -> None:
    shown = texts(Message((Text("*" * 3000),)))[0]

    assert shown == "\\*" * 999 + "…"


def test_a_message_with_too_many_parts_keeps_its_texts() -> None:
    rows = tuple(
        part
        for n in range(12)
        for part in (Text(f"text {n}"), Buttons((WordsButton("x", f"latest {n}"),)))
    )

    shown = "\n".join(texts(Message(rows)))

    assert all(f"text {n}" in shown for n in range(12))
    assert errors(Message(rows)) == {}


def test_a_message_that_says_nothing_is_still_one() -> None:
    assert texts(Message(())) == ["…"]
    assert errors(Message((Text(" "), Note(()), Points("", ()), Lines(())))) == {}


def test_equal_messages_share_one_body() -> None:
    first = as_body(Message((Text("You follow #llms."),)))
    second = as_body(Message((Text("You follow #llms."),)))

    assert first is second


def test_a_mark_is_all_that_is_added_to_a_body() -> None:
    body = json.loads(marked(as_body(MESSAGES["part-all"]), Mark("abc", 2**31 - 1)))

    added = body.pop("nonce"), body.pop("enforce_nonce"), body["components"][0].pop("id")
    assert added == ("abc", True, 2**31 - 1)
    assert body == payload(MESSAGES["part-all"])


def test_drawn_plainly_a_story_is_its_title_its_facts_and_its_link() -> None:
    (container,) = json.loads(as_plain_body(MESSAGES["part-all"]))["components"]

    (text,) = container["components"]
    day = f"<t:{int(DAY.timestamp())}:D>"
    assert text["content"].splitlines() == [
        "Meta pauses its AI training program & reviews it",
        f"-# 51/100 \U0001f525\U0001f525\U0001f525 · mixed · wired.example · {day} · 4 min",
        "Related",
        f"1. [Privacy rules for training data](https://news.example/rules) · wired · {day}",
        "2. A story \\[again\\] without a page",
        f"Read <{PAGE}>",
    ]


WORDS = st.one_of(
    st.text(max_size=40),
    st.text(alphabet="*_~|`[]()<>#-\\@:./ a1\n", max_size=400),
    st.sampled_from(["word " * 800, "*" * 5000, "é\u0301" * 900, "\U0001f1e9\U0001f1ea" * 700]),
)
URLS = st.one_of(
    st.sampled_from(
        ["", PAGE, "https://x.org/" + "a" * 600, "javascript:x", "https://[", PAGE + "é"]
    ),
    st.text(max_size=30).map("https://x.org/".__add__),
)
TIMES = st.datetimes(timezones=st.just(UTC))
FACTS: st.SearchStrategy[tuple[Fact, ...]] = st.lists(
    WORDS | TIMES | st.builds(Minute, TIMES), max_size=4
).map(tuple)
BUTTON = st.one_of(st.builds(LinkButton, WORDS, URLS, WORDS), st.builds(WordsButton, WORDS, WORDS))
LINES = st.lists(st.builds(Line, WORDS, st.none() | URLS, FACTS), max_size=8).map(tuple)
PARTS = st.one_of(
    st.builds(Heading, WORDS),
    st.builds(Text, WORDS),
    st.builds(Note, FACTS),
    st.builds(Points, WORDS, st.lists(WORDS, max_size=5).map(tuple)),
    st.builds(
        Story,
        WORDS,
        WORDS,
        FACTS,
        st.lists(WORDS, max_size=4).map(tuple),
        st.none() | st.builds(Image, URLS, WORDS),
    ),
    st.builds(Lines, LINES, st.none() | WORDS),
    st.builds(Buttons, st.lists(BUTTON, max_size=7).map(tuple)),
)


@pytest.mark.drawn
@settings(max_examples=EXAMPLES // 2, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(PARTS, max_size=20).map(tuple).map(Message))
def test_m1_any_message_is_within_discords_limits(message: Message) -> None:
    assert errors(message) == {}
    assert wrong_on_discord(as_plain_body(message)) == {}
    assert wrong_on_discord(marked(as_body(message), Mark("a" * 24, 2**31 - 1))) == {}
    assert count(payload(message)["components"]) <= MOST
    assert sum(len(text) for text in texts(message)) <= 4000


def test_what_is_struck_is_struck_in_the_plain_message_too() -> None:
    shown = as_plain_body(Message((STRUCK,))).decode()

    assert f"~~{STRUCK.title}~~" in shown
    assert "Withdrawn by the source" in shown


def test_counted_lines_are_counted_once_and_on_from_the_list_before() -> None:
    lines = (Line("Gemma 4", PAGE), Line("Withdrawn", None, struck=True))

    shown = texts(Message((Lines(lines, "#llms", first=9), Lines(lines[:1], first=11))))

    assert "\n".join(shown).splitlines() == [
        "**\\#llms**",
        f"9. [Gemma 4]({PAGE})",
        "10. ~~Withdrawn~~",
        f"11. [Gemma 4]({PAGE})",
    ]
