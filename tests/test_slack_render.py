"""Messages as Slack's blocks."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.sandbox.slack import Limits, SlackStandIn
from bots.sandbox.slack.blocks import MOST_CHARACTERS, check_blocks
from bots.slack.client import web_client
from bots.slack.harmless import harmless, safe_url
from bots.slack.reduced import without_pictures
from bots.slack.render import Payload, as_payload, as_smaller_payload
from core.messages import (
    Buttons,
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
    as_text,
)
from tests.conftest import EXAMPLES
from tests.gallery_parts import (
    BUTTONS,
    DAY,
    MESSAGES,
    PAGE,
    PICTURE,
    RELATED,
    STORY,
    STRUCK,
    TAKEAWAYS,
)
from tests.readers import seen_on_slack


def test_a_message_is_drawn_once_for_all_its_channels() -> None:
    assert as_payload(Message((STORY,))) is as_payload(Message((STORY,)))


def test_each_story_leads_to_the_page_of_its_own_read_button() -> None:
    other = Buttons((LinkButton("Read", "https://news.example/other", ""),))
    untold = Story("Without a button", "", ())

    payload = as_payload(Message((STORY, BUTTONS, untold, STORY, other)))

    urls = re.findall(r'"type": "link", "url": "([^"]+)"', json.dumps(payload["blocks"]))
    assert urls == [PAGE, "https://news.example/other"]


def test_a_story_without_a_safe_page_is_only_bold() -> None:
    bad = Buttons((LinkButton("Read", "javascript:alert(1)", ""),))

    payload = as_payload(Message((STORY, bad)))

    assert "javascript" not in json.dumps(payload)
    assert '"type": "link"' not in json.dumps(payload)


def test_a_message_without_words_still_has_a_text() -> None:
    payload = as_payload(Message(()))

    assert payload["text"] == "\u2026"
    assert payload["blocks"] == []


def test_a_message_can_be_had_without_its_pictures() -> None:
    plain = without_pictures(MESSAGES["part-all"])

    assert "image" not in json.dumps(as_payload(plain)["blocks"])
    assert as_text(plain) == as_text(MESSAGES["part-all"])


def test_the_smaller_form_keeps_titles_links_and_facts() -> None:
    story = replace(STORY, image=PICTURE)

    payload = as_smaller_payload(Message((Heading("New"), story, BUTTONS, TAKEAWAYS, RELATED)))

    (block,) = payload["blocks"]
    shown = "".join(seen_on_slack([block]))
    assert shown == (
        "New\n"
        "Meta pauses its AI training program & reviews it\n"
        "51/100 \U0001f525\U0001f525\U0001f525 \u00b7 mixed \u00b7 wired.example"
        " \u00b7 22 Jun 2026 \u00b7 4 min\n"
        "Related\n"
        "Privacy rules for training data \u00b7 wired \u00b7 22 Jun 2026\n"
        "A story [again] without a page"
    )
    assert PAGE in str(block)
    assert PICTURE.url not in str(block)
    assert f"reviews it {PAGE}".replace("&", "&amp;") in payload["text"]


def test_buttons_are_kept_when_there_is_too_much_text() -> None:
    long = Points("Points", tuple(f"{number} {'word ' * 500}" for number in range(20)))

    payload = as_payload(Message((long, BUTTONS)))

    assert [block["type"] for block in payload["blocks"]] == ["rich_text", "actions"]
    assert len(json.dumps(payload["blocks"][1])) > 500


# What outsiders might write to ping, to link, or to break the layout.
FORGED = [
    *("<!channel>", "<!here>", "<!everyone>", "<!group>", "<!channel|channel>", "<!here|here>"),
    *("<@U0000000001>", "<@W1>", "<@U0000000001|mia>", "<!subteam^S1>", "<!subteam^S1|@editors>"),
    *("<#C0000000001>", "<#C1|general>", "@channel", "@here", "@everyone", "@mia", "#general"),
    *("<https://evil.example>", "<https://evil.example|news.example>", "<http://evil.example|x>"),
    *("<mailto:a@evil.example>", "<mailto:a@evil.example|mail>", "<tel:+1|call>", "<evil.example>"),
    *("<javascript:alert(1)|x>", "<slack://open|x>", "<data:text/html,x|x>", "<file:///etc|x>"),
    *("<!date^1^{date}|x>", "<!date^1^{date}^https://evil.example|x>", "<!date^0^{time}>"),
    *("&lt;!channel&gt;", "&lt;@U1&gt;", "&amp;lt;!channel&amp;gt;", "&#60;!channel&#62;"),
    *("&lt;https://evil.example|x&gt;", "&lt;", "&gt;", "&amp;", "&", "&&&", "&amp", "<", ">"),
    *("<<!channel>>", "<!channel", "!channel>", "< !channel>", "<! channel>", "<\n!channel>"),
    *("<|>", "<>", "|", "<!>", "<@>", "<#>", "<a|b|c>", "<!channel|<!here>>", "><!channel><"),
    *("https://evil.example", "http://evil.example", "HTTPS://EVIL.EXAMPLE", "www.evil.example"),
    *("_https://evil.example_", "1https://evil.example", "ahttps://evil.example/a|b", "//evil"),
    *("(https://evil.example)", "https://evil.example,", "ftp://evil.example", "git+ssh://evil"),
    *(
        "https://mia@evil.example",
        "https://evil.example/<!channel>",
        "hthttps://tps://evil.example",
    ),
    *("\u8be6\u89c1https://evil.example\uff0c\u66f4\u591a", "\u00e9https://evil.example"),
    *("[text](https://evil.example)", "![x](https://evil.example)", '<a href="https://e.example">'),
    *("*bold*", "_italic_", "~strike~", "`code`", "```\ncode\n```", "*_~all~_*", "**", "__", "~~"),
    *("> quote", ">>> quote", "&gt; quote", "&gt;&gt;&gt; quote", "\n> quote", "- item", "1. item"),
    *("\u2022 item", "# heading", "## heading", "---", "***", "a\nb", "a\r\nb", "a\n\n\n\nb"),
    *("a\u2028b", "a\u2029b", "a\x0bb", "a\x00b", "\x1b[31mred", "a\tb", "\ufeffa", "a\u00adb"),
    *(":skull:", ":smile::smile:", "::", ":+1::skin-tone-2:", ":not-an-emoji:", "\U0001f600"),
    *("\u202eevil", "\u202dabc", "\u2066abc\u2069", "\u2067abc", "\u200f\u200e", "\u061c"),
    *("a\u200bb", "a\u200cb", "a\u2060b", "\u200b", "z\u0353\u034d\u0352\u0312\u0311\u0310a"),
    *("\U000e0041\U000e0042", "\ud800", "\udfff\ud800", "\uffff", "\ue000", "\U0010ffff"),
    *("{date}", "{{title}}", "%s %d", "${x}", "\\", "\\n", '"', "'", '","blocks":[]', "</script>"),
    *(
        "\u0627\u0644\u0639\u0631\u0628\u064a\u0629",
        "\u05e2\u05d1\u05e8\u05d9\u05ea",
        "e\u0301" * 5,
    ),
    *("a" * 5000, "&" * 5000, "<!channel>" * 500, "word " * 2000, "\U0001f600" * 4000, " ", ""),
]


def _forgeries(text: str) -> dict[str, tuple[Part, ...]]:
    image = Image(PICTURE.url, text)
    return {
        "heading": (Heading(text),),
        "text": (Text(text),),
        "note": (Note((text, DAY, text)),),
        "points": (Points(text, (text, text)),),
        "story": (Story(text, text, (text, DAY), (text, text)),),
        "story_with_picture": (Story(text, text, (text,), (text,), image), BUTTONS),
        "lines": (Lines((Line(text, PAGE, (text, DAY)), Line(text, text, (text,))), text),),
        "buttons": (
            Buttons(
                (
                    LinkButton(text, PAGE, text),
                    LinkButton("Read", text, text),
                    WordsButton(text, f"related {text}"),
                )
            ),
        ),
    }


def test_there_are_many_forgeries() -> None:
    assert len(set(FORGED)) >= 100


KINDS = tuple(_forgeries(""))
LINKING = ("lines", "buttons")
"""These also have a link whose address, not its words, is the forgery."""
OTHERS = tuple(it for it in KINDS if it not in LINKING)
SHORT = [it for it in FORGED if len(it) <= 100]
"""A message has room for every kind of part with these words."""
LONG = [it for it in FORGED if it not in SHORT]


def _forged(text: str, kinds: Sequence[str]) -> Message:
    return Message(tuple(part for kind in kinds for part in _forgeries(text)[kind]))


@pytest.mark.parametrize("kinds", [LINKING, OTHERS])
def test_a_message_has_room_for_every_kind_of_short_forgery(kinds: tuple[str, ...]) -> None:
    def blocks(text: str, *kinds: str) -> int:
        return len(as_payload(_forged(text, kinds))["blocks"])

    assert [
        it for it in SHORT if blocks(it, *kinds) != sum(blocks(it, kind) for kind in kinds)
    ] == []


@pytest.mark.parametrize(
    ("kinds", "texts", "draw"),
    [
        pytest.param(LINKING, SHORT, as_payload, id="linking"),
        pytest.param(OTHERS, SHORT, as_payload, id="others"),
        *(pytest.param((it,), LONG, as_payload, id=f"long {it}") for it in KINDS),
        *(
            pytest.param(
                (kind,), FORGED, draw, id=f"{kind} {draw.__name__}", marks=pytest.mark.long
            )
            for kind in KINDS
            for draw in (as_payload, as_smaller_payload)
        ),
    ],
)
async def test_no_text_from_outside_can_ping_or_link(
    kinds: tuple[str, ...], texts: list[str], draw: Callable[[Message], Payload]
) -> None:
    has_link = set(kinds) <= set(LINKING)
    ours: set[str | None] = {PAGE, PICTURE.url}
    async with (
        SlackStandIn(limits=Limits.off()) as slack,
        web_client(slack.bot_token, api_url=slack.api_url) as client,
    ):
        channel = slack.add_channel("ai-news")
        for text in texts:
            payload = draw(_forged(text, kinds))
            await client.chat_postMessage(channel=channel.id, **payload, parse="none")

        posted = slack.messages(channel.id)
        assert len(posted) == len(texts)
        for text, message in zip(texts, posted, strict=True):
            allowed = ours | ({safe_url(text)} if has_link else set())
            assert message.pings == (), text
            assert {link.url for link in message.links} <= allowed, text
            assert not message.split
            assert "\n" not in "".join(w for w in seen_on_slack([*message.blocks]) if w != "\n"), (
                text
            )


_TEXT = st.text(max_size=400) | st.text(max_size=60).map(lambda text: text * 70)
_LONG_URL = f"https://b.example/{'a' * 2900}"
_URL = st.sampled_from([PAGE, "javascript:x", "https://a@b.example", _LONG_URL])
_TIME = st.datetimes(timezones=st.just(UTC)) | st.just(DAY - timedelta(days=30_000))
_FACT = _TEXT | _TIME | st.builds(Minute, _TIME)
_FACTS = st.lists(_FACT, max_size=14).map(tuple)
_TEXTS = st.lists(_TEXT, max_size=8).map(tuple)
_BUTTON = st.builds(LinkButton, _TEXT, _URL, _TEXT) | st.builds(WordsButton, _TEXT, _TEXT)
_PART = st.one_of(
    st.builds(Heading, _TEXT),
    st.builds(Text, _TEXT),
    st.builds(Note, _FACTS),
    st.builds(Points, _TEXT, _TEXTS),
    st.builds(Story, _TEXT, _TEXT, _FACTS, _TEXTS, st.none() | st.builds(Image, _URL, _TEXT)),
    st.builds(
        Lines,
        st.lists(st.builds(Line, _TEXT, st.none() | _URL, _FACTS), max_size=8).map(tuple),
        st.none() | _TEXT,
    ),
    st.builds(Buttons, st.lists(_BUTTON, max_size=5).map(tuple)),
)
_MESSAGE = st.builds(Message, st.lists(_PART, max_size=9).map(tuple) | st.lists(_PART).map(tuple))


@pytest.mark.drawn
@settings(max_examples=EXAMPLES // 2, deadline=None)
@given(_MESSAGE)
def test_m1_any_message_is_within_slacks_limits(message: Message) -> None:
    payload = as_payload(message)

    report = check_blocks(payload["blocks"])
    assert report.problems == []
    assert report.characters < min(12_000, MOST_CHARACTERS)
    assert 0 < len(payload["text"]) <= 3900
    json.dumps(payload).encode("utf-8", "strict")


@pytest.mark.drawn
@settings(max_examples=EXAMPLES // 2, deadline=None)
@given(_MESSAGE)
def test_the_smaller_form_of_any_message_is_one_section_within_slacks_limits(
    message: Message,
) -> None:
    payload = as_smaller_payload(message)

    report = check_blocks(payload["blocks"])
    assert report.problems == []
    assert report.characters <= 3300
    assert len(payload["blocks"]) <= 1
    assert 0 < len(payload["text"]) <= 3900
    json.dumps(payload).encode("utf-8", "strict")


@pytest.mark.drawn
@settings(max_examples=EXAMPLES // 2, deadline=None)
@given(_MESSAGE)
def test_making_a_message_harmless_twice_changes_nothing(message: Message) -> None:
    once = harmless(message)

    assert harmless(once) == once


def test_what_is_struck_is_struck_in_the_smaller_message_too() -> None:
    payload = as_smaller_payload(Message((STRUCK,)))

    assert "Meta pauses its AI training program" in payload["text"]
    assert "Withdrawn by the source" in payload["text"]
    assert '"strike": true' in json.dumps(payload["blocks"])


def test_counted_lines_are_counted_once_and_on_from_the_list_before() -> None:
    lines = Lines((Line("Gemma 4", PAGE), Line("Gemma 5", None, struck=True)), first=9)

    whole, small = as_payload(Message((lines,))), as_smaller_payload(Message((lines,)))

    listed = whole["blocks"][0]["elements"][0]  # type: ignore[index]  # a list of elements
    assert (listed["style"], listed["offset"]) == ("ordered", 8)
    assert seen_on_slack(whole["blocks"]) == ["Gemma 4", "Gemma 5"]
    assert "".join(seen_on_slack(small["blocks"])) == "9. Gemma 4\n10. Gemma 5"
    assert whole["text"].splitlines()[1] == "10. (withdrawn) Gemma 5"


def test_all_words_are_heard_even_where_their_addresses_do_not_fit() -> None:
    pages = (f"https://news.example/{'a' * 400}-{number}" for number in range(10))
    message = Message((Lines(tuple(Line(f"Story {page[-1]}", page) for page in pages)), BUTTONS))

    assert as_payload(message)["text"].split("\n") == [f"Story {number}" for number in range(10)]


def test_a_single_line_is_no_list() -> None:
    (block,) = as_payload(Message((Lines((Line("Gemma 4", PAGE, (DAY,)),)),)))["blocks"]

    assert "rich_text_list" not in json.dumps(block)
    assert "".join(seen_on_slack(block)) == "Gemma 4 \u00b7 22 Jun 2026"
