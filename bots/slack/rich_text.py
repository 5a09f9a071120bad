"""The parts of Slack's rich text, in which nothing that stands there is parsed."""

from collections.abc import Iterable, Mapping

from core.messages import isolated

Block = dict[str, object]
"""A block, or a part of one, as Slack's JSON has it."""
Style = Mapping[str, bool]
AS_IT_IS: Style = {}


def words(text: str, style: Style = AS_IT_IS) -> list[Block]:
    """Return `text` as an element of rich text, which Slack shows as it is."""
    return [{"type": "text", "text": isolated(text), **styled(style)}] if text else []


def styled(style: Style) -> Block:
    """Return the style of an element, if it has one."""
    return {"style": style} if style else {}


def section(elements: list[Block]) -> list[Block]:
    """Return a line of rich text with these elements; nothing without any."""
    return [{"type": "rich_text_section", "elements": elements}] if elements else []


def listed(items: Iterable[list[Block]], first: int | None = None) -> list[Block]:
    """Return a list with these items, counted from `first` if that is given."""
    sections = [one for item in items for one in section(item)]
    style: Block = {"style": "bullet"} if first is None else {"style": "ordered"}
    offset: Block = {"offset": first - 1} if first and first > 1 else {}
    all_of_it: Block = {"type": "rich_text_list", **style, **offset, "elements": sections}
    return [all_of_it] if sections else []


def rich(*pieces: list[Block]) -> list[Block]:
    """Return a block of rich text with these pieces; nothing without any."""
    elements = [element for piece in pieces for element in piece]
    return [{"type": "rich_text", "elements": elements}] if elements else []


def plain(text: str) -> Block:
    """Return `text` where Slack parses none of it."""
    return {"type": "plain_text", "text": text, "emoji": False}
