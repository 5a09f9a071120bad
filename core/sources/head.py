"""What an HTML page says of itself for machines: canonical link, Open Graph, JSON-LD."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from core.sources.dates import read_date
from core.sources.links import web_address
from core.sources.markup import plain


@dataclass(frozen=True, slots=True)
class Head:
    """What a page says of itself; each may be missing."""

    title: str = ""
    """What it calls the article, if it plainly does."""
    titles: tuple[str, ...] = ()
    """What may be the title, the best first; the site's name taken off."""
    description: str = ""
    url: str = ""
    image_url: str = ""
    published_at: datetime | None = None
    tags: tuple[str, ...] = ()
    is_article: bool = False


def read_head(tree: LexborHTMLParser, address: str) -> Head:
    """Return what the page says, its own links read as they stand at `address`."""
    news = _news(tree)
    site = _meta(tree, "og:site_name")
    shown = [node.text() for node in tree.css("h1")]
    named = [_without(title, site) for title in (_meta(tree, "og:title"), _title(tree))]
    titles = [_string(news.get("headline")), *named, *shown]
    told = [title for title in titles if plain(title) not in {"", plain(site)}]
    published = str(news.get("datePublished") or "") or _meta(tree, "article:published_time")
    return Head(
        title=titles[0] or titles[1],
        titles=tuple(told),
        description=_string(news.get("description")) or _description(tree),
        url=_own_address(tree, news, address),
        image_url=_string(news.get("image")) or _meta(tree, "og:image"),
        published_at=read_date(published),
        tags=tuple(_keywords(news.get("keywords"))),
        is_article=bool(news) or _meta(tree, "og:type") == "article",
    )


def _news(tree: LexborHTMLParser) -> dict[str, Any]:
    """Return the first article that the page's JSON-LD describes, or nothing."""
    scripts = tree.css('script[type="application/ld+json"]')
    things = (thing for script in scripts for thing in _things(_json(script.text())))
    return next((thing for thing in things if _is_article(thing)), {})


def _json(text: str) -> Any:  # noqa: ANN401 (whatever a page puts there, looked into by `_things`)
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _things(data: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 (see `_json`)
    if isinstance(data, dict):
        data = data.get("@graph", [data])
    if isinstance(data, list):
        yield from (thing for thing in data if isinstance(thing, dict))


def _is_article(thing: dict[str, Any]) -> bool:
    kinds = thing.get("@type")
    named = kinds if isinstance(kinds, list) else [kinds]
    return any(str(kind).endswith(("Article", "BlogPosting")) for kind in named)


def _string(value: Any) -> str:  # noqa: ANN401 (JSON-LD gives a word, a thing or a list of them)
    """Return the word itself, the address of a thing, or that of the first in a list."""
    if isinstance(value, list):
        value = next(iter(value), None)
    if isinstance(value, dict):
        value = value.get("url") or value.get("@id")
    return value if isinstance(value, str) else ""


def _keywords(value: Any) -> Iterator[str]:  # noqa: ANN401 (one string with commas, or a list)
    words = value.split(",") if isinstance(value, str) else value
    yield from (word for word in words if isinstance(word, str)) if isinstance(words, list) else ()


def _meta(tree: LexborHTMLParser, name: str) -> str:
    node = tree.css_first(f'meta[property="{name}"], meta[name="{name}"]')
    return (node.attributes.get("content") or "") if node else ""


def _description(tree: LexborHTMLParser) -> str:
    return _meta(tree, "og:description") or _meta(tree, "description")


def _title(tree: LexborHTMLParser) -> str:
    node = tree.css_first("title")
    return node.text() if node else ""


def _own_address(tree: LexborHTMLParser, news: dict[str, Any], address: str) -> str:
    node = tree.css_first('link[rel="canonical"]')
    linked = (node.attributes.get("href") or "") if node else ""
    own = _string(news.get("url")) or _string(news.get("mainEntityOfPage"))
    given = (linked, _meta(tree, "og:url"), own)
    return next(filter(None, (web_address(link, address) for link in given)), "")


def _without(title: str, site: str) -> str:
    """Return `title` without the site's name behind a bar or a dash."""
    for mark in (" | ", " · ", " \u2013 ", " \u2014 ", " - "):
        words, found, last = title.rpartition(mark)
        if found and (plain(last) == plain(site) or mark == " | "):
            return words
    return title
