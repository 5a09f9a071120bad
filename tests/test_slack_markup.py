"""Slack's markup, written and read back."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.slack.harmless import safe_url
from bots.slack.markup import escaped, plain_words, without_mention


@given(st.text(), st.integers(min_value=1, max_value=60))
def test_escaped_text_is_never_longer_than_allowed(text: str, most: int) -> None:
    assert len(escaped(text, most)) <= most


@given(st.text(alphabet="&<>a ", min_size=1), st.integers(min_value=8, max_value=60))
def test_no_entity_is_cut(text: str, most: int) -> None:
    safe = escaped(text, most)

    assert "<" not in safe
    assert ">" not in safe
    assert safe.count("&") == sum(safe.count(entity) for entity in ("&amp;", "&lt;", "&gt;"))


@pytest.mark.parametrize("text", ["AT&T", "&lt;", "a < b > c", "<!channel>", "plain"])
def test_an_escaped_text_reads_as_it_was(text: str) -> None:
    assert html.unescape(escaped(text, 100)) == text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", ""),
        ("llms  privacy", "llms privacy"),
        ("llms,\u00a0privacy\u2009agents", "llms, privacy agents"),
        ("\u201cmeta\u201d \u2018ai\u2019", "\"meta\" 'ai'"),
        ("<#C1|llms>", "#llms"),
        ("<#C1|>", "#C1"),
        ("<@U1|mia>", "@mia"),
        ("<@U1>", "@U1"),
        ("<!here>", "@here"),
        ("<!subteam^S1|@editors>", "@editors"),
        ("<!subteam^S1>", "@S1"),
        ("<!date^1^{date}|yesterday>", "yesterday"),
        ("<https://example.com/a?b=1&amp;c=2>", "https://example.com/a?b=1&c=2"),
        ("<https://example.com|example.com>", "https://example.com"),
        ("<mailto:mia@example.com|mia@example.com>", "mia@example.com"),
        ("AT&amp;T &lt;3", "AT&T <3"),
        ("&amp;lt;", "&lt;"),
        ("&copy;", "&copy;"),
        ("<#C1|llms> and <#C2|ai>", "#llms and #ai"),
    ],
)
def test_what_was_typed_is_read_as_plain_words(typed: str, words: str) -> None:
    assert plain_words(typed) == words


def test_only_the_bots_own_mention_is_taken_out() -> None:
    text = "<@U1> related <@U2|mia> <@U1|themata>"

    assert without_mention(text, "U1").split() == ["related", "<@U2|mia>"]


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://example.com/a", "https://example.com/a"),
        ("http://example.com", "http://example.com"),
        ("https://example.com:8443/?q=a%20b&c#d", "https://example.com:8443/?q=a%20b&c#d"),
        ("https://example.com/a|b>c", "https://example.com/a%7Cb%3Ec"),
        (" https://example.com ", "https://example.com"),
        ("HTTPS://Example.com/A", "https://Example.com/A"),
        ("javascript:alert(1)", None),
        ("data:text/html,hi", None),
        ("slack://open", None),
        ("file:///etc/passwd", None),
        ("//example.com", None),
        ("example.com", None),
        ("https://", None),
        ("https://mia@example.com", None),
        ("https://mia:secret@example.com", None),
        ("https://good.example\\@evil.example", None),
        ("https://evil.example\\.good.example", None),
        ("https://example.com/a b", None),
        ("https://example.com/\nb", None),
        ("https://example.com/\u2028b", None),
        ("https://example.com:port/", None),
        ("https://[::1", None),
        ("https://mia\uff20example.com", None),
        (f"https://example.com/{'a' * 3000}", None),
        ("", None),
    ],
)
def test_only_plain_web_addresses_are_links(url: str, safe: str | None) -> None:
    assert safe_url(url) == safe
