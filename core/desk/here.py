"""Answers to members who follow something for themselves, or beside the channel: `here`."""

from collections.abc import Sequence

from core import compose, subscriptions
from core.commands import Caller
from core.desk import following
from core.desk.office import Office
from core.desk.places import not_here
from core.messages import Message
from core.posting import Address, beside

_HERE = "here"


async def subscribe(office: Office, words: Sequence[str], caller: Caller) -> Message:
    """Let `caller` follow what was typed, by direct message or `here`."""
    meant = _meant(words, caller)
    if meant is None:
        return not_here(caller) or compose.only_in_channels(prefix=caller.prefix)
    said = await following.follow(office, *meant, caller)
    where, _, voice = meant
    if voice is not compose.HERE:
        return said
    async with office.database.read() as db:
        mine = (await subscriptions.following(db, where)).rules
        is_vain = mine and not (await subscriptions.following(db, caller.here)).rules
    more = (compose.nothing_to_follow_here(prefix=caller.prefix),) if is_vain else ()
    return Message(said.parts + more)


async def unsubscribe(office: Office, words: Sequence[str], caller: Caller) -> Message:
    """Stop `caller` following what was typed, by direct message or `here`."""
    meant = _meant(words, caller)
    if meant is None:
        return not_here(caller) or compose.only_in_channels(prefix=caller.prefix)
    return await following.unfollow(office, *meant, caller)


async def followed(office: Office, caller: Caller) -> Message:
    """Say what `caller` follows, `here` too."""
    said = await following.followed(office, caller)
    async with office.database.read() as db:
        has = await subscriptions.following(db, beside(caller.here, caller.person))
    return Message(said.parts + compose.also_here(has.rules, prefix=caller.prefix))


def _meant(
    words: Sequence[str], caller: Caller
) -> tuple[Address, Sequence[str], compose.Voice] | None:
    """Return who follows, what, and how one speaks of that; nothing if `here` is no channel."""
    rest = [word for word in words if word.lower() != _HERE]
    if len(rest) == len(words):
        return caller.direct, words, compose.MEMBER
    if caller.here == caller.direct:
        return None
    return beside(caller.here, caller.person), rest, compose.HERE
