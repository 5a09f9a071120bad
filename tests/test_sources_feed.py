"""Feeds: RSS, Atom and JSON Feed, good and bad."""

import json
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.sources import Draft, Marks, Memory, NamedStory, SourceError
from core.sources.feed import Feed
from core.sources.fetch import Fetcher
from core.sources.syndicated import Contents, read_feed
from tests.feeds import read_here
from tests.newsserver import NewsServer, news_server

ADDRESS = "https://news.example/feeds/ai"
RSS = """<?xml version="1.0"?>
<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel>
<title>AI news</title><link>https://news.example/</link>
<item>
  <title>A &lt;b&gt;second&lt;/b&gt; model &amp;amp; more</title>
  <link>/news/second?a=1&amp;b=2</link>
  <description><![CDATA[<!DOCTYPE html><p>It is <i>small</i>.</p><script>x()</script>
    <p>It is fast.</p>]]></description>
  <category>AI Agents</category><category>#LLMs</category><category>llms</category>
  <pubDate>Tue, 23 Jun 2026 10:00:00 -0500</pubDate>
  <media:thumbnail url="/second.png"/>
  <source url="https://paper.example/feed">The Paper</source>
</item>
<item>
  <title>A first model</title><link>https://news.example/news/first</link>
  <pubDate>Mon, 22 Jun 2026 10:00:00 GMT</pubDate>
  <enclosure url="https://news.example/first.mp3" type="audio/mpeg" length="1"/>
  <enclosure url="https://news.example/first.jpg" type="image/jpeg" length="1"/>
</item>
</channel></rss>"""
ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>AI news</title><id>urn:x</id>
<updated>2026-06-22T10:00:00Z</updated>
<entry><id>urn:x:1</id><title type="html">A &lt;em&gt;model&lt;/em&gt;</title>
<link rel="alternate" href="../news/model"/><updated>2026-06-22T10:00:00Z</updated>
<category term="llms"/><content type="html">&lt;p&gt;It is small.&lt;/p&gt;</content></entry>
</feed>"""
OTHER = {
    "dek": "Small",
    "takeaways": ["Small", "Fast"],
    "sentiment": "Mixed",
    "positives": ["Fast"],
    "concerns": ["Weak"],
    "heat": 51,
    "reading_minutes": 2,
    "source_domain": "paper.example",
    "related": [
        {
            "title": "Another model",
            "dek": "Smaller",
            "url": "/news/another",
            "date_published": "2026-06-03",
        },
        {"title": "A third"},
    ],
}
STANDARD = {
    "id": 7,
    "title": "A model",
    "url": "https://news.example/news/model",
    "external_url": "https://www.paper.example/model",
    "summary": "It is small.",
    "image": "/model.png",
    "date_published": "2026-06-22T10:00:00Z",
    "tags": ["LLMs", "ai-agents"],
}
ITEM = {**STANDARD, "_themata": OTHER}
FULL = Draft(
    "A model",
    "https://news.example/news/model",
    dek="Small",
    summary="It is small.",
    takeaways=("Small", "Fast"),
    sentiment="mixed",
    positives=("Fast",),
    concerns=("Weak",),
    heat=51,
    tags=("llms", "ai-agents"),
    reading_minutes=2,
    source_domain="paper.example",
    original_url="https://www.paper.example/model",
    image_url="https://news.example/model.png",
    published_at=datetime(2026, 6, 22, 10, tzinfo=UTC),
    related=(
        NamedStory(
            "Another model",
            "Smaller",
            "https://news.example/news/another",
            datetime(2026, 6, 3, 12, tzinfo=UTC),
        ),
        NamedStory("A third"),
    ),
    guid="7",
)


def json_feed(*items: object) -> bytes:
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "AI news", "items": items}
    return json.dumps(feed).encode()


def read(body: str) -> tuple[Draft, ...]:
    feed = read_feed(body.encode(), ADDRESS)
    assert feed.problems == ()
    return feed.drafts


@pytest.fixture
async def news() -> AsyncIterator[NewsServer]:
    async with news_server() as server:
        yield server


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    async with Fetcher(allow_private=True) as opened:
        yield opened


@pytest.fixture
def memory() -> Memory:
    async def none_is_known(_: object) -> frozenset[str]:
        return frozenset()

    return Memory(known=none_is_known)


def test_rss_is_read_oldest_first() -> None:
    assert read(RSS) == (
        Draft(
            "A first model",
            "https://news.example/news/first",
            image_url="https://news.example/first.jpg",
            published_at=datetime(2026, 6, 22, 10, tzinfo=UTC),
        ),
        Draft(
            "A second model & more",
            "https://news.example/news/second?a=1&b=2",
            summary="It is small. It is fast.",
            tags=("ai-agents", "llms"),
            source_domain="paper.example",
            image_url="https://news.example/second.png",
            published_at=datetime(2026, 6, 23, 15, tzinfo=UTC),
        ),
    )


def test_atom_is_read() -> None:
    assert read(ATOM) == (
        Draft(
            "A model",
            "https://news.example/news/model",
            summary="It is small.",
            tags=("llms",),
            published_at=datetime(2026, 6, 22, 10, tzinfo=UTC),
            guid="urn:x:1",
        ),
    )


def test_a_json_feed_is_read_with_every_field() -> None:
    assert read_feed(json_feed(ITEM), ADDRESS) == Contents((FULL,))


def test_the_other_fields_may_stand_beside_the_rest() -> None:
    assert read_feed(json_feed({**STANDARD, **OTHER}), ADDRESS) == Contents((FULL,))


@pytest.mark.parametrize("told", [True, False])
def test_a_json_item_says_itself_that_it_was_withdrawn(*, told: bool) -> None:
    item = {**ITEM, "_themata": {**OTHER, "retracted": told}}

    assert read_feed(json_feed(item), ADDRESS) == Contents((replace(FULL, retracted=told),))


def test_a_json_feed_item_may_be_bare() -> None:
    bare = {
        "id": "1",
        "title": "A model",
        "external_url": "https://paper.example/a",
        "content_html": "<p>It is <b>small</b>.</p>",
        "tags": None,
        "image": None,
    }

    feed = read_feed(b"\xef\xbb\xbf \n" + json_feed(bare), ADDRESS)
    (draft,) = feed.drafts

    assert (draft.title, draft.summary) == ("A model", "It is small.")
    assert draft.url == draft.original_url == "https://paper.example/a"
    assert feed.problems == ()


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({**ITEM, "title": None}, "no title"),
        ({**ITEM, "url": "javascript:x", "external_url": ""}, "no address"),
        ({**ITEM, "_themata": {"heat": 510}}, "item 1: heat"),
        ({**ITEM, "_themata": {"related": [{}]}}, r"related\.0\.title"),
        ({**ITEM, "date_published": "yesterday"}, "date_published: this is no date"),
        ({**ITEM, "tags": "llms"}, "tags"),
        ("words", "item 1"),
    ],
)
def test_a_broken_item_is_named_and_the_others_come(broken: object, said: str) -> None:
    feed = read_feed(json_feed(broken, ITEM), ADDRESS)

    assert feed.drafts == (FULL,)
    (problem,) = feed.problems
    with pytest.raises(SourceError, match=said):
        raise SourceError(problem)
    assert ADDRESS in problem


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ("<link>https://news.example/1</link>", "no title"),
        ("<title>A model</title>", "no address"),
        ("<title>A model</title><link>javascript:x</link>", "no address"),
    ],
)
def test_an_rss_item_without_title_or_link_is_named(item: str, said: str) -> None:
    body = RSS.replace("<item>", f"<item>{item}</item><item>", 1)

    feed = read_feed(body.encode(), ADDRESS)

    assert len(feed.drafts) == 2
    assert feed.problems == (f"{ADDRESS}: an article has {said}",)


@pytest.mark.parametrize(
    ("told", "guid"), [(7, "7"), ("urn:x", "urn:x"), (None, ""), ({"no": "name"}, "")]
)
def test_whatever_id_an_item_has_it_is_read(told: object, guid: str) -> None:
    (draft,) = read_feed(json_feed({**ITEM, "id": told}), ADDRESS).drafts

    assert draft.guid == guid


def test_an_rss_item_has_its_guid() -> None:
    first, second = read(RSS.replace("<item>", "<item><guid>n:2</guid>", 1))

    assert (first.guid, second.guid) == ("", "n:2")


def test_only_so_many_items_are_read() -> None:
    item = "<item><title>A</title><link>https://news.example/{}</link></item>"
    items = "".join(item.format(number) for number in range(600))

    assert len(read(f'<rss version="2.0"><channel>{items}</channel></rss>')) == 500
    assert len(read_feed(json_feed(*[ITEM] * 600), ADDRESS).drafts) == 500


def test_an_empty_feed_has_no_articles() -> None:
    empty = '<rss version="2.0"><channel><title>AI news</title></channel></rss>'

    assert read(empty) == ()


@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE rss [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>',
        '<!DOCTYPE rss SYSTEM "file:///etc/passwd">',
        "<!-- first --> \n<?x y?><!doctype rss>",
        '<!ENTITY a "b">',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32", "utf-16-le"])
def test_a_document_type_is_refused_unread(prolog: str, encoding: str) -> None:
    body = RSS.replace("<rss", f"{prolog}<rss", 1).encode(encoding)

    with pytest.raises(SourceError, match=f"{ADDRESS} declares a document type"):
        read_feed(body, ADDRESS)


def test_an_encoding_that_hides_the_signs_is_refused() -> None:
    body = b'<?xml version="1.0" encoding="utf-7"?>+ADw-!DOCTYPE rss+AD4-<rss></rss>'

    with pytest.raises(SourceError, match="encoding"):
        read_feed(body, ADDRESS)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<!DOCTYPE html><html><title>x</title></html>", "is a web page, not a feed"),
        ("\n<html><body>Just a moment</body></html>", "is a web page, not a feed"),
        (RSS[:700], "is broken XML"),
        (RSS.replace("</item>", "", 1), "is broken XML"),
        (RSS.replace("a=1&amp;b", "a=1&b"), "is broken XML"),
        ("", "is not a feed"),
        ("Just some words", "is broken XML"),
        ("<?xml version='1.0'?><other/>", "is not a feed"),
        ("{}", "is not a JSON Feed"),
        ('{"version": "x", "items": 7}', "is not a JSON Feed"),
        ('{"version": ' + "[" * 100_000, "is not a JSON Feed"),
    ],
)
def test_what_is_no_feed_is_refused_with_its_address(body: str, said: str) -> None:
    with pytest.raises(SourceError, match=f"{ADDRESS} {said}"):
        read_feed(body.encode(), ADDRESS)


def test_a_body_is_never_taken_for_a_file() -> None:
    with pytest.raises(SourceError, match="is broken XML"):
        read_feed(b"/etc/passwd", ADDRESS)


async def test_a_feed_is_fetched_and_its_marks_kept(
    news: NewsServer, fetcher: Fetcher, memory: Memory
) -> None:
    feed = Feed("ai", news.put("/feeds/ai", ATOM, ETag='"1"'), fetcher)

    reading = await feed.fetch(memory)

    assert [draft.url for draft in reading.drafts] == [f"{news.url}/news/model"]
    assert reading.marks == Marks(etag='"1"')
    assert (feed.name, reading.unchanged, reading.problems) == ("ai", False, ())


async def test_an_unchanged_feed_keeps_its_marks(
    news: NewsServer, fetcher: Fetcher, memory: Memory
) -> None:
    feed = Feed("ai", news.put("/feeds/ai", ATOM, ETag='"1"'), fetcher)
    marks = Marks('"1"', "Mon, 22 Jun 2026 10:00:00 GMT")

    reading = await feed.fetch(Memory(memory.known, marks=marks))

    assert reading.unchanged
    assert reading.marks == marks
    assert reading.drafts == ()


async def test_a_feed_that_moved_is_read_from_its_new_place(
    news: NewsServer, fetcher: Fetcher, memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.sources.feed.read_apart", read_here)
    news.put("/new/feeds/ai", ATOM)
    feed = Feed("ai", news.send_on("/feeds/ai", "/new/feeds/ai"), fetcher)

    reading = await feed.fetch(memory)

    assert [draft.url for draft in reading.drafts] == [f"{news.url}/new/news/model"]


async def test_a_feed_that_is_slow_to_read_is_given_up(
    news: NewsServer, fetcher: Fetcher, memory: Memory
) -> None:
    attributes = "".join(f' a{number}="x"' for number in range(100_000))
    body = f'<rss version="2.0"><channel{attributes}></channel></rss>'
    feed = Feed("ai", news.put("/feeds/ai", body), fetcher, seconds=0.5)

    with pytest.raises(SourceError, match="/feeds/ai took too long to read"):
        await feed.fetch(memory)


scraps = st.sampled_from(
    [
        *('<rss version="2.0">', "<channel>", "<item>", "<title>", "</title>", "<link>x</link>"),
        *(
            "</item>",
            "</channel>",
            "</rss>",
            "<![CDATA[",
            "]]>",
            "<!--",
            "-->",
            "<?xml ?>",
            "&amp;",
        ),
        *(
            '<feed xmlns="http://www.w3.org/2005/Atom">',
            "<entry>",
            "</entry>",
            "</feed>",
            "<?",
            "?>",
        ),
        *('{"version": "x", "items": [', '{"title": "a", "url": "http://[x"}', "]}", "null", ","),
    ]
)


@settings(deadline=None)
@given(st.one_of(st.binary(), st.lists(st.one_of(scraps, st.text(max_size=5))).map("".join)))
def test_whatever_a_feed_says_it_is_read_or_refused(body: str | bytes) -> None:
    data = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")

    with suppress(SourceError):
        read_feed(data, ADDRESS)
