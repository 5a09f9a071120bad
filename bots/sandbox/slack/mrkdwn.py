"""Whom a text of Slack's markup pings, and where it leads."""

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

_TOKEN = re.compile(r"<([^<>\n]+)>")
_URL = re.compile(
    r"(?:https?://|www\.)[^\s<>|]+"
    r"|(?<![\w@./-])(?:[a-z0-9-]+\.)+(?:com|org|net|io|ai|dev|co|app|gg|me|info|edu|gov|uk|de)"
    r"(?:/[^\s<>|]*)?(?![\w-])",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<![\w@])@(channel|here|everyone)\b")
_PERSON = re.compile(r"@[UW][A-Z0-9]+")
_BARE_SIGN = re.compile(r"&(?!(?:amp|lt|gt);)|<([^<>\n]+)>|[<>]")
_EVERYONE = frozenset({"!channel", "!here", "!everyone", "!group"})
_TARGET = re.compile(r"[a-z][a-z0-9+.-]*:.+|(?:[\w-]+\.)+[a-z]{2,}(?:/.*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Link:
    """Where a reader can go from a message, and the words that lead there."""

    url: str
    text: str


def normal(text: str) -> str:
    """Return `text` as Slack stores it: signs that are no markup and no entity are escaped."""
    return _BARE_SIGN.sub(_escaped, text) if _BARE_SIGN.search(text) else text


def pings(text: str, *, bare: bool = False) -> list[str]:
    """Return whom `text` pings; `bare` names as `@channel` count when Slack was asked for it."""
    found = [ping for token in _TOKEN.findall(text) if (ping := _ping(token))]
    if bare:
        found += [f"<!{name}>" for name in _NAME.findall(_TOKEN.sub(" ", text))]
    return found


def links(text: str, *, bare: bool = True) -> list[Link]:
    """Return the links of `text`; `bare` addresses become links unless Slack was told not to."""
    found = [link for token in _TOKEN.findall(text) if (link := _link(token))]
    if bare:
        rest = html.unescape(_TOKEN.sub(" ", text))
        found += [Link(url, url) for url in _URL.findall(rest)]
    return found


def block_pings(blocks: Sequence[dict[str, Any]], *, bare: bool = False) -> Iterator[str]:
    """Yield whom the blocks ping, in the form of Slack's markup."""
    for part in _parts(blocks):
        match part:
            case {"type": "mrkdwn", "text": str(text)}:
                yield from pings(text, bare=bare)
            case {"type": "user", "user_id": person}:
                yield f"<@{person}>"
            case {"type": "usergroup", "usergroup_id": group}:
                yield f"<!subteam^{group}>"
            case {"type": "broadcast", "range": who}:
                yield f"<!{who}>"
            case _:
                pass


def block_links(blocks: Sequence[dict[str, Any]]) -> Iterator[Link]:
    """Yield where the blocks lead: links in their texts, and buttons that open a page."""
    for part in _parts(blocks):
        match part:
            case {"type": "mrkdwn", "text": str(text)}:
                yield from links(text, bare=not part.get("verbatim"))
            case {"type": "link", "url": url}:
                yield Link(url, part.get("text", url))
            case {"type": "date", "url": url}:
                yield Link(url, part.get("fallback", url))
            case {"url": str(url), "text": {"text": label}}:
                yield Link(url, label)
            case _:
                pass


def _parts(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _parts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _parts(inner)


def _escaped(sign: re.Match[str]) -> str:
    token = sign[1]
    if token and (token[0] in "@#!" or _link(token)):
        return sign[0]
    return html.escape(sign[0], quote=False)


def _ping(token: str) -> str:
    target = token.partition("|")[0]
    if _PERSON.fullmatch(target) or target in _EVERYONE or target.startswith("!subteam^"):
        return f"<{target}>"
    return ""


def _link(token: str) -> Link | None:
    target, _, label = token.partition("|")
    if token.startswith("!date^"):
        target = (target.split("^") + [""] * 3)[3]
    if token.startswith(("@", "#")) or not _TARGET.fullmatch(target):
        return None
    return Link(html.unescape(target), html.unescape(label or target))
