"""Articles and answers as messages: every sentence that a reader sees."""

from core.compose.answers import (
    help_,
    internal_error,
    latest,
    no_tag,
    related,
    stale_button,
    subscribed,
    subscriptions,
    tag_label,
    tags,
    unknown_link,
    unknown_tag,
    unsubscribed,
    what_related,
)
from core.compose.channels import (
    cannot_post_here,
    channel_follows,
    channel_status,
    channel_unfollows,
    may_not_manage,
    no_channel_here,
)
from core.compose.posts import post

__all__ = [
    "cannot_post_here",
    "channel_follows",
    "channel_status",
    "channel_unfollows",
    "help_",
    "internal_error",
    "latest",
    "may_not_manage",
    "no_channel_here",
    "no_tag",
    "post",
    "related",
    "stale_button",
    "subscribed",
    "subscriptions",
    "tag_label",
    "tags",
    "unknown_link",
    "unknown_tag",
    "unsubscribed",
    "what_related",
]
