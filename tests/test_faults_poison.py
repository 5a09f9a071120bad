"""Row M1 of the fault matrix: no article can stop the worker, whatever its source says."""

import json
from datetime import UTC
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from bots.discord.render import as_body
from bots.sandbox.slack.blocks import check_blocks
from bots.slack.render import as_payload
from core import compose
from core.config import Style
from core.sources import Draft
from tests.news import article_of

NASTY = [
    "",
    "@everyone <!channel> <@U1>",
    "\u202e\u0000\ud800",
    "e\u0301\u0301\u0301" * 300,
    "`*_~|" * 500,
]
WORDS = st.text(max_size=40) | st.sampled_from(NASTY)
MANY = st.lists(WORDS, max_size=6).map(tuple)
URLS = (
    st.sampled_from(["https://news.example/1", "javascript:1", "https://[", "http://a b/", ""])
    | WORDS
)
DRAFTS = st.builds(
    Draft,
    WORDS.map("A story ".__add__),
    st.sampled_from(["https://news.example/1", "https://news.example/" + "a" * 900]),
    dek=WORDS,
    summary=WORDS,
    takeaways=MANY,
    sentiment=WORDS,
    positives=MANY,
    concerns=MANY,
    heat=st.none() | st.integers(-5, 105),
    tags=MANY,
    reading_minutes=st.none() | st.integers(-1, 10**9),
    source_domain=WORDS,
    original_url=URLS,
    image_url=URLS,
    published_at=st.none() | st.datetimes(timezones=st.just(UTC)),
)


@settings(max_examples=15, deadline=None)
@given(st.lists(DRAFTS, min_size=1, max_size=4), st.sampled_from(get_args(Style)))
def test_m1_any_article_can_be_posted(drafts: list[Draft], style: Style) -> None:
    message = compose.post([article_of(draft) for draft in drafts], style)

    report = check_blocks(as_payload(message)["blocks"])
    assert report.problems == []
    assert json.loads(as_body(message))["components"]
