"""A message as Slack's Block Kit, with a text that says it all to who cannot see the blocks.

Slack has no escape for `*`, `_`, backticks and `:emoji:` in its markup, so words from outside stand
only where nothing is parsed: in `plain_text` objects and in the elements of `rich_text`.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TypedDict, assert_never

from bots.slack import mentions, rich_text
from bots.slack.asking import ASK, Element, asking, select, select_group
from bots.slack.harmless import harmless
from bots.slack.markup import date_form, moment
from bots.slack.rich_text import Block
from bots.slack.spoken import spoken
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
    facts_as_text,
    isolated,
    tags_as_text,
)
from core.seals import LONGER
from core.text import clip

WORDS = "words:"
"""How the action id of a button begins whose value is a command in words."""
OPEN = "open:"
"""How the action id of a button begins that only opens a page."""

MOST_BLOCKS = 50
# Slack refuses a message at about 13,200 characters and does not say what it counts.
MOST_CHARACTERS = 11_500
_MOST_OF_HEADER = 150
_MOST_OF_TITLE = 300
_MOST_OF_PARAGRAPH = 3000
_MOST_OF_FACTS = 500
_MOST_OF_LABEL = 75
_MOST_OF_ALT = 2000
_MOST_OF_VALUE = 2000 - LONGER
_MOST_FACTS = 10
_CHANNEL = re.compile("[CG][A-Z0-9]{1,20}")
_BOLD = {"bold": True}
_STRUCK = {"strike": True}


class Payload(TypedDict):
    """The two fields of a Slack message that show it. One value serves many posts: only read it."""

    text: str
    blocks: list[Block]


@lru_cache(maxsize=256)
def as_payload(message: Message) -> Payload:
    """Return `message` as Slack shows it, always within Slack's limits.

    Where there is too much, buttons are kept, then what stands first.
    """
    safe = harmless(message)
    return {"text": spoken(safe), "blocks": _blocks(safe.parts)}


def as_blocks(message: Message, most: int) -> list[Block]:
    """Return `message` as at most `most` blocks, for where Slack shows no message."""
    return _blocks(harmless(message).parts, most)


def as_smaller_payload(message: Message) -> Payload:
    """Return what is tried when Slack refuses `message`: titles, links and facts in one section."""
    safe = harmless(message)
    parts, room = safe.parts, _Room(_MOST_OF_PARAGRAPH)
    lines = [
        line
        for part, page in zip(parts, _pages(parts), strict=True)
        for line in _briefly(part, page, room)
        if line
    ]
    gaps = [rich_text.words("\n") if number else [] for number in range(len(lines))]
    elements = [element for gap, line in zip(gaps, lines, strict=True) for element in gap + line]
    text = clip("".join(_shown(element) for element in elements), _MOST_OF_PARAGRAPH)
    return {"text": spoken(safe, text), "blocks": rich_text.rich(rich_text.section(elements))}


class _Room:
    """The characters that a message still has room for."""

    def __init__(self, most: int = MOST_CHARACTERS) -> None:
        self._left = most

    def take(self, text: str, most: int = _MOST_OF_PARAGRAPH) -> str:
        """Return as much of `text` as there is room for."""
        most = min(most, self._left)
        kept = clip(text, most) if most > 0 else ""
        self._left -= len(kept)
        return kept

    def has(self, text: str, most: int) -> bool:
        """Take all of `text` if there is room for it, and say so."""
        fits = len(text) <= min(most, self._left)
        self._left -= len(text) if fits else 0
        return fits


def _blocks(parts: tuple[Part, ...], most: int = MOST_BLOCKS) -> list[Block]:
    room = _Room()
    rows = [_pressed_or_chosen(part, room) for part in parts]
    pages = _pages(parts)
    drawn = zip(parts, rows, pages, strict=True)
    return [block for part, row, page in drawn for block in row or _drawn(part, page, room)][:most]


def _pressed_or_chosen(part: Part, room: _Room) -> list[Block]:
    match part:
        case Buttons(buttons):
            return _row(buttons, room)
        case Choices():
            return _choices(part, room)
        case GroupChoice(name):
            return _named(room.take(name, _MOST_OF_LABEL), select_group(part))
        case _:
            return []


def _pages(parts: tuple[Part, ...]) -> list[str | None]:
    """Return, for each part, the page that the first link button after it opens.

    A story's title leads where its own Read button leads: never further than the next story.
    """
    pages: list[str | None] = []
    page: str | None = None
    for part in reversed(parts):
        links = part.buttons if isinstance(part, Buttons) else ()
        page = next((button.url for button in links if isinstance(button, LinkButton)), page)
        pages.append(page)
        page = None if isinstance(part, Story) else page
    return pages[::-1]


def _drawn(  # noqa: C901, PLR0911, PLR0912 (a case for each part)
    part: Part, page: str | None, room: _Room
) -> Iterable[Block]:
    match part:
        case Heading(text):
            return _header(room.take(text, _MOST_OF_HEADER))
        case Text(text):
            return rich_text.rich(rich_text.section(rich_text.words(room.take(text))))
        case Note(facts):
            return _context(facts, room)
        case Points(heading, points):
            return _points(heading, points, room)
        case Story():
            return _story(part, page, room)
        case Lines():
            return _lines(part, room)
        case Place(channel, facts):
            return rich_text.rich(rich_text.section(_place(channel, facts, room)))
        case Mention():
            return rich_text.rich(rich_text.section(_mention(part, room)))
        case Document(content=content):
            return _document(content, room)
        case Buttons() | Choices() | GroupChoice() | Picture():
            return ()
        case _:
            assert_never(part)


def _briefly(part: Part, page: str | None, room: _Room) -> Iterator[list[Block]]:
    """Return the lines that are left of a part where only titles, links and facts are shown."""
    match part:
        case Heading(text) | Text(text):
            yield rich_text.words(room.take(text))
        case Note(facts):
            yield rich_text.words(room.take(facts_as_text(facts), _MOST_OF_FACTS))
        case Story():
            yield _title(part.title, page, room, _style_of(part))
            # Why it is struck: else it would look like a mistake.
            yield rich_text.words(room.take(part.text)) if part.struck else []
            yield rich_text.words(room.take(facts_as_text(part.facts), _MOST_OF_FACTS))
        case Lines(heading=heading):
            yield rich_text.words(room.take(heading or "", _MOST_OF_TITLE))
            yield from (
                rich_text.words(room.take(n)) + _line(line, room) for n, line in part.counted()
            )
        case Place(channel, facts):
            yield _place(channel, facts, room)
        case Mention():
            yield _mention(part, room)
        case Points() | Buttons() | Picture() | Document() | Choices() | GroupChoice():
            return
        case _:
            assert_never(part)


def _shown(element: Block) -> str:
    """Return the words of an element of rich text, with the address that it leads to."""
    words = str(element.get("text") or element.get("fallback") or "")
    return f"{words} {element['url']}" if "url" in element else words


def _header(text: str) -> list[Block]:
    return [{"type": "header", "text": rich_text.plain(text)}] if text else []


def _style_of(story: Story) -> rich_text.Style:
    return {**_BOLD, **_STRUCK} if story.struck else _BOLD


def _story(story: Story, page: str | None, room: _Room) -> Iterator[Block]:
    title = _title(story.title, page, room, _style_of(story))
    text = room.take(story.text)
    if story.image and text:
        # Rich text holds no picture, so it stands beside the text; without text, it stays away.
        yield from rich_text.rich(rich_text.section(title))
        yield {
            "type": "section",
            "text": rich_text.plain(isolated(text)),
            "accessory": _picture(story.image, room),
        }
    else:
        gap = rich_text.words("\n") if title and text else []
        yield from rich_text.rich(rich_text.section(title + gap + rich_text.words(text)))
    tags = tags_as_text(story.tags)
    yield from _context((*story.facts, *([tags] if tags else [])), room)


def _points(heading: str, points: tuple[str, ...], room: _Room) -> list[Block]:
    name = rich_text.words(room.take(heading, _MOST_OF_TITLE), _BOLD)
    return rich_text.rich(
        rich_text.section(name),
        rich_text.listed(rich_text.words(room.take(point)) for point in points),
    )


def _lines(told: Lines, room: _Room) -> list[Block]:
    if len(told.lines) == 1 and not told.heading and told.first is None:
        return rich_text.rich(rich_text.section(_line(told.lines[0], room)))
    name = rich_text.words(room.take(told.heading or "", _MOST_OF_TITLE), _BOLD)
    listed = rich_text.listed((_line(line, room) for line in told.lines), told.first)
    return rich_text.rich(rich_text.section(name), listed)


def _document(content: str, room: _Room) -> list[Block]:
    shown = room.take(content, MOST_CHARACTERS)
    kept: list[Block] = [{"type": "rich_text_preformatted", "elements": rich_text.words(shown)}]
    return rich_text.rich(kept) if shown else []


def _place(channel: str, facts: tuple[Fact, ...], room: _Room) -> list[Block]:
    shown: list[Block] = []
    if _CHANNEL.fullmatch(channel) and room.has(channel, len(channel)):
        shown = [{"type": "channel", "channel_id": channel}]
    return shown + [element for fact in facts for element in _fact(fact, room)]


def _mention(line: Mention, room: _Room) -> list[Block]:
    named = [one for one in mentions.named(line) if room.has(one, len(one))]
    words = rich_text.words(room.take(line.words, _MOST_OF_TITLE)) if named else []
    kind = "user" if line.are_people else "usergroup"
    shown: list[Block] = [{"type": kind, f"{kind}_id": one} for one in named]
    spaced = [block for one in shown for block in (*rich_text.words(" "), one)]
    return words + spaced[0 if words else 1 :]


def _line(line: Line, room: _Room) -> list[Block]:
    style = _STRUCK if line.struck else rich_text.AS_IT_IS
    title = _title(line.title or line.url or "", line.url, room, style)
    facts = [element for fact in line.facts for element in _fact(fact, room)]
    return title + facts


def _fact(fact: Fact, room: _Room) -> list[Block]:
    """Return one fact behind a title, with the dot that parts it from what stands before."""
    words = room.take(facts_as_text((fact,)), _MOST_OF_FACTS)
    if isinstance(fact, str) or not words or moment(fact).timestamp() < 0:
        return rich_text.words(f" \u00b7 {words}") if words else []
    date: Block = {
        "type": "date",
        "timestamp": int(moment(fact).timestamp()),
        "format": date_form(fact),
        "fallback": words,
    }
    return [*rich_text.words(" \u00b7 "), date]


def _context(facts: tuple[Fact, ...], room: _Room) -> list[Block]:
    elements = list(_context_elements(facts, room))
    if len(elements) > _MOST_FACTS:
        elements = [rich_text.plain(clip(facts_as_text(facts), _MOST_OF_FACTS))]
    return [{"type": "context", "elements": elements}] if elements else []


def _context_elements(facts: tuple[Fact, ...], room: _Room) -> Iterator[Block]:
    dot = ""
    for run in _runs(facts):
        words = room.take(facts_as_text(run), _MOST_OF_FACTS)
        if words:
            yield _small(run, dot, words)
            dot = "\u00b7 "


def _runs(facts: tuple[Fact, ...]) -> Iterator[tuple[Fact, ...]]:
    """Return `facts` in as few groups as can be drawn: a date stands alone."""
    words: tuple[Fact, ...] = ()
    for fact in facts:
        if not isinstance(fact, str):
            yield words
            yield (fact,)
            words = ()
        else:
            words = (*words, fact)
    yield words


def _small(run: tuple[Fact, ...], dot: str, words: str) -> Block:
    fact = run[0]
    if isinstance(fact, str) or moment(fact).timestamp() < 0:
        return rich_text.plain(dot + words)
    # Only our own characters and the digits of a date: the one place where markup is ours.
    date = f"<!date^{int(moment(fact).timestamp())}^{date_form(fact)}|{words}>"
    return {"type": "mrkdwn", "text": dot + date, "verbatim": True}


def _row(buttons: tuple[Button, ...], room: _Room) -> list[Block]:
    drawn = (_button(button, number, room) for number, button in enumerate(buttons, start=1))
    elements = [element for element in drawn if element]
    return [{"type": "actions", "elements": elements}] if elements else []


def _button(button: Button, number: int, room: _Room) -> Block | None:
    label = room.take(button.label, _MOST_OF_LABEL)
    match button:
        case LinkButton(url=url, about=about) if label and room.has(url, len(url)):
            named = {"accessibility_label": clip(about, _MOST_OF_LABEL)} if about else {}
            return {**_pressable(label, f"{OPEN}{number}"), "url": url, **named}
        case WordsButton(words=words) if label and words and room.has(words, _MOST_OF_VALUE):
            return {**_pressable(label, f"{WORDS}{number}"), "value": words}
        case AskButton() if label and (asks := asking(button)):
            return {**_pressable(label, f"{ASK}{number}"), "value": asks}
        case _:
            return None


def _choices(choices: Choices, room: _Room) -> list[Block]:
    name = room.take(choices.name, _MOST_OF_LABEL)
    chooses = select(choices)
    fits = chooses and room.has(_options(choices), MOST_CHARACTERS)
    return _named(name, chooses if fits else None)


def _named(name: str, chooses: Element | None) -> list[Block]:
    if not chooses:
        return []
    if not name:
        return [{"type": "actions", "elements": [chooses]}]
    return [{"type": "section", "text": rich_text.plain(name), "accessory": chooses}]


def _options(choices: Choices) -> str:
    """Return the words of a list, which Slack counts too."""
    return "".join(clip(it.label + it.about, 2 * _MOST_OF_LABEL) for it in choices.choices)


def _pressable(label: str, action_id: str) -> Block:
    return {"type": "button", "text": rich_text.plain(label), "action_id": action_id}


def _title(title: str, url: str | None, room: _Room, style: rich_text.Style) -> list[Block]:
    text = room.take(title, _MOST_OF_TITLE)
    if not text or url is None or not room.has(url, len(url)):
        return rich_text.words(text, style)
    return [{"type": "link", "url": url, "text": isolated(text), **rich_text.styled(style)}]


def _picture(image: Image, room: _Room) -> Block:
    alt = room.take(image.alt, _MOST_OF_ALT) or "Illustration"
    return {"type": "image", "image_url": image.url, "alt_text": alt}
