"""Messages drawn so that a bug which one of them brings out ends that one alone."""

import logging
from collections.abc import Callable

from bots.discord.marks import mark
from bots.discord.render import as_body, marked
from core.messages import Message
from core.posting import Address, Refused

log = logging.getLogger(__name__)


def drawn_by(draw: Callable[[Message], bytes], message: Message) -> bytes:
    """Return `message` as `draw` draws it. Raises `Refused` where it cannot."""
    try:
        return draw(message)
    except Exception as error:
        # A bug that one message brings out must end that message, not the channel or the worker.
        log.exception("failed to draw a message")
        raise Refused(f"the message could not be drawn: {type(error).__name__}") from error


def body(address: Address, message: Message, key: str) -> bytes:
    """Return the JSON that posts `message`: what all channels share, and this post's mark."""
    return marked(as_body(message), mark(address, key))
