"""The catalogue of refusals: what happened, why, and the next step, for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from core.compose.phrases import LONGEST_BUTTON_WORDS, row, stories
from core.messages import Message, Note, Part, Text, WordsButton
from core.outbox import KeptBack

Id = Literal[
    "no_perm",
    "no_admin",
    "guest",
    "no_member",
    "not_yours",
    "bot_no_send",
    "not_in_channel",
    "archived",
    "closed",
    "closed_direct",
    "too_fast",
    "stale_button",
    "foreign_button",
    "platform_slow",
    "perhaps",
    "held",
    "internal",
    "no_channel",
    "elsewhere",
    "no_threads",
    "no_crosspost",
    "no_share",
    "no_share_here",
    "share_failed",
    "share_twice",
    "share_often",
]


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refusal. What stands in braces is told each time."""

    what: str
    why: str
    step: str
    button: str = ""
    """A button that tries once more, where the words to do that are known."""


REFUSALS: Mapping[Id, Refusal] = {
    "no_perm": Refusal(
        "To {doing} you need {right}.", "You do not have that here.", "Ask someone who may."
    ),
    "no_admin": Refusal(
        "To {doing} you need {right}.", "You do not have that here.", "Ask someone who may."
    ),
    "guest": Refusal(
        "Guests cannot {doing}.",
        "Guests can follow tags, but only members can set up channels.",
        "Ask someone who may.",
    ),
    "no_member": Refusal(
        "Only members can {doing}.",
        "I could not see that you are one.",
        "Try again in a minute, or ask a member.",
    ),
    "not_yours": Refusal(
        "Nothing was changed.", "That is not yours to change.", "To see what is, ask for help."
    ),
    "bot_no_send": Refusal(
        "I cannot post in this channel yet, so nothing was changed.",
        "I lack a permission there.",
        "{step} Then type the command again.",
        "Check again",
    ),
    "not_in_channel": Refusal(
        "I cannot post in this channel yet, so nothing was changed.",
        "I am not in it.",
        "{step} Then type the command again.",
        "Try again",
    ),
    "archived": Refusal(
        "I can no longer post in {places}:",
        "{kept}",
        "It can be opened again. Else {move} there to choose another, or {unfollow} to stop it.",
    ),
    "closed": Refusal(
        "I can no longer post in {places}:", "{kept}", "When that is mended, {resume} there."
    ),
    "closed_direct": Refusal(
        "My direct messages do not reach you: {reason}.",
        "What you follow is kept.",
        "{step}",
    ),
    "too_fast": Refusal(
        "That was a lot at once, so nothing was done.",
        "I answer {most} commands in {within} seconds.",
        "It works again in {wait}.",
    ),
    "stale_button": Refusal(
        "Nothing was done.",
        "This button is from an older version and does nothing any more.",
        "{step}",
    ),
    "foreign_button": Refusal(
        "Nothing was done.", "This button belongs to another channel or was changed.", "{step}"
    ),
    "platform_slow": Refusal(
        "Nothing was shared:",
        "the platform is busy.",
        "Wait a moment. Then press Share again.",
    ),
    "perhaps": Refusal(
        "It is not known whether that was shared.",
        "The connection broke.",
        "Look at the channel. If it is not there, press Share again in a minute.",
    ),
    "held": Refusal(
        "Nothing is posted here now: {reason}.",
        "What waits is news for 24 hours at most: {waiting}.",
        "When that is mended, {resume}",
        "Check again",
    ),
    "internal": Refusal(
        "Nothing was changed.",
        "Something broke on my side.",
        "Please try again. If it stays so, tell your operator this reference: {ref}",
    ),
    "no_channel": Refusal(
        "That is about a channel, so nothing was changed.",
        "This is no channel, but your direct messages.",
        "To follow a tag here, type {prefix}subscribe and its name.",
    ),
    "elsewhere": Refusal(
        "That is about a channel, and I am not in this one.",
        "You brought me here yourself: I answer you alone, and see nothing else of it.",
        "{step}",
    ),
    "no_threads": Refusal(
        "Nothing was changed.",
        "These are your direct messages, which have no threads to be mentioned in.",
        "Type it in the channel in whose threads you want to be mentioned.",
    ),
    "no_crosspost": Refusal(
        "Posts of this channel cannot be passed on, so nothing was changed.",
        "Only a channel for announcements can be followed from other places.",
        "{step}",
    ),
    "no_share": Refusal(
        "Nothing was shared.",
        "You may not write in this channel.",
        "Ask someone who may, or copy what you need to where you may.",
    ),
    "no_share_here": Refusal(
        "Nothing was shared.",
        "These are your direct messages. Stories can be shared in a channel.",
        "Type {prefix}related there, and press Share in channel.",
    ),
    "share_failed": Refusal("Nothing was shared:", "{reason}.", "{step}"),
    "share_twice": Refusal(
        "It was not shared again.",
        "That was shared here within the last minute.",
        "Look a little further up in the channel.",
    ),
    "share_often": Refusal(
        "Nothing was shared.", "You shared a lot here just now.", "It works again in {wait}."
    ),
}


def refused(which: Id, *, again: str = "", instead: Sequence[Part] = (), **told: object) -> Message:
    """Return a refusal, with what is `told` in it; `again` are the words that try once more.

    The parts `instead` stand in the place of the step, where more is known.
    """
    refusal = REFUSALS[which]
    what, why = refusal.what.format(**told), refusal.why.format(**told)
    steps = tuple(instead) or (Text(refusal.step.format(**told)),)
    fits = again and len(again) <= LONGEST_BUTTON_WORDS
    button = (row(WordsButton(refusal.button, again)),) if refusal.button and fits else ()
    return Message((Text(f"{what} {why}"), *steps, *button))


def too_fast(most: int, within: timedelta, wait: timedelta) -> Message:
    """Return the answer to who typed more than `most` commands within that time."""
    return refused("too_fast", most=most, within=round(within.total_seconds()), wait=lasting(wait))


def lasting(wait: timedelta) -> str:
    """Return how long: 1 second, 20 seconds."""
    seconds = max(1, round(wait.total_seconds()))
    return f"{seconds} second{'' if seconds == 1 else 's'}"


def posts_are_held(reason: str, kept: KeptBack, *, prefix: str) -> Message:
    """Return the refusal to post what waits in a channel that is closed."""
    waits, resume = stories(kept.many), f"type {prefix}channel resume"
    return refused("held", reason=reason, waiting=waits, resume=resume, again="channel resume")


def internal_error(ref: str) -> Message:
    """Return the answer when something broke. The operator finds `ref` in the log."""
    return refused("internal", ref=ref)


def cannot_post_here(step: str, *, again: str = "", is_member: bool = True) -> Message:
    """Return the refusal to follow in a channel where the bot cannot post; `step` mends it."""
    which: Id = "bot_no_send" if is_member else "not_in_channel"
    return refused(which, step=step, again=again)


def no_channel_here(*, prefix: str) -> Message:
    """Return the answer to a channel's command that was typed in direct messages."""
    return refused("no_channel", prefix=prefix)


def bot_is_not_here(step: str) -> Message:
    """Return the refusal of what is about a channel that the bot is not in; `step` mends it."""
    return refused("elsewhere", step=step)


def only_in_channels(*, prefix: str) -> Message:
    """Return the answer to `here` that was typed in direct messages."""
    also = Note((f"For each new article as a direct message, type {prefix}subscribe llms",))
    said = refused("no_threads")
    return Message((*said.parts, also))


def cannot_crosspost(step: str) -> Message:
    """Return the refusal to pass posts on from a channel that cannot be followed elsewhere."""
    return refused("no_crosspost", step=step or "There are no such channels on this platform.")


def only_shared_in_channels(*, prefix: str) -> Message:
    """Return the answer to who wants to share something in direct messages."""
    return refused("no_share_here", prefix=prefix)


def may_not_share() -> Message:
    """Return the answer to who wants to share something where they may not write."""
    return refused("no_share")


def cannot_share(why: str, step: str) -> Message:
    """Return why nothing could be shared, and the `step` that mends it, if one is known."""
    mend = f"{step} Then press Share again." if step else "Ask someone who manages the channel."
    return refused("share_failed", reason=why, step=mend)


def cannot_share_now() -> Message:
    """Return the answer to who shares something while the platform is busy or away."""
    return refused("platform_slow")


def perhaps_shared() -> Message:
    """Return the answer to who shared something of which nobody knows whether it stands."""
    return refused("perhaps")


def already_shared() -> Message:
    """Return the answer to who shares what was shared a moment ago."""
    return refused("share_twice")


def shared_too_often(wait: timedelta) -> Message:
    """Return the answer to who shares more than a channel has to bear; after `wait` they may."""
    return refused("share_often", wait=lasting(wait))
