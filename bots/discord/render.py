"""A message as Discord shows it: one container of Components V2."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import assert_never

from bots.discord import images
from bots.discord.asking import asking, select, select_role
from bots.discord.budget import Rank, Row, shared
from bots.discord.buttons import custom_id
from bots.discord.components import MOST, SEPARATOR, Json, Kind, fewer, text_display, tidy
from bots.discord.links import BUTTON_MOST, safe_url
from bots.discord.markdown import date, fitted, is_id, plain
from bots.discord.marks import Mark
from bots.discord.rest import File
from core.messages import (
    AskButton,
    Button,
    Buttons,
    Choices,
    Document,
    Fact,
    GroupChoice,
    Heading,
    Image,
    Line,
    Lines,
    LinkButton,
    Mention,
    Message,
    Note,
    Part,
    Picture,
    Place,
    Points,
    Story,
    Text,
    WordsButton,
    isolated,
)
from core.text import clean

ACCENT = 0x5B5BD6
_COMPONENTS_V2 = 1 << 15
_EPHEMERAL = 1 << 6
_OPENING = b'{"flags":%d,"components":[{' % _COMPONENTS_V2  # of every body
_MOST_BUTTONS = 5  # in a row
_SECONDARY, _LINK = 2, 5  # styles of buttons

_TITLE_MOST = 300
_TEXT_MOST = 2000
_POINT_MOST = 600
_FACT_MOST = 100
_FACTS_MOST = 500
_TAGS_MOST = 300
_LABEL_MOST = 80
_MOST_FILES = 10
_PLAIN = "text/plain; charset=utf-8"

_NOBODY: Json = {"parse": []}

# In the words of a link square brackets would end it, even escaped ones.
_NO_BRACKETS = str.maketrans("[]", "()")
# A tilde at the end of words that are struck through would shift where that ends.
_NO_TILDES = str.maketrans("~", "\u223c")
_STRIKE = "~~"


@dataclass(frozen=True, slots=True)
class _Texts:
    """Rows of one text display, with a picture beside them. `named`: the first names the rest."""

    rows: tuple[Row, ...]
    image: Image | None = None
    named: bool = False


_Block = _Texts | Json
"""Texts, whose words still have to share the room, or a component that is ready."""


def payload(message: Message) -> Json:
    """Return the body that shows `message`: never over 40 components and 4,000 characters.

    Text that does not fit is cut in the order of `Rank`; then pictures and the last buttons go.
    Pictures of our own are left out, and texts to be kept are shown: see `with_files`.
    """
    shown = Message(tuple(part for part in message.parts if not isinstance(part, Picture)))
    return _in_container(_components(shown), _allowed(message))


def with_files(message: Message) -> tuple[bytes, tuple[File, ...]]:
    """Return the body that shows `message` with its files, and those to be sent with it."""
    pictures = [part for part in message.parts if isinstance(part, Picture)][:_MOST_FILES]
    files = [File(images.file_name(at), it.png) for at, it in enumerate(pictures, 1)]
    about = [{"description": plain(it.alt, images.ALT_MOST)} for it in pictures]
    documents = [part for part in message.parts if isinstance(part, Document)]
    files += [File(it.name, it.content.encode(), _PLAIN) for it in documents]
    about += [{} for _ in documents]
    told = ({"id": at, "filename": files[at].name, **it} for at, it in enumerate(about))
    shown = Message(tuple(part for part in message.parts if not isinstance(part, Document)))
    below = [{"type": Kind.FILE, "file": {"url": f"attachment://{it.name}"}} for it in documents]
    drawn = fewer(_components(shown), MOST - 1 - len(below)) + below
    body = _in_container(drawn, _allowed(message))
    return _written({**body, "attachments": list(told)} if files else body), tuple(files)


def _in_container(components: list[Json], allowed: Json) -> Json:
    container = {"type": Kind.CONTAINER, "accent_color": ACCENT, "components": components}
    return {
        "flags": _COMPONENTS_V2,
        "components": [container],
        # Untrusted text is escaped; this holds even if it were not.
        "allowed_mentions": allowed,
    }


def _allowed(message: Message) -> Json:
    """Return whom `message` notifies: those whom its own lines mention, whatever else it says."""
    lines = [part for part in message.parts if isinstance(part, Mention) and part.pings]
    named: dict[str, list[str]] = {"roles": [], "users": []}
    for line in lines:
        named["users" if line.are_people else "roles"] += filter(is_id, line.ids)
    return _NOBODY | {kind: list(dict.fromkeys(ids)) for kind, ids in named.items() if ids}


def encoded(message: Message) -> bytes:
    """Return `payload(message)` as it is sent."""
    return _written(payload(message))


def encoded_for_one(message: Message) -> bytes:
    """Return `payload(message)` as a further answer that only who asked will see."""
    return _written({**payload(message), "flags": _COMPONENTS_V2 | _EPHEMERAL})


def _written(body: Json) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


@lru_cache(maxsize=256)
def as_body(message: Message) -> bytes:
    """Return `encoded(message)`, worked out once for all channels that get the same post."""
    return encoded(message)


@lru_cache(maxsize=64)
def as_plain_body(message: Message) -> bytes:
    """Return a body that says only what `message` is about: titles, sources and addresses.

    It is small, and has neither pictures nor buttons that could be the reason for a refusal.
    """
    texts = [text for text in shared(list(_plain_rows(message))) if text]
    shown = text_display("\n".join(texts) or "\u2026")
    return _written(_in_container([shown], _allowed(message)))


def marked(body: bytes, mark: Mark) -> bytes:
    """Return `body`, which many posts share, with what one of them is known by."""
    # Bytes are spliced, because a post to thousands of channels is not worth parsing in each.
    return b'{"nonce":"%b","enforce_nonce":true,%b"id":%d,%b' % (
        mark.nonce.encode(),
        _OPENING[1:],
        mark.marker,
        body[len(_OPENING) :],
    )


def _plain_rows(message: Message) -> Iterator[Row]:  # noqa: C901 (a case for each part)
    for part in message.parts:
        match part:
            case Heading(text) | Text(text):
                yield Row(Rank.TITLE, text, _TITLE_MOST)
            case Story(title, text, facts, struck=True):
                yield from (_struck(title), Row(Rank.TEXT, text, _TEXT_MOST), _small(facts))
            case Story(title, _, facts):
                yield Row(Rank.TITLE, title, _TITLE_MOST)
                yield _small(facts)
            case Lines(heading=heading):
                yield Row(Rank.TITLE, heading or "", _TITLE_MOST)
                yield from _lines(part)
            case Place(channel, facts):
                yield _place(channel, facts)
            case Mention():
                yield _mention(part)
            case Buttons(buttons):
                yield from filter(None, map(_address, buttons))
            case Note() | Points() | Picture() | Document() | Choices() | GroupChoice():
                pass
            case _:
                assert_never(part)


def _components(message: Message) -> list[Json]:
    blocks = list(_blocks(message))
    drawn = iter(shared([row for b in blocks if isinstance(b, _Texts) for row in b.rows]))
    components: list[Json] = []
    for block in blocks:
        match block:
            case _Texts(rows):
                components += _text_component(block, list(islice(drawn, len(rows))))
            case _:
                components.append(block)
    return fewer(tidy(components), MOST - 1) or [text_display("\u2026")]


def _blocks(message: Message) -> Iterator[_Block]:
    told, pictures = False, 0
    for part in message.parts:
        pictures += isinstance(part, Picture)
        if pictures > _MOST_FILES and isinstance(part, Picture):
            continue
        if told and isinstance(part, Heading | Story | Lines):
            yield SEPARATOR
            told = False
        told = told or isinstance(part, Story | Points | Lines)
        yield from _of_part(part, pictures)


def _of_part(part: Part, number: int) -> Iterator[_Block]:  # noqa: C901, PLR0912 (a case for each part)
    match part:
        case Heading(text):
            yield _Texts((Row(Rank.TITLE, text, _TITLE_MOST, "### "),))
        case Text(text):
            yield _Texts((Row(Rank.TEXT, text, _TEXT_MOST),))
        case Note(facts):
            # Our own words: a command to be typed is of no use if it is cut.
            yield _Texts((_small(facts, each=_FACTS_MOST),))
        case Points(heading, points):
            listed = (Row(Rank.POINT, point, _POINT_MOST, "- ") for point in points)
            yield _Texts((_bold(Rank.POINT, heading), *listed), named=True)
        case Story(image=image):
            yield _Texts(tuple(_story(part)), image)
        case Lines(heading=heading):
            yield _Texts((_bold(Rank.LINE, heading or ""), *_lines(part)), named=True)
        case Place(channel, facts):
            yield _Texts((_place(channel, facts),))
        case Mention():
            yield _Texts((_mention(part),))
        case Picture(alt=alt):
            yield images.gallery(alt, number)
        case Document(content=content):
            yield _Texts(tuple(Row(Rank.TEXT, it, _TEXT_MOST) for it in content.splitlines()))
        case Buttons(buttons):
            yield from _rows_of_buttons(buttons)
        case Choices():
            yield from _named(part.name, select(part))
        case GroupChoice():
            yield from _named(part.name, select_role(part))
        case _:
            assert_never(part)


def _bold(rank: Rank, text: str) -> Row:
    return Row(rank, text, _TITLE_MOST, "**", "**")


def _struck(title: str) -> Row:
    return Row(Rank.TITLE, title.translate(_NO_TILDES), _TITLE_MOST, f"**{_STRIKE}", f"{_STRIKE}**")


def _small(facts: Sequence[Fact], tags: Sequence[str] = (), *, each: int = _FACT_MOST) -> Row:
    words = (_facts(facts, each), _joined(" ", tags, _TAGS_MOST, "#"))
    shown = " · ".join(word for word in words if word)
    return Row(Rank.FACTS, None, before=f"-# {shown}" if shown else "")


def _story(story: Story) -> Iterator[Row]:
    yield _struck(story.title) if story.struck else _bold(Rank.TITLE, story.title)
    yield Row(Rank.TEXT, story.text, _TEXT_MOST)
    yield _small(story.facts, story.tags)


def _facts(facts: Sequence[Fact], each: int = _FACT_MOST) -> str:
    return _joined(" · ", facts, _FACTS_MOST, each=each)


def _joined(
    between: str, facts: Iterable[Fact], most: int, sign: str = "", *, each: int = _FACT_MOST
) -> str:
    """Return the markdown of the facts on one line; those too many for it are left out."""
    words = ""
    for fact in facts:
        shown = _signed(sign, fitted(fact, each)) if isinstance(fact, str) else date(fact)
        longer = f"{words}{between if words else ''}{shown}" if shown else words
        if len(longer) > most:
            break
        words = longer
    return words


def _signed(sign: str, words: str) -> str:
    return isolated(f"{sign}{words}") if words else ""


def _place(channel: str, facts: Sequence[Fact]) -> Row:
    shown = f"<#{channel}>" if is_id(channel) else ""
    words = " · ".join(word for word in (shown, _facts(facts)) if word)
    return Row(Rank.TITLE, None, before=words)


def _mention(line: Mention) -> Row:
    words = fitted(line.words, _TITLE_MOST)
    sign = "@" if line.are_people else "@&"
    names = [f"<{sign}{named}>" for named in line.ids if is_id(named)]
    return Row(Rank.TITLE, None, before=" ".join(filter(None, (words, *names))) if names else "")


def _lines(told: Lines) -> Iterator[Row]:
    is_counted = told.first is not None or len(told.lines) > 1
    for number, line in enumerate(told.lines, told.first or 1):
        yield _line(line, f"{number}. " if is_counted else "")


def _line(line: Line, start: str) -> Row:
    facts = _facts(line.facts)
    after = f" · {facts}" if facts else ""
    strike = _STRIKE if line.struck else ""
    told = clean(line.title).translate(_NO_TILDES if line.struck else {})
    match told, safe_url(line.url or ""):
        case "", None:
            return Row(Rank.LINE, None, before=f"{start}{facts}" if facts else "")
        case "", url:
            return Row(Rank.LINE, None, before=f"{start}<{url}>{after}")
        case title, None:
            before, behind = f"{start}{strike}", f"{strike}{after}"
            return Row(Rank.LINE, title, _TITLE_MOST, before, behind)
        case title, url:
            words = title.translate(_NO_BRACKETS)
            before, behind = f"{start}[{strike}", f"{strike}]({url}){after}"
            return Row(Rank.LINE, words, _TITLE_MOST, before, behind)


def _rows_of_buttons(buttons: Sequence[Button]) -> Iterator[_Block]:
    drawn = [button for button in map(_button, buttons) if button]
    for at in range(0, len(drawn), _MOST_BUTTONS):
        yield {"type": Kind.ACTION_ROW, "components": drawn[at : at + _MOST_BUTTONS]}
    yield _Texts(tuple(row for row in map(_address_row, buttons) if row))


def _named(name: str, drawn: Json | None) -> Iterator[_Block]:
    if drawn:
        yield _Texts((Row(Rank.FACTS, name, _TITLE_MOST, "-# "),))
        yield drawn


def _button(button: Button) -> Json | None:
    label = plain(button.label, _LABEL_MOST)
    match button:
        case LinkButton(url=url):
            leads = {"style": _LINK, "url": safe_url(url, BUTTON_MOST)}
        case WordsButton(words=words):
            leads = {"style": _SECONDARY, "custom_id": custom_id(words)}
        case AskButton():
            leads = {"style": _SECONDARY, "custom_id": asking(button)}
        case _:
            assert_never(button)
    drawn = label and None not in leads.values()
    return {"type": Kind.BUTTON, "label": label, **leads} if drawn else None


def _address_row(button: Button) -> Row | None:
    """Return the address of a button in words if the button cannot be drawn."""
    return None if _button(button) else _address(button)


def _address(button: Button) -> Row | None:
    if not isinstance(button, LinkButton) or not (url := safe_url(button.url)):
        return None
    return Row(Rank.TITLE, plain(button.label, _LABEL_MOST), after=f" <{url}>")


def _text_component(block: _Texts, drawn: list[str]) -> list[Json]:
    kept = [text for text in drawn if text]
    if not kept or (block.named and kept == drawn[:1]):
        return []
    display = text_display("\n".join(kept))
    picture = images.thumbnail(block.image) if block.image else None
    return (
        [{"type": Kind.SECTION, "components": [display], "accessory": picture}]
        if picture
        else [display]
    )
