"""An answer about a channel that is read in another one: it names it, and its buttons keep it."""

from dataclasses import replace

from core.compose.phrases import LONGEST_BUTTON_WORDS
from core.messages import Button, Buttons, Message, Part, Place, WordsButton

_VERB = "channel "


def about_elsewhere(said: Message, channel: str) -> Message:
    """Return an answer whose buttons act on `channel`, wherever they are pressed."""
    parts = (_kept(part, channel) for part in said.parts)
    return Message((Place(channel), *(part for part in parts if part)))


def _kept(part: Part, channel: str) -> Part | None:
    if not isinstance(part, Buttons):
        return part
    buttons = [_about(button, channel) for button in part.buttons]
    fitting = [it for it in buttons if _fits(it)]
    return Buttons(tuple(fitting)) if fitting else None


def _about(button: Button, channel: str) -> Button:
    if not isinstance(button, WordsButton) or not button.words.startswith(_VERB):
        return button
    is_named = any(word.startswith("in:") for word in button.words.split())
    return button if is_named else replace(button, words=f"{button.words} in:{channel}")


def _fits(button: Button) -> bool:
    return not isinstance(button, WordsButton) or len(button.words) <= LONGEST_BUTTON_WORDS
