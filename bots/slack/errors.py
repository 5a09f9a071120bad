"""What Slack's error codes mean for a post."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import aiohttp
from slack_sdk.errors import SlackApiError

from core.posting import PlatformClosed, PostError, Refused, TryLater, Unknown, Unreachable

log = logging.getLogger(__name__)


class Blamed(Refused):
    """Certainly not posted: Slack blames what the message holds, so a smaller one may pass."""

    def __init__(self, reason: str, *, pictures: bool = False) -> None:
        """`pictures` says that Slack names one of them, or nothing at all, as the fault."""
        super().__init__(reason)
        self.pictures = pictures


Kind = type[PlatformClosed | TryLater | Unknown | Unreachable | Blamed | Refused]

_INSTALL = "set THEMATA_SLACK_BOT_TOKEN to the bot token of an installed app"
_INVITE = "type /invite @Themata in the channel"
_ASK_ADMIN = "ask a workspace admin to let Themata post there"
_REINSTALL = "install the app again from its manifest, with all of its scopes"
_OUR_FAULT = "Slack does not take this message"
_AWAY = "Slack is not available for this workspace at the moment"
_CHANGED = "the message can no longer be changed"
_TWICE = "Slack takes this message for another one"
_SHARED = "another workspace that shares the channel keeps this message out"
_OLD = "Slack no longer knows this call; update Themata"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an error code says: which kind of failure, and why in plain words."""

    kind: Kind
    reason: str


MEANINGS: Mapping[str, Meaning] = {
    # The token: one workspace per token here, so the platform is closed.
    "account_inactive": Meaning(PlatformClosed, _INSTALL),
    "invalid_auth": Meaning(PlatformClosed, _INSTALL),
    "invalid_token": Meaning(PlatformClosed, _INSTALL),
    "not_allowed_token_type": Meaning(PlatformClosed, _INSTALL),
    "not_authed": Meaning(PlatformClosed, _INSTALL),
    "token_expired": Meaning(PlatformClosed, _INSTALL),
    "token_revoked": Meaning(PlatformClosed, _INSTALL),
    # The channel.
    "access_denied": Meaning(Unreachable, f"Themata may not post in this channel; {_ASK_ADMIN}"),
    "channel_not_found": Meaning(
        Unreachable, f"the channel is gone, or private without Themata in it; {_INVITE}"
    ),
    "ekm_access_denied": Meaning(
        Unreachable, "the workspace's admins have suspended posting; ask one of them"
    ),
    "enterprise_is_restricted": Meaning(
        Unreachable, f"the organisation keeps Themata out; {_ASK_ADMIN}"
    ),
    "is_archived": Meaning(
        Unreachable, "the channel is archived; unarchive it, or choose another channel"
    ),
    "is_inactive": Meaning(
        Unreachable, "the channel is archived; unarchive it, or choose another channel"
    ),
    "missing_scope": Meaning(Unreachable, f"the Slack app lacks a permission; {_REINSTALL}"),
    "no_permission": Meaning(Unreachable, f"Themata may not post in this channel; {_INVITE}"),
    "not_in_channel": Meaning(Unreachable, f"Themata is not in this channel; {_INVITE}"),
    "restricted_action": Meaning(
        Unreachable, f"a workspace setting keeps Themata from posting; {_ASK_ADMIN}"
    ),
    "restricted_action_non_threadable_channel": Meaning(
        Unreachable, "this channel takes no replies; follow the tags outside of the thread"
    ),
    "restricted_action_read_only_channel": Meaning(
        Unreachable, f"only some people may post in this channel; {_ASK_ADMIN}"
    ),
    "restricted_action_thread_locked": Meaning(
        Unreachable, "the thread is locked; follow the tags outside of the thread"
    ),
    "restricted_action_thread_only_channel": Meaning(
        Unreachable, "this channel takes replies only; choose another channel"
    ),
    "team_access_not_granted": Meaning(
        Unreachable, "the organisation has not let Themata into this workspace; ask an org admin"
    ),
    "team_not_found": Meaning(Unreachable, f"the workspace of the channel is gone; {_ASK_ADMIN}"),
    "thread_not_found": Meaning(
        Unreachable, "the thread is gone; follow the tags outside of the thread"
    ),
    "two_factor_setup_required": Meaning(
        Unreachable, f"the workspace wants two-factor sign-in; {_ASK_ADMIN}"
    ),
    # A person's direct messages.
    "cannot_dm_bot": Meaning(Unreachable, "this is a bot, and bots cannot be written to"),
    "messages_tab_disabled": Meaning(
        Unreachable, f"the app's messages tab is switched off; {_REINSTALL}"
    ),
    "method_not_supported_for_channel_type": Meaning(
        Unreachable, "this kind of conversation cannot be read"
    ),
    "user_disabled": Meaning(Unreachable, "this person's account is deactivated"),
    "user_not_found": Meaning(Unreachable, "Slack does not know this person"),
    "user_not_visible": Meaning(Unreachable, "this person cannot be seen from here"),
    # What the message holds: a smaller one may pass.
    "attachment_payload_limit_exceeded": Meaning(Blamed, _OUR_FAULT),
    "invalid_arguments": Meaning(Blamed, _OUR_FAULT),
    "invalid_attachments": Meaning(Blamed, _OUR_FAULT),
    "invalid_blocks": Meaning(Blamed, _OUR_FAULT),
    "invalid_blocks_format": Meaning(Blamed, _OUR_FAULT),
    "markdown_text_conflict": Meaning(Blamed, _OUR_FAULT),
    "msg_blocks_too_long": Meaning(Blamed, _OUR_FAULT),
    "msg_too_long": Meaning(Blamed, _OUR_FAULT),
    "no_text": Meaning(Blamed, _OUR_FAULT),
    "slack_connect_file_link_sharing_blocked": Meaning(Blamed, _SHARED),
    "too_many_attachments": Meaning(Blamed, _OUR_FAULT),
    "too_many_contact_cards": Meaning(Blamed, _OUR_FAULT),
    # This message, however small.
    "as_user_not_supported": Meaning(Refused, _OUR_FAULT),
    "block_mismatch": Meaning(Refused, _CHANGED),
    "cannot_reply_to_message": Meaning(Refused, "nothing can be said below this message"),
    "cant_update_message": Meaning(Refused, _CHANGED),
    "edit_window_closed": Meaning(Refused, _CHANGED),
    "invalid_arg_name": Meaning(Refused, _OUR_FAULT),
    "invalid_array_arg": Meaning(Refused, _OUR_FAULT),
    "invalid_charset": Meaning(Refused, _OUR_FAULT),
    "invalid_form_data": Meaning(Refused, _OUR_FAULT),
    "invalid_json": Meaning(Refused, _OUR_FAULT),
    "invalid_metadata_format": Meaning(Refused, _OUR_FAULT),
    "invalid_metadata_schema": Meaning(Refused, _OUR_FAULT),
    "invalid_post_type": Meaning(Refused, _OUR_FAULT),
    "json_not_object": Meaning(Refused, _OUR_FAULT),
    "message_not_found": Meaning(Refused, "the message is gone"),
    "metadata_must_be_sent_from_app": Meaning(Refused, _OUR_FAULT),
    "metadata_too_large": Meaning(Refused, _OUR_FAULT),
    "missing_post_type": Meaning(Refused, _OUR_FAULT),
    # Later.
    "accesslimited": Meaning(TryLater, _AWAY),
    "deprecated_endpoint": Meaning(TryLater, _OLD),
    "external_channel_migrating": Meaning(TryLater, "the channel is being moved"),
    "message_limit_exceeded": Meaning(TryLater, "the workspace has reached its message limit"),
    "method_deprecated": Meaning(TryLater, _OLD),
    "org_login_required": Meaning(TryLater, _AWAY),
    "rate_limited": Meaning(TryLater, "Slack asked for a pause"),
    "ratelimited": Meaning(TryLater, "Slack asked for a pause"),
    "streaming_state_conflict": Meaning(TryLater, "the message is still being written"),
    "team_added_to_org": Meaning(TryLater, _AWAY),
    "unknown_method": Meaning(TryLater, _OLD),
    # Slack says of these that a part may have succeeded, or that it knows the message already.
    "duplicate_channel_not_found": Meaning(Unknown, _TWICE),
    "duplicate_message_not_found": Meaning(Unknown, _TWICE),
    "fatal_error": Meaning(Unknown, "Slack broke down over this message"),
    "internal_error": Meaning(Unknown, "Slack broke down over this message"),
    "request_timeout": Meaning(Unknown, "Slack did not get the whole message in time"),
    "service_unavailable": Meaning(Unknown, "Slack was not available"),
    "update_failed": Meaning(Unknown, "Slack broke down over this message"),
}

_TOO_MANY = 429
# Long enough for the busiest minute to pass, where Slack does not say how long.
_PAUSE = timedelta(seconds=30)
_HOUR = timedelta(hours=1)
PAUSES: Mapping[str, timedelta] = {
    "accesslimited": _HOUR,
    "deprecated_endpoint": _HOUR,
    "message_limit_exceeded": _HOUR,
    "method_deprecated": _HOUR,
    "org_login_required": _HOUR,
    "rate_limited": _PAUSE,
    "ratelimited": _PAUSE,
    "team_added_to_org": _HOUR,
    "unknown_method": _HOUR,
}
"""Codes that stop a method for the whole workspace, and for how long if Slack does not say."""

# The codes with which Slack can mean that it could not fetch a picture.
_ABOUT_PICTURES = frozenset({"invalid_arguments", "invalid_attachments", "invalid_blocks"})

BROKEN = (aiohttp.ClientError, TimeoutError, OSError, ValueError, AttributeError)
"""What slack_sdk raises besides `SlackApiError` when a call breaks.

It reads every 200 as a JSON object: another body shows as a ValueError or an AttributeError.
"""


def failure(error: Exception) -> PostError | PlatformClosed:
    """Return what an exception of slack_sdk says about the call that raised it."""
    match error:
        case SlackApiError():
            return _answered(error)
        # Checked before a broken connection: both are kinds of the same errors in aiohttp.
        case aiohttp.ClientConnectorError() | aiohttp.ConnectionTimeoutError():
            return TryLater("Slack could not be reached")
        case _:
            return Unknown(f"the connection to Slack broke: {type(error).__name__}")


def code_of(error: SlackApiError) -> str:
    """Return the code that Slack answered with; nothing if its answer cannot be read."""
    return str(_said(error, "error") or "")


def pause_of(error: Exception) -> timedelta | None:
    """Return how long Slack wants its method left alone in this workspace; None if it does not."""
    if not isinstance(error, SlackApiError):
        return None
    if _status(error) == _TOO_MANY:
        return _retry_after(error)
    return PAUSES.get(code_of(error))


def _retry_after(error: SlackApiError) -> timedelta:
    said = error.response.headers.get("Retry-After", "")
    try:
        return timedelta(seconds=max(float(said), 0))
    except (ValueError, OverflowError):
        return _PAUSE


def _answered(error: SlackApiError) -> PostError | PlatformClosed:
    code, status = code_of(error), _status(error)
    if status == _TOO_MANY:
        return TryLater("Slack asked for a pause (ratelimited)", pause_of(error))
    if not code or status >= 500:  # noqa: PLR2004 (the server's own errors)
        return Unknown(f"Slack broke down over this call: status {status} ({code or 'no code'})")
    meaning = MEANINGS.get(code)
    if meaning:
        return _meant(meaning, code, error)
    log.warning("met an unknown error of slack: %s", code)
    return TryLater(f"Slack answered with an error that Themata does not know ({code})", _PAUSE)


def _meant(meaning: Meaning, code: str, error: SlackApiError) -> PostError | PlatformClosed:
    reason = f"{meaning.reason} ({code})"
    if meaning.kind is TryLater:
        return TryLater(reason, PAUSES.get(code, _PAUSE))
    if meaning.kind is Blamed:
        return Blamed(reason, pictures=code in _ABOUT_PICTURES and _blames_pictures(error))
    if needed := _said(error, "needed"):
        reason = f"the Slack app lacks the permission {needed}; {_REINSTALL} ({code})"
    return meaning.kind(reason)


def _blames_pictures(error: SlackApiError) -> bool:
    """Say whether Slack's list of faults is empty, or is about a picture.

    Slack fetches the pictures while it posts, and refuses a message whose picture is gone.
    """
    complaints = str(_said(error, "errors") or _said(error, "response_metadata") or "image")
    return "image" in complaints


def _said(error: SlackApiError, field: str) -> object:
    data = getattr(error.response, "data", None)
    return data.get(field) if isinstance(data, Mapping) else None


def _status(error: SlackApiError) -> int:
    # For a body that is no JSON, slack_sdk hands over aiohttp's response instead of its own.
    response = error.response
    return int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
