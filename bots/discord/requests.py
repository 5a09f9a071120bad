"""The requests with which the poster speaks to Discord, and what comes of them."""

from dataclasses import dataclass

from bots.discord.forums import Forum, post_of
from bots.discord.rest import Answer
from core.messages import Message
from core.posting import Address, Receipt, Unknown


@dataclass(frozen=True, slots=True)
class Request:
    """A request of the poster."""

    method: str
    path: str
    body: bytes | None
    turn: str
    """Requests with the same turn go one after the other."""
    route: str
    """What Discord counts requests for."""


def in_channel(method: str, channel: str, standing: str, sent: bytes) -> Request:
    """Return the request about messages of a channel, or about one that is `standing` there."""
    path = f"/channels/{channel}/messages{standing}"
    return Request(method, path, sent, turn=channel, route=f"{method} {channel}")


def post_in(forum: Forum, message: Message, drawn: bytes) -> Request:
    """Return the request that starts a post in a forum, drawn so."""
    path, sent = f"/channels/{forum.id}/threads", post_of(forum, message, drawn)
    return Request("POST", path, sent, turn=forum.id, route=f"POST post {forum.id}")


def started(address: Address, answer: Answer) -> Receipt:
    """Return the receipt of a post in a forum: the id of its thread and of its first message."""
    thread = answer.json()
    if not isinstance(thread.get("id"), str) or thread.get("parent_id") != address.channel:
        raise Unknown("Discord's answer to a post in a forum could not be read")
    return Receipt(address, thread["id"])


def receipt_of(address: Address, channel: str, answer: Answer) -> Receipt:
    """Return the receipt of a message, by what Discord answered."""
    posted = answer.json()
    message_id = posted.get("id")
    if not isinstance(message_id, str):
        raise Unknown("Discord's answer to a post could not be read")
    if posted.get("channel_id") != channel:
        # No proof that it stands here, nor that it does not: only the channel itself can tell.
        raise Unknown("Discord's answer to a post was about another channel")
    return Receipt(address, message_id)
