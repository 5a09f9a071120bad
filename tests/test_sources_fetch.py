"""Fetching: what a stranger's server may and may not do to us."""

import asyncio
import gzip
import tracemalloc
from collections.abc import AsyncIterator

import pytest

from core.sources import Marks, SourceError
from core.sources.fetch import Fetcher
from core.sources.public import is_public
from tests.newsserver import NewsServer, Served, news_server


@pytest.fixture
async def news() -> AsyncIterator[NewsServer]:
    async with news_server() as server:
        yield server


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    async with Fetcher(allow_private=True) as opened:
        yield opened


async def test_a_page_comes_with_its_marks(news: NewsServer, fetcher: Fetcher) -> None:
    url = news.put("/feed", "news", ETag='"1"', Last_Modified="Mon, 22 Jun 2026 10:00:00 GMT")

    answer = await fetcher.get(url)

    assert answer.body == b"news"
    assert answer.url == url
    assert answer.marks == Marks('"1"', "Mon, 22 Jun 2026 10:00:00 GMT")


async def test_marks_are_given_back_and_spare_the_body(news: NewsServer, fetcher: Fetcher) -> None:
    url = news.put("/feed", "news", ETag='"1"')
    first = await fetcher.get(url)

    second = await fetcher.get(url, Marks('"1"', "Mon, 22 Jun 2026 10:00:00 GMT"))

    assert second.unchanged
    assert second.body == b""
    assert "If-None-Match" not in news.requests[0].headers
    assert news.requests[1].headers["If-None-Match"] == first.marks.etag
    assert news.requests[1].headers["If-Modified-Since"] == "Mon, 22 Jun 2026 10:00:00 GMT"


async def test_the_server_is_told_who_asks(news: NewsServer, fetcher: Fetcher) -> None:
    await fetcher.get(news.put("/", "news"))

    headers = news.requests[0].headers
    assert headers["User-Agent"].startswith("themata-bot")
    assert headers["Accept-Encoding"] == "gzip, identity"


async def test_cookies_are_not_kept(news: NewsServer, fetcher: Fetcher) -> None:
    url = news.put("/", "news", Set_Cookie="who=me; Path=/")

    await fetcher.get(url)
    await fetcher.get(url)

    assert "Cookie" not in news.requests[1].headers


async def test_a_packed_body_is_unpacked(news: NewsServer, fetcher: Fetcher) -> None:
    url = news.put("/", gzip.compress(b"news" * 1000), Content_Encoding="gzip")

    answer = await fetcher.get(url)

    assert answer.body == b"news" * 1000


async def test_a_body_may_be_as_large_as_the_limit(news: NewsServer) -> None:
    url = news.put("/", b"x" * 1000)

    async with Fetcher(allow_private=True, most_bytes=1000) as fetcher:
        answer = await fetcher.get(url)

    assert len(answer.body) == 1000


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
async def test_a_larger_body_is_refused(news: NewsServer, encoding: str) -> None:
    body = b"x" * 1001
    packed = gzip.compress(body) if encoding == "gzip" else body
    url = news.put("/", packed, Content_Encoding=encoding)

    async with Fetcher(allow_private=True, most_bytes=1000) as fetcher:
        with pytest.raises(SourceError, match=r"/ is larger than 1,000 bytes"):
            await fetcher.get(url)


async def test_a_bomb_is_not_unpacked(news: NewsServer, fetcher: Fetcher) -> None:
    url = news.put("/", gzip.compress(bytes(60_000_000)), Content_Encoding="gzip")

    tracemalloc.start()
    with pytest.raises(SourceError, match="larger than"):
        await fetcher.get(url)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 16_000_000


async def test_an_encoding_not_asked_for_is_refused(news: NewsServer, fetcher: Fetcher) -> None:
    url = news.put("/", b"\x8b\x00", Content_Encoding="br")

    with pytest.raises(SourceError, match="encoding"):
        await fetcher.get(url)


# Named, as gzip writes the time into what it packs: each process would name the test otherwise.
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(gzip.compress(b"news" * 1000)[:-9], id="cut short"),
        pytest.param(b"not packed at all", id="not packed"),
    ],
)
async def test_a_broken_packed_body_is_refused(
    news: NewsServer, fetcher: Fetcher, body: bytes
) -> None:
    url = news.put("/", body, Content_Encoding="gzip")

    with pytest.raises(SourceError, match="broke off"):
        await fetcher.get(url)


async def test_a_body_that_breaks_off_is_refused(news: NewsServer, fetcher: Fetcher) -> None:
    news.pages["/"] = Served(b"news", breaks_off=True)

    with pytest.raises(SourceError, match="broke off"):
        await fetcher.get(f"{news.url}/")


async def test_a_body_that_does_not_end_is_given_up(news: NewsServer) -> None:
    news.pages["/"] = Served(b"news", hangs=True)

    async with Fetcher(allow_private=True, seconds=0.1) as fetcher:
        with pytest.raises(SourceError, match="did not answer in"):
            await fetcher.get(f"{news.url}/")


@pytest.mark.parametrize(("status", "said"), [(404, "404 Not Found"), (500, "500"), (304, "304")])
async def test_a_bad_status_is_named(
    news: NewsServer, fetcher: Fetcher, status: int, said: str
) -> None:
    news.pages["/feed"] = Served(b"", status)

    with pytest.raises(SourceError, match=rf"/feed answered {said}"):
        await fetcher.get(f"{news.url}/feed")


async def test_a_closed_port_is_named(fetcher: Fetcher) -> None:
    async with news_server() as gone:
        url = gone.url

    with pytest.raises(SourceError, match="could not be reached"):
        await fetcher.get(url)


async def test_a_redirect_is_followed(news: NewsServer, fetcher: Fetcher) -> None:
    target = news.put("/new", "news")
    news.send_on("/older", "/old")
    news.send_on("/old", "/new")

    answer = await fetcher.get(f"{news.url}/older")

    assert answer.body == b"news"
    assert answer.url == target


async def test_a_circle_of_redirects_ends(news: NewsServer, fetcher: Fetcher) -> None:
    url = news.send_on("/", "/")

    with pytest.raises(SourceError, match="sends in a circle"):
        await fetcher.get(url)
    assert len(news.requests) == 1


@pytest.mark.parametrize(
    "to",
    [
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "http://name:word@127.0.0.1/",
        "//[::1/",
    ],
)
async def test_a_redirect_out_of_the_web_is_refused(
    news: NewsServer, fetcher: Fetcher, to: str
) -> None:
    url = news.send_on("/", to)

    with pytest.raises(SourceError):
        await fetcher.get(url)
    assert len(news.requests) == 1


async def test_a_redirect_to_a_private_address_is_refused(
    news: NewsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = int(news.url.rpartition(":")[2])
    monkeypatch.setattr("core.sources.fetch._PORTS", {80, port})
    monkeypatch.setattr("core.sources.fetch.is_public", lambda ip: ip == "127.0.0.1")
    url = news.send_on("/", "http://169.254.169.254/latest/meta-data/")

    async with Fetcher() as fetcher:
        with pytest.raises(SourceError, match=r"leads to 169\.254\.169\.254"):
            await fetcher.get(url)
    assert len(news.requests) == 1


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "0", "localhost", "[::1]", "[::ffff:127.0.0.1]"],
)
async def test_private_hosts_are_refused_however_they_are_written(host: str) -> None:
    async with Fetcher() as fetcher:
        with pytest.raises(SourceError, match="not the public internet"):
            await fetcher.get(f"http://{host}/")


async def test_a_name_with_one_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    async def looked_up(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(2, 1, 6, "", (ip, 80)) for ip in ("93.184.216.34", "10.0.0.1")]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", looked_up)

    async with Fetcher() as fetcher:
        with pytest.raises(SourceError, match=r"leads to 10\.0\.0\.1"):
            await fetcher.get("http://news.example/")


@pytest.mark.parametrize("url", ["http://news.example:25/", "https://news.example:6379/"])
async def test_ports_of_other_services_are_refused(url: str) -> None:
    async with Fetcher() as fetcher:
        with pytest.raises(SourceError, match="port"):
            await fetcher.get(url)


async def test_a_password_is_refused_and_not_shown(fetcher: Fetcher) -> None:
    with pytest.raises(SourceError) as refused:
        await fetcher.get("http://name:word@news.example/")

    assert "word@" not in str(refused.value)
    assert "news.example" in str(refused.value)


@pytest.mark.parametrize("url", ["", "news", "ftp://news.example/", "http://[::1/", "http://\x00/"])
async def test_what_is_no_address_is_refused(fetcher: Fetcher, url: str) -> None:
    with pytest.raises(SourceError):
        await fetcher.get(url)


@pytest.mark.parametrize(
    "ip",
    [
        *("127.0.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1"),
        *("0.0.0.1", "224.0.0.1", "255.255.255.255", "168.63.129.16", "240.0.0.1"),
        *("::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1", "2001:db8::1"),
        *("::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::"),
        *("2001:0:4136:e378:8000:63bf:80ff:fffe", "::ffff:168.63.129.16", "no address"),
    ],
)
def test_what_is_not_the_public_internet(ip: str) -> None:
    assert not is_public(ip)


@pytest.mark.parametrize(
    "ip",
    ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "2002:808:808::"],
)
def test_what_is_the_public_internet(ip: str) -> None:
    assert is_public(ip)
