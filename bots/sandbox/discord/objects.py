"""The objects of the API: users, members, guilds, channels and messages as JSON."""

from collections.abc import Iterable
from datetime import UTC, datetime

from bots.sandbox.discord.bodies import Fields
from bots.sandbox.discord.forms import Json
from bots.sandbox.discord.permissions import ALL
from bots.sandbox.discord.values import DIRECT, GROUP, Channel, Guild, Message, User

_REQUIRE_TAG = 1 << 4
_GUEST = 1 << 4
EPOCH = 1_420_070_400_000
"""The millisecond from which snowflakes count."""
_JOINED = "2026-01-05T09:00:00+00:00"


def iso(seconds: float) -> str:
    """Return a time as Discord writes it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def time_of(snowflake: str) -> float:
    """Return when an id was made, in seconds."""
    return ((int(snowflake) >> 22) + EPOCH) / 1000


def user_object(user: User) -> Json:
    """Return a user as everyone sees it."""
    return {
        "id": user.id,
        "username": user.name,
        "discriminator": "0421" if user.is_bot else "0",
        "global_name": None if user.is_bot else user.name.title(),
        "avatar": None,
        "avatar_decoration_data": None,
        "banner": None,
        "accent_color": None,
        "bot": user.is_bot,
        "public_flags": 0,
        "primary_guild": None,
        "collectibles": None,
    }


def member_object(user: User, permissions: int | None = None, roles: Iterable[str] = ()) -> Json:
    """Return a member of a guild; with permissions as in an interaction."""
    member: Json = {
        "user": user_object(user),
        "nick": None,
        "avatar": None,
        "banner": None,
        "roles": list(roles),
        "joined_at": _JOINED,
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "flags": _GUEST if user.is_guest else 0,
        "pending": False,
        "communication_disabled_until": None,
        "unusual_dm_activity_until": None,
    }
    return member if permissions is None else {**member, "permissions": str(permissions)}


def channel_object(
    channel: Channel, recipient: User | None = None, overwrites: Iterable[Json] = ()
) -> Json:
    """Return a channel as the API gives it."""
    common = _common(channel)
    if channel.kind in (DIRECT, GROUP):
        return {**common, "recipients": [user_object(recipient)] if recipient else []}
    if channel.has_posts:
        common |= _of_forum(channel)
    return common | {
        "position": 0,
        "permission_overwrites": list(overwrites),
        "topic": None,
        "nsfw": False,
        "parent_id": None,
        "default_auto_archive_duration": 1440,
        "last_pin_timestamp": None,
        "icon_emoji": None,
        "theme_color": None,
    }


def _of_forum(channel: Channel) -> Json:
    return {
        "flags": _REQUIRE_TAG if channel.requires_tag else 0,
        "available_tags": [
            {
                "id": tag.id,
                "name": tag.name,
                "moderated": tag.is_moderated,
                "emoji_id": None,
                "emoji_name": None,
            }
            for tag in channel.tags
        ],
        "default_reaction_emoji": None,
        "default_sort_order": None,
        "default_forum_layout": 0,
        "default_thread_rate_limit_per_user": 0,
        "template": "",
    }


def thread_object(channel: Channel, *, is_locked: bool, is_archived: bool = False) -> Json:
    """Return a thread as the API gives it; one that is locked is archived, too."""
    return _common(channel) | {
        "parent_id": channel.parent_id,
        "owner_id": channel.owner_id or channel.id,
        "applied_tags": list(channel.applied),
        "message_count": 0,
        "member_count": 1,
        "total_message_sent": 0,
        "thread_metadata": {
            "archived": is_locked or is_archived,
            "auto_archive_duration": 1440,
            "archive_timestamp": iso(time_of(channel.id)),
            "create_timestamp": iso(time_of(channel.id)),
            "locked": is_locked,
        },
    }


def _common(channel: Channel) -> Json:
    common: Json = {"id": channel.id, "type": channel.kind, "last_message_id": None, "flags": 0}
    if channel.kind in (DIRECT, GROUP):
        return common
    return common | {"guild_id": channel.guild_id, "name": channel.name, "rate_limit_per_user": 0}


def overwrite(bot_id: str, permissions: int) -> Json:
    """Return what the bot may do in a channel, as the overwrite that makes it so."""
    deny = ALL & ~permissions
    return {"id": bot_id, "type": 1, "allow": str(permissions), "deny": str(deny)}


def granted(user_id: str, permissions: int) -> Json:
    """Return what a person may do in a channel beside what everyone may, as an overwrite."""
    return {"id": user_id, "type": 1, "allow": str(permissions), "deny": "0"}


def guild_object(guild: Guild, member: int, *roles: Json) -> Json:
    """Return a guild; `member` is what everyone may do there, `roles` are those beside that."""
    return {
        "id": guild.id,
        "name": guild.name,
        "owner_id": guild.owner_id,
        "icon": None,
        "splash": None,
        "discovery_splash": None,
        "banner": None,
        "description": None,
        "features": [],
        "emojis": [],
        "stickers": [],
        "roles": [role_object(guild.id, "@everyone", member), *roles],
        "afk_channel_id": None,
        "afk_timeout": 300,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "rules_channel_id": None,
        "public_updates_channel_id": None,
        "safety_alerts_channel_id": None,
        "application_id": None,
        "verification_level": 1,
        "default_message_notifications": 1,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "premium_progress_bar_enabled": False,
        "preferred_locale": "en-US",
        "vanity_url_code": None,
        "widget_enabled": False,
        "incidents_data": None,
    }


def role_object(role_id: str, name: str, allowed: int, *, is_mentionable: bool = False) -> Json:
    """Return a role; that of everyone has the guild's own id."""
    return {
        "id": role_id,
        "name": name,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "icon": None,
        "unicode_emoji": None,
        "position": 0,
        "permissions": str(allowed),
        "managed": False,
        "mentionable": is_mentionable,
        "flags": 0,
    }


def message_object(message_id: str, channel: Channel, author: Json, fields: Fields) -> Json:
    """Return a new message."""
    return {
        "id": message_id,
        "channel_id": channel.id,
        "type": 0,
        "author": author,
        "content": fields.content,
        "timestamp": iso(time_of(message_id)),
        "edited_timestamp": None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "attachments": list(fields.attachments),
        "embeds": list(fields.embeds),
        "components": list(fields.components),
        "flags": fields.flags,
        "pinned": False,
    }


def replying(to: Message, channel: Channel) -> Json:
    """Return what a reply says of the message it replies to."""
    place = {"channel_id": channel.id, "guild_id": channel.guild_id}
    reference = {"type": 0, "message_id": to.id, **place}
    # Of what that one replied to nothing is said.
    shown = {key: value for key, value in to.data.items() if key != "referenced_message"}
    return {"type": 19, "message_reference": reference, "referenced_message": shown}
