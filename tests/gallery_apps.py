"""Messages about where the bot is: what stands in `tests/gallery.py` beside all others."""

from collections.abc import Callable
from typing import Any

from bots.discord import replies as on_discord
from core import compose
from core.messages import Message

APPS: dict[str, Callable[[Any], Message]] = {
    "bot-is-not-here": lambda _: compose.bot_is_not_here(on_discord._STEP_TO_BRING),
}
