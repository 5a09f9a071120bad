"""The page of one article, read by the headings that readers see."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from selectolax.lexbor import LexborHTMLParser

from core.sources import Draft, SourceError
from core.sources.drafts import harmless
from core.sources.glued import split
from core.sources.head import Head, read_head
from core.sources.links import article_page
from core.sources.markup import Line, decoded, html_lines, plain, text_lines
from core.sources.opening import (
    Opening,
    is_menu,
    linked_tags,
    read_opening,
    without_popular_box,
    without_popular_tags,
)
from core.sources.outline import (
    HEADINGS,
    Part,
    Parts,
    first_heading,
    mood,
    named_stories,
    paragraph,
    part_of,
    parts_of,
    points,
)
from core.text import in_a_sentence

_MOST_LINKS = 50
_ALONE = frozenset(HEADINGS) | {"popular tags"}


@dataclass(frozen=True, slots=True)
class Page:
    """An article's page as it was read."""

    draft: Draft
    glued: str = ""
    """Tags that stand without a gap, still to be taken apart."""


def read_text(body: bytes, address: str) -> Page:
    """Return the article of a page that was saved as text; its page stands at `address`.

    Raises `SourceError` if it is no article's page.
    """
    return _read(text_lines(decoded(body)), Head(), address)


def read_html(body: bytes, address: str) -> Page:
    """Return the article of an HTML page, under its own address, or `address` if it names none.

    Raises `SourceError` if it is no article's page.
    """
    tree = LexborHTMLParser(decoded(body))
    head = read_head(tree, address)
    return _read(html_lines(without_popular_box(tree), _ALONE), head, address)


def read_front(body: bytes, address: str) -> tuple[str, ...]:
    """Return the articles that the front page at `address` links to, each once, at most 50.

    Raises `SourceError` if there is none.
    """
    tree = LexborHTMLParser(decoded(body))
    hrefs = (node.attributes.get("href") or "" for node in tree.css("a[href]"))
    pages = dict.fromkeys(filter(None, (article_page(href, address) for href in hrefs)))
    if not pages:
        raise SourceError(f"{address} links to no article under /news/")
    return tuple(pages)[:_MOST_LINKS]


def with_known_tags(page: Page, known: Collection[str]) -> tuple[Draft, tuple[str, ...]]:
    """Return the article with its glued tags taken apart by the `known` ones.

    Beside it a sentence that names what was left over, if anything was.
    """
    found = split(page.glued, known)
    draft = replace(page.draft, tags=tuple(dict.fromkeys((*page.draft.tags, *found.tags))))
    if not found.leftovers:
        return draft, ()
    left = in_a_sentence(found.leftovers)
    return draft, (f"{draft.url} has tags that are not known and were left out: {left}",)


def _read(all_lines: list[Line], head: Head, address: str) -> Page:
    lines = without_popular_tags(all_lines)
    title_at = _title_at(lines, head.titles)
    at = first_heading(lines, title_at or 0)
    opening = read_opening(lines[:at], title_at, head.description)
    rest = [line for line in lines[at:] if not is_menu(line)]
    parts = parts_of(rest)
    if not any(parts.values()) and not head.is_article:
        raise SourceError(f"{address} is no article's page: it has none of the headings of one")
    if title_at is None:
        opening = replace(opening, title=head.title or opening.title)
    draft = _with_head(_draft(opening, parts), head, address)
    tags = (*opening.tags, *_tags_above_related(rest)) or (() if opening.glued else head.tags)
    draft = replace(draft, tags=tags, original_url=_original(rest))
    return Page(harmless(draft, address), opening.glued)


def _title_at(lines: Sequence[Line], titles: Sequence[str]) -> int | None:
    """Return where the title stands that the page names: its last place above a heading."""
    wanted = {plain(title) for title in titles} - {""}
    found = [at for at, x in enumerate(lines) if plain(x.text) in wanted and not is_menu(x)]
    if not found:
        return None
    end = first_heading(lines, found[0])
    return max((at for at in found if at < end), default=None)


def _draft(opening: Opening, parts: Parts) -> Draft:
    facts = opening.facts
    return Draft(
        title=opening.title,
        url="",
        dek=opening.dek,
        summary=paragraph(parts.get(Part.SUMMARY, [])),
        takeaways=points(parts.get(Part.TAKEAWAYS, [])),
        sentiment=mood(parts.get(Part.SENTIMENT, [])),
        positives=points(parts.get(Part.POSITIVES, [])),
        concerns=points(parts.get(Part.CONCERNS, [])),
        heat=facts.heat,
        reading_minutes=facts.minutes,
        source_domain=facts.domain,
        published_at=facts.published_at,
        related=named_stories(parts.get(Part.RELATED, [])),
    )


def _with_head(draft: Draft, head: Head, address: str) -> Draft:
    """Return `draft` with what the page says of itself where that is better or all there is."""
    told = {plain(draft.summary), plain(draft.title)}
    return replace(
        draft,
        title=draft.title or next(iter(head.titles), ""),
        url=head.url or address,
        dek=draft.dek or ("" if plain(head.description) in told else head.description),
        image_url=head.image_url,
        published_at=head.published_at or draft.published_at,
    )


def _original(lines: Sequence[Line]) -> str:
    """Return where "Read original article" leads, as a line or within one."""
    whole = [line.href for line in lines if part_of(line) is Part.ORIGINAL]
    spans = [span for line in lines for span in line.spans if span.href]
    within = [x.href for x in spans if HEADINGS.get(plain(x.text)) is Part.ORIGINAL]
    return next(filter(None, [*whole, *within]), "")


def _tags_above_related(lines: Sequence[Line]) -> tuple[str, ...]:
    above = next((at for at, x in enumerate(lines) if part_of(x) is Part.RELATED), len(lines))
    return tuple(tag for line in lines[:above] for tag in linked_tags(line))
