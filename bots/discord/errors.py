"""Why Discord refused a request, and which kind of `PostError` that is."""

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta

import aiohttp

from core.posting import PlatformClosed, PostError, Refused, TryLater, Unknown, Unreachable

log = logging.getLogger(__name__)

BAD_TOKEN = "Discord does not accept the bot's token: set THEMATA_DISCORD_TOKEN to a valid one"  # noqa: S105 (it says so)
UNKNOWN_CHANNEL = 10003
UNKNOWN_MESSAGE = 10008
WAS_CROSSPOSTED = 40033
"""The post is passed on already."""
_UNAUTHORIZED = 401
_SERVER_ERRORS = 500

Kind = Callable[[str], PostError]

KINDS: Mapping[int, tuple[Kind, str]] = {
    10003: (Unreachable, "the channel is gone"),
    10004: (Unreachable, "the bot is no longer on this server"),
    10008: (Refused, "the message was deleted"),
    10087: (TryLater, "the forum's tags were changed"),
    10013: (Unreachable, "the person's account is gone"),
    20009: (Refused, "Discord holds it for explicit content"),
    20016: (TryLater, "the channel is in slow mode"),
    20022: (TryLater, "the announcement was edited too often"),
    20028: (TryLater, "the channel was written to too often"),
    20029: (TryLater, "the server was written to too often"),
    30046: (TryLater, "old messages were edited too often"),
    40003: (TryLater, "direct messages were opened too fast"),
    40004: (TryLater, "Discord takes no messages for the time being"),
    40005: (Refused, "the message is too large"),
    40058: (Unreachable, "posts cannot be made in this kind of channel"),
    40062: (TryLater, "Discord is being asked too often"),
    40067: (Unreachable, "this forum wants a tag on each post"),
    50001: (Unreachable, "the bot cannot see the channel"),
    50005: (Refused, "the message is another author's"),
    50006: (Refused, "the message is empty"),
    50007: (Unreachable, "they are turned off, or the bot is blocked"),
    50008: (Unreachable, "posts cannot be made in this kind of channel"),
    50009: (Unreachable, "the server's verification level keeps the bot from posting"),
    50013: (Unreachable, "the bot may not post in the channel"),
    50021: (Refused, "the message is one of Discord's own"),
    50024: (Unreachable, "posts cannot be made in this kind of channel"),
    50033: (Unreachable, "the person cannot be sent direct messages"),
    50035: (Refused, "Discord does not accept the message's form"),
    50083: (Unreachable, "the thread is archived"),
    50278: (Unreachable, "the person is on no server with the bot"),
    130000: (TryLater, "Discord is overloaded"),
    160002: (Refused, "the bot may not read the channel's history, which a reply takes"),
    160005: (Unreachable, "the thread is locked"),
    160006: (TryLater, "the server has as many open threads as Discord allows"),
    200000: (Refused, "the server's AutoMod blocked the message"),
    200001: (Refused, "the server's AutoMod blocked the title"),
    240000: (Refused, "Discord's filter of harmful links blocked the message"),
}
"""Discord's error codes: what each means for a post, and its reason in plain words."""


_OF_FORM = frozenset({40005, 50006, 50035})
_FORM_STATUS = frozenset({400, 413})


def blames_form(status: int, code: int) -> bool:
    """Say whether a refusal is about how the message is made, not about where or what it says.

    So a simpler message may pass. A 400 is about the form unless its code is known to be not.
    """
    return code in _OF_FORM or (status in _FORM_STATUS and code not in KINDS)


def refusal(status: int, code: int, after: timedelta | None) -> PostError | PlatformClosed:
    """Return what an answer that is no success means.

    `code` is Discord's own, 0 if it gave none. `after` is how long it asked to wait.
    """
    if status == _UNAUTHORIZED:
        return PlatformClosed(BAD_TOKEN)
    if code in KINDS:
        kind, reason = KINDS[code]
        return TryLater(reason, after) if kind is TryLater else kind(f"{reason} ({code})")
    return _without_code(status, code, after)


def broken(error: aiohttp.ClientError | TimeoutError) -> PostError:
    """Return what a request without an answer means: it may have been posted once it was sent."""
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return TryLater(f"Discord could not be reached: {type(error).__name__}")
    return Unknown(f"the connection to Discord broke: {type(error).__name__}")


def _without_code(status: int, code: int, after: timedelta | None) -> PostError:
    if status >= _SERVER_ERRORS:
        return Unknown(f"Discord failed with status {status}")
    if after is not None:
        return TryLater("Discord asked to wait", after)
    if status in _FORM_STATUS and not code:
        return Refused(f"Discord does not accept the message's form (status {status})")
    # An error that Discord has added since: the post waits, an operator can look it up.
    log.warning("got an unknown refusal from discord: status %s, code %s", status, code)
    return TryLater(f"Discord refused with status {status}, code {code}")
