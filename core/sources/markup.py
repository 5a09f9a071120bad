"""Pages as lines of words, whether they came as HTML or as text."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from core.sources.dates import read_date
from core.text import clean

_BLOCKS = frozenset(
    {
        *("address", "article", "aside", "blockquote", "body", "br", "button", "caption"),
        *("center", "dd", "details", "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption"),
        *("figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup"),
        *("hr", "html", "li", "main", "menu", "nav", "ol", "option", "p", "pre", "section"),
        *("summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"),
    }
)
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_UNREAD = frozenset(
    {
        *("head", "script", "style", "noscript", "template", "svg", "math", "iframe", "object"),
        *("select", "textarea", "nav", "-comment"),
    }
)
_BULLET = re.compile(r"^\s*[•‣◦▪●*\u2013-]\s+|^\s*[•‣◦▪●]\s*")
_DECLARED = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?([\w.:-]{2,30})", re.ASCII)
_DECLARED_WITHIN = 1024
_MARKS_OF_ORDER = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Span:
    """Some words of a line, and where they lead if they are a link."""

    text: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """What a reader sees as one line."""

    text: str
    """All its words, plain."""
    spans: tuple[Span, ...]
    bullet: bool = False
    """Begins a point of a list."""
    continues: bool = False
    """Belongs to the point before it."""
    heading: bool = False
    """Is marked as a heading."""

    @property
    def href(self) -> str:
        """Where its first link leads, or ""."""
        return next((span.href for span in self.spans if span.href), "")


def decoded(body: bytes) -> str:
    """Return the text of `body`: by its byte order mark, as UTF-8, or as it declares."""
    for mark, encoding in _MARKS_OF_ORDER:
        if body.startswith(mark):
            return body.decode(encoding, "replace")
    try:
        return body.decode()
    except UnicodeDecodeError:
        return _as_declared(body)


def text_lines(text: str) -> list[Line]:
    """Return the lines of a page that was saved as text."""
    lines = (_text_line(raw) for raw in text.splitlines())
    return [line for line in lines if line.text]


def html_lines(tree: LexborHTMLParser, breaks: frozenset[str]) -> list[Line]:
    """Return the lines that a browser would show of `tree`, without menus.

    An element whose whole text is one of `breaks` is a line of its own, whatever its kind.
    """
    lines = _Lines(breaks)
    for entered, node in _walk(tree.root):
        if entered:
            lines.enter(node)
        else:
            lines.leave(node)
    lines.end()
    return lines.done


def words_of(html: str) -> str:
    """Return the words of a piece of HTML as one plain line."""
    if "<" not in html and "&" not in html:
        return clean(html)
    lines = html_lines(LexborHTMLParser(f"<body>{html}"), frozenset())
    return " ".join(line.text for line in lines)


def plain(text: str) -> str:
    """Return `text` in small letters without signs at its ends, to compare it by."""
    return re.sub(r"^[\W_]+|[\W_]+$", "", text).lower()


def _as_declared(body: bytes) -> str:
    named = _DECLARED.search(body[:_DECLARED_WITHIN])
    try:
        return body.decode(named[1].decode() if named else "cp1252", "replace")
    except (LookupError, UnicodeError):
        return body.decode("cp1252", "replace")


def _text_line(raw: str) -> Line:
    words = _BULLET.sub("", raw)
    bullet = words != raw
    continues = not bullet and raw.startswith(("  ", "\t"))
    return Line(clean(words), (Span(words),), bullet=bullet, continues=continues)


def _walk(root: LexborNode | None) -> Iterator[tuple[bool, LexborNode]]:
    """Yield every read node when it begins (True) and when it ends, in the page's order."""
    stack = [(True, root)] if root is not None else []
    while stack:
        entered, node = stack.pop()
        yield entered, node
        if entered and not _is_unread(node):
            stack.append((False, node))
            children = list(node.iter(include_text=True))
            stack.extend((True, child) for child in reversed(children))


def _is_unread(node: LexborNode) -> bool:
    if node.is_text_node:
        return True
    is_footer = node.tag == "footer" and not _is_within(node, ("article", "main"))
    return node.tag in _UNREAD or is_footer or "hidden" in node.attributes or _time(node) != ""


def _is_within(node: LexborNode, tags: tuple[str, ...]) -> bool:
    above = node.parent
    while above is not None and above.tag not in tags:
        above = above.parent
    return above is not None


def _time(node: LexborNode) -> str:
    """Return the time that a `time` element gives for machines, if it can be read."""
    given = (node.attributes.get("datetime") or "") if node.tag == "time" else ""
    return given if read_date(given) else ""


@dataclass(slots=True)
class _Lines:
    """Collects words into lines while a page is walked through."""

    breaks: frozenset[str]
    done: list[Line] = field(default_factory=list)
    _spans: list[Span] = field(default_factory=list)
    _hrefs: list[str] = field(default_factory=list)
    _headings: int = 0
    _points: int = 0
    _at_point: bool = False

    def enter(self, node: LexborNode) -> None:
        """Take in a node that begins."""
        if node.is_text_node or _time(node):
            self._say(_time(node) or node.text_content or "")
        elif not _is_unread(node):
            self._open(node)

    def leave(self, node: LexborNode) -> None:
        """Take in that a node ends."""
        if _breaks(node, self.breaks):
            self.end()
        if node.tag == "a":
            self._hrefs.pop()
        self._headings -= node.tag in _HEADINGS
        self._points -= node.tag == "li"
        self._at_point = self._at_point and node.tag != "li"

    def end(self) -> None:
        """End the line that is being collected, if there is one."""
        spans, self._spans = self._spans, []
        words = clean("".join(span.text for span in spans))
        if not words:
            return
        if not _BULLET.sub("", f"{words} ").strip():
            # The sign of a point stands in a box of its own before its words.
            self._at_point = True
            return
        self.done.append(self._placed(words, spans))
        self._at_point = False

    def _say(self, text: str) -> None:
        self._spans.append(Span(text, self._hrefs[-1] if self._hrefs else ""))

    def _open(self, node: LexborNode) -> None:
        if _breaks(node, self.breaks):
            self.end()
        if node.tag == "a":
            self._hrefs.append(node.attributes.get("href") or "")
        self._headings += node.tag in _HEADINGS
        self._points += node.tag == "li"
        self._at_point = self._at_point or node.tag == "li"

    def _placed(self, words: str, spans: list[Span]) -> Line:
        text = _BULLET.sub("", words)
        bullet = self._at_point or text != words
        return Line(
            text,
            tuple(spans),
            bullet=bullet,
            continues=self._points > 0 and not bullet,
            heading=self._headings > 0,
        )


def _breaks(node: LexborNode, words: frozenset[str]) -> bool:
    tag = node.tag or ""
    if tag in _BLOCKS or "-" in tag:
        return True
    return plain(node.text()) in words and not _is_amid_text(node)


def _is_amid_text(node: LexborNode) -> bool:
    """Say whether `node` is some words of a sentence: "Some <b>concerns</b> remain"."""
    before, after = node.prev, node.next
    if before is not None and before.is_text_node and (before.text_content or "").strip():
        return True
    follows = (after.text_content or "").lstrip() if after and after.is_text_node else ""
    return follows[:1].islower()
