"""What stands above an article's first heading: menus, tags, title, dek, small facts."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from core.sources.facts import Facts, facts_of
from core.sources.links import tag_in
from core.sources.markup import Line, plain

_MENU = frozenset(
    {
        *("themata.ai", "themata", "home", "news", "search", "menu", "rss", "about", "about us"),
        *("privacy", "privacy policy", "cookies", "cookie policy", "terms", "contact", "imprint"),
        *("log in", "login", "sign in", "sign up", "subscribe", "newsletter", "skip to content"),
        *("privacy | cookies | contact", "privacy|cookies|contact"),
    }
)
_MENU_BEGINS = ("©", "ai is changing the world")
_MENU_ENDS = ("all rights reserved",)
_POPULAR = "popular tags"
_GLUED = re.compile(r"#?[^\W_][\w#-]*")


@dataclass(frozen=True, slots=True)
class Opening:
    """What stands above the first heading of a part; each may be missing."""

    title: str = ""
    dek: str = ""
    facts: Facts = field(default_factory=Facts)
    tags: tuple[str, ...] = ()
    """Those that are links."""
    glued: str = ""
    """The words of tags that are not."""


def read_opening(lines: Sequence[Line], title_at: int | None, description: str = "") -> Opening:
    """Return what `lines` say; the title stands at `title_at`, or where it is likeliest.

    A line that is the same as `description` is the dek.
    """
    at = _title_at(lines) if title_at is None else title_at
    if at is None:
        return Opening()
    near = [*lines[at + 1 :], *_just_above(lines, at)]
    tags = [line for line in near if _is_tags(line)]
    return Opening(
        lines[at].text,
        _dek(lines[at + 1 :], description),
        _facts(near),
        tuple(tag for line in tags for tag in linked_tags(line)),
        " ".join(span.text for line in tags for span in line.spans if not span.href),
    )


def is_menu(line: Line) -> bool:
    """Say whether `line` belongs to the site's menus or its footer."""
    text, words = line.text.lower(), plain(line.text)
    return words in _MENU or text.startswith(_MENU_BEGINS) or words.endswith(_MENU_ENDS)


def linked_tags(line: Line) -> Iterator[str]:
    """Yield the tags whose pages `line` links to."""
    yield from filter(None, (tag_in(span.href) for span in line.spans))


def without_popular_box(tree: LexborHTMLParser) -> LexborHTMLParser:
    """Return `tree` without the box of the site's popular tags, if it stands by itself."""
    for label in _labels(tree):
        box: LexborNode | None = label
        while box is not None and not _has_tag_links(box):
            box = box.parent
        if box is not None and not _has_article(box):
            box.decompose()
    return tree


def without_popular_tags(lines: Sequence[Line]) -> list[Line]:
    """Return `lines` without the site's popular tags and the words before them."""
    kept: list[Line] = []
    dropped: Line | None = None
    for line in lines:
        begins = plain(line.text).startswith(_POPULAR)
        goes_on = dropped is not None and _goes_on(dropped, line)
        dropped = line if begins or goes_on else None
        if dropped is None:
            kept.append(line)
    return kept


def _labels(tree: LexborHTMLParser) -> list[LexborNode]:
    """Return the parents of the words "Popular tags"."""
    root = tree.root
    texts = root.traverse(include_text=True) if root is not None else ()
    found = [node for node in texts if node.is_text_node and plain(_said(node)) == _POPULAR]
    return [node.parent for node in found if node.parent is not None]


def _said(node: LexborNode) -> str:
    return node.text_content or ""


def _has_tag_links(box: LexborNode) -> bool:
    return any(tag_in(link.attributes.get("href") or "") for link in box.css("a[href]"))


def _has_article(box: LexborNode) -> bool:
    return box.css_first("h1") is not None or "summary" in box.text().lower()


def _goes_on(dropped: Line, line: Line) -> bool:
    """Say whether the popular tags go on with `line` after the line `dropped`."""
    if plain(dropped.text).startswith(_POPULAR):
        # Tags beside the label are all there are.
        return not any(linked_tags(dropped)) and (_is_tags(line) or line.text.startswith("#"))
    one_each = len(list(linked_tags(dropped))) == 1
    same = line.text.startswith("#") == dropped.text.startswith("#")
    return _is_tags(line) and same and (one_each or line.text.startswith("#"))


def _is_tags(line: Line) -> bool:
    spans = [span for span in line.spans if plain(span.text)]
    return bool(spans) and all(tag_in(span.href) or _is_glued(span.text) for span in spans)


def _is_glued(text: str) -> bool:
    words = text.split()
    lower = all(_GLUED.fullmatch(word) and word == word.lower() for word in words)
    return lower and (len(words) == 1 or all(word.startswith("#") for word in words))


def _title_at(lines: Sequence[Line]) -> int | None:
    """Return where the title stands: after the tags, or before the dek, below the menus."""
    menus = [at for at, line in enumerate(lines) if is_menu(line)]
    below = range(menus[-1] + 1 if menus else 0, len(lines))
    words = [at for at in below if facts_of(lines[at]) is None]
    told = [at for at in words if not _is_tags(lines[at])]
    if not told:
        return words[-1] if words else None
    tagged = [at for at in words if _is_tags(lines[at]) and at < told[-1]]
    if tagged:
        return next(at for at in told if at > tagged[-1])
    return told[-2] if len(told) > 1 else told[0]


def _just_above(lines: Sequence[Line], at: int) -> list[Line]:
    """Return the tags and facts that stand right above the title."""
    above = at
    while above and _is_small(lines[above - 1]):
        above -= 1
    return list(lines[above:at])


def _is_small(line: Line) -> bool:
    return not is_menu(line) and (_is_tags(line) or facts_of(line) is not None)


def _dek(lines: Sequence[Line], description: str) -> str:
    told = [line.text for line in lines if not (is_menu(line) or _is_small(line))]
    same = [text for text in told if plain(text) == plain(description)]
    return next(iter([*same, *told]), "")


def _facts(lines: Sequence[Line]) -> Facts:
    total = Facts()
    for line in lines:
        total |= (None if is_menu(line) else facts_of(line)) or Facts()
    return total
