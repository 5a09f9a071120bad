"""Articles and answers as messages: every sentence that a reader sees."""

from core.compose.answers import (
    help_,
    internal_error,
    latest,
    no_tag,
    related,
    stale_button,
    subscriptions,
    tag_label,
    tags,
    unknown_link,
    unknown_tag,
    what_related,
)
from core.compose.channels import (
    cannot_post_here,
    channel_resumed,
    channel_status,
    may_not_manage,
    no_channel_here,
    notices_come,
    notices_stop,
)
from core.compose.closures import closed_channels, closed_direct
from core.compose.posts import post, shown_in
from core.compose.rules import (
    CHANNEL,
    MEMBER,
    Step,
    Voice,
    follows,
    misunderstood,
    no_longer_follows,
)

__all__ = [
    "CHANNEL",
    "MEMBER",
    "Step",
    "Voice",
    "cannot_post_here",
    "channel_resumed",
    "channel_status",
    "closed_channels",
    "closed_direct",
    "follows",
    "help_",
    "internal_error",
    "latest",
    "may_not_manage",
    "misunderstood",
    "no_channel_here",
    "no_longer_follows",
    "no_tag",
    "notices_come",
    "notices_stop",
    "post",
    "related",
    "shown_in",
    "stale_button",
    "subscriptions",
    "tag_label",
    "tags",
    "unknown_link",
    "unknown_tag",
    "what_related",
]
