"""A Themata site over HTTP."""

from collections.abc import AsyncIterator, Collection
from pathlib import Path

import pytest

from core.sources import Marks, Memory, SourceError
from core.sources.fetch import Fetcher
from core.sources.site import Site
from tests.feeds import read_here
from tests.newsserver import NewsServer, Served, news_server

MARKUP = Path(__file__).parent / "data" / "articles" / "markup"
PAGE = """<html><head>{head}</head><body><h1>{title}</h1><p>{date}</p>
<a href="/?tag=llms">llms</a><h2>Summary</h2><p>It is small.</p></body></html>"""

HERE = pytest.mark.usefixtures("here")
"""What is read is read in this process: starting another takes longer than the rest."""


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.sources.site.read_apart", read_here)


def page(title: str, date: str = "", head: str = "") -> str:
    return PAGE.format(title=title, date=date, head=head)


def front(*links: str) -> str:
    return "".join(f'<a href="{link}">x</a>' for link in links)


@pytest.fixture
async def news() -> AsyncIterator[NewsServer]:
    async with news_server() as server:
        server.put("/news/a", page("A", "June 20, 2026"))
        server.put("/news/b", page("B", "June 21, 2026"))
        yield server


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    async with Fetcher(allow_private=True) as opened:
        yield opened


def memory(*known: str, marks: Marks | None = None) -> Memory:
    async def those_known(pages: Collection[str]) -> frozenset[str]:
        return frozenset(known) & frozenset(pages)

    return Memory(those_known, marks=marks or Marks())


@HERE
async def test_every_linked_article_is_read_once_oldest_first(
    news: NewsServer, fetcher: Fetcher
) -> None:
    url = news.put("/?tag=llms", front("/news/b", "/news/a", "/news/b#more"), ETag='"1"')

    reading = await Site("themata", url, fetcher).fetch(memory())

    assert [(draft.title, draft.url) for draft in reading.drafts] == [
        ("A", f"{news.url}/news/a"),
        ("B", f"{news.url}/news/b"),
    ]
    assert reading.drafts[0].tags == ("llms",)
    assert reading.marks == Marks(etag='"1"')
    assert reading.problems == ()
    assert sorted(news.asked) == ["/?tag=llms", "/news/a", "/news/b"]


@HERE
async def test_a_known_article_is_not_fetched(news: NewsServer, fetcher: Fetcher) -> None:
    url = news.put("/", front("/news/b", "/news/a"), ETag='"1"')

    reading = await Site("themata", url, fetcher).fetch(memory(f"{news.url}/news/a"))

    assert [draft.title for draft in reading.drafts] == ["B"]
    assert reading.marks == Marks(etag='"1"')
    assert news.asked == ["/", "/news/b"]


@HERE
async def test_where_all_is_known_nothing_is_new(news: NewsServer, fetcher: Fetcher) -> None:
    url = news.put("/", front("/news/a"), ETag='"1"')

    reading = await Site("themata", url, fetcher).fetch(memory(f"{news.url}/news/a"))

    assert reading.drafts == ()
    assert not reading.unchanged


async def test_an_unchanged_front_page_is_not_read(news: NewsServer, fetcher: Fetcher) -> None:
    url = news.put("/", front("/news/a"), ETag='"1"')
    marks = Marks(etag='"1"')

    reading = await Site("themata", url, fetcher).fetch(memory(marks=marks))

    assert (reading.unchanged, reading.marks, reading.drafts) == (True, marks, ())
    assert news.asked == ["/"]


@HERE
@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (Served(b"", 500), "answered 500"),
        (Served(b"<p>Just a moment</p>"), "is no article's page"),
        (Served(b"<h1>", breaks_off=True), "broke off"),
    ],
)
async def test_a_broken_page_is_named_and_the_site_looked_at_again(
    news: NewsServer, fetcher: Fetcher, broken: Served, said: str
) -> None:
    url = news.put("/", front("/news/a", "/news/broken", "/news/b"), ETag='"1"')
    news.pages["/news/broken"] = broken

    reading = await Site("themata", url, fetcher).fetch(memory())

    assert [draft.title for draft in reading.drafts] == ["A", "B"]
    (problem,) = reading.problems
    assert f"{news.url}/news/broken {said}" in problem
    assert reading.marks == Marks()


@HERE
@pytest.mark.parametrize(
    ("served", "said"),
    [
        (Served(b"", 500), "answered 500"),
        (Served(b"<p>Back soon</p>"), "links to no article"),
        (Served(b""), "links to no article"),
    ],
)
async def test_a_front_page_that_cannot_be_read_is_an_error(
    news: NewsServer, fetcher: Fetcher, served: Served, said: str
) -> None:
    news.pages["/"] = served

    with pytest.raises(SourceError, match=said):
        await Site("themata", f"{news.url}/", fetcher).fetch(memory())
    assert news.asked == ["/"]


@HERE
async def test_a_page_keeps_its_own_address_on_the_site(news: NewsServer, fetcher: Fetcher) -> None:
    news.put("/news/a", page("A", head='<link rel="canonical" href="/news/renamed">'))
    url = news.put("/", front("/news/a"))

    reading = await Site("themata", url, fetcher).fetch(memory())

    assert [draft.url for draft in reading.drafts] == [f"{news.url}/news/renamed"]


@HERE
@pytest.mark.parametrize("canonical", ["/", "https://other.example/news/a", "/about"])
async def test_a_page_cannot_pass_for_another_sites(
    news: NewsServer, fetcher: Fetcher, canonical: str
) -> None:
    news.put("/news/a", page("A", head=f'<link rel="canonical" href="{canonical}">'))
    url = news.put("/", front("/news/a"))

    reading = await Site("themata", url, fetcher).fetch(memory())

    assert [draft.url for draft in reading.drafts] == [f"{news.url}/news/a"]


async def test_the_real_article_is_read_from_a_site(news: NewsServer, fetcher: Fetcher) -> None:
    news.put("/news/meta", (MARKUP / "semantic.html").read_bytes())
    url = news.put("/", front("/news/meta"))

    reading = await Site("themata", url, fetcher).fetch(memory())

    (draft,) = reading.drafts
    assert (draft.heat, len(draft.takeaways), len(draft.related)) == (51, 4, 5)
    assert draft.tags == ("meta", "ai-training", "data-privacy", "employee-monitoring")
