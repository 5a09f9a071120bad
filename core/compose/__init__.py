"""Articles and answers as messages: every sentence that a reader sees."""

from core.compose.answers import (
    help_,
    internal_error,
    latest,
    no_tag,
    related,
    stale_button,
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
from core.compose.coverage import also, no_coverage, related_below, told_apart
from core.compose.digests import Digest, digest, digest_for, shown_in_digest
from core.compose.followed import change, snoozed, subscriptions, until_when
from core.compose.forms import Form, form, named, told
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
from core.compose.search import found, nothing_found, what_to_search
from core.compose.times import catch_up, goes_by, how_long, summary, unknown_zone
from core.compose.trending import plotted, told_of, trending

__all__ = [
    "CHANNEL",
    "HERE",
    "MEMBER",
    "Digest",
    "Form",
    "Step",
    "Voice",
    "also",
    "also_here",
    "called",
    "cannot_post_here",
    "catch_up",
    "change",
    "channel_resumed",
    "channel_status",
    "closed_channels",
    "closed_direct",
    "digest",
    "digest_for",
    "follows",
    "form",
    "found",
    "goes_by",
    "help_",
    "how_long",
    "internal_error",
    "latest",
    "may_not_manage",
    "mentioning",
    "misunderstood",
    "named",
    "no_channel_here",
    "no_coverage",
    "no_longer_follows",
    "no_tag",
    "nothing_found",
    "nothing_to_follow_here",
    "notices_come",
    "notices_stop",
    "only_in_channels",
    "plotted",
    "post",
    "related",
    "related_below",
    "shown_in",
    "shown_in_digest",
    "snoozed",
    "stale_button",
    "subscriptions",
    "summary",
    "tag_label",
    "tags",
    "told",
    "told_apart",
    "told_of",
    "trending",
    "unknown_link",
    "unknown_tags",
    "unknown_zone",
    "until_when",
    "what_related",
    "what_to_search",
]
