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
    unknown_tags,
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
from core.compose.digests import Digest, digest, digest_for, shown_in_digest
from core.compose.here import also_here, nothing_to_follow_here, only_in_channels
from core.compose.mentions import called, mentioning
from core.compose.posts import post, shown_in
from core.compose.rules import (
    CHANNEL,
    HERE,
    MEMBER,
    Step,
    Voice,
    follows,
    misunderstood,
    no_longer_follows,
)
from core.compose.times import catch_up, goes_by, how_long, summary, unknown_zone

__all__ = [
    "CHANNEL",
    "HERE",
    "MEMBER",
    "Digest",
    "Step",
    "Voice",
    "also_here",
    "called",
    "cannot_post_here",
    "catch_up",
    "channel_resumed",
    "channel_status",
    "closed_channels",
    "closed_direct",
    "digest",
    "digest_for",
    "follows",
    "goes_by",
    "help_",
    "how_long",
    "internal_error",
    "latest",
    "may_not_manage",
    "mentioning",
    "misunderstood",
    "no_channel_here",
    "no_longer_follows",
    "no_tag",
    "nothing_to_follow_here",
    "notices_come",
    "notices_stop",
    "only_in_channels",
    "post",
    "related",
    "shown_in",
    "shown_in_digest",
    "stale_button",
    "subscriptions",
    "summary",
    "tag_label",
    "tags",
    "unknown_link",
    "unknown_tags",
    "unknown_zone",
    "what_related",
]
