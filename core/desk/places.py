"""Where a command is asked, and what cannot be answered there."""

from core import compose
from core.commands import Caller
from core.messages import Message


def not_here(caller: Caller) -> Message | None:
    """Return why what is about a channel cannot be asked here; nothing if the bot is there."""
    if caller.bot_is_here:
        return None
    return compose.bot_is_not_here(caller.step_to_let_bot_post)


def cannot_post(caller: Caller, again: str) -> Message:
    """Return why the bot cannot post there, and what mends it; `again` tries once more."""
    step, is_member = caller.step_to_let_bot_post, caller.bot_is_member
    return compose.cannot_post_here(step, again=again, is_member=is_member)
