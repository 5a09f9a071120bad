"""Who asks, and what they may change there."""

from dataclasses import dataclass

from core.posting import Address


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, where, and what they may change there, as the platform says at this moment."""

    person: str
    """The platform's id of the person."""
    here: Address
    """Where they ask. In direct messages the same as `direct`."""
    direct: Address
    """Their own direct messages."""
    may_manage: bool = False
    """May change what this channel follows."""
    may_post: bool = False
    """May write in this channel, as far as the platform tells; never in direct messages."""
    bot_is_here: bool = True
    """The bot is a member where they ask. Else it answers them alone, as in direct messages."""
    bot_may_post: bool = True
    """The bot itself can post in this channel."""
    below: str = ""
    """The id of the message that they ask about: what they share stands below it."""
    can_be_told_alone: bool = True
    """What is said where they ask can be said to them alone."""
    name: str = ""
    """What others see them called, where their id in a message would notify them; else ""."""
    prefix: str = "/"
    """What is typed before a command's words here."""
    right_to_manage: str = ""
    """What the platform calls the right to change what this channel follows."""
    shows_pictures: bool = False
    """An answer there can bring a picture of its own."""
    step_to_let_bot_post: str = ""
    """What a person does so that the bot can post in this channel, as a sentence."""
    can_crosspost: bool = False
    """Channels elsewhere can follow this one, so that its posts can be passed on to them."""
    step_to_crosspost: str = ""
    """What a person does so that they can, as a sentence; "" where no channel can be followed."""
    step_to_open_direct: str = ""
    """What a person does so that direct messages of the bot reach them, as a sentence."""
    zone: str = ""
    """The IANA name of the zone in which the platform says they live; "" if it does not."""
