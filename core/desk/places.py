"""Where a command is asked, and what cannot be answered there."""

from core import compose
from core.commands import Caller
from core.messages import Message


def not_here(caller: Caller) -> Message | None:
    """Return why what is about a channel cannot be asked here; nothing if the bot is there."""
    if caller.bot_is_here:
        return None
    return compose.bot_is_not_here(caller.step_to_let_bot_post)
