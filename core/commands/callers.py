"""Who asks, and what they may change there."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from core.posting import Address
from core.rights import Actor


async def _in_no_group(_: str) -> bool:
    return False


async def _in_no_channel(_: str) -> "Caller | None":
    return None


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, where, and what they may change there, as the platform says at this moment."""

    person: str
    """The platform's id of the person."""
    here: Address
    """Where they ask. In direct messages the same as `direct`."""
    direct: Address
    """Their own direct messages."""
    elsewhere: Address | None = None
    """The channel that they ask about, if it is not the one where they ask."""
    may_manage: bool = False
    """Is a mod of the channel that they ask about, by the platform's own rights."""
    is_admin: bool = False
    """Runs this whole workspace, by the platform's own rights."""
    manages: tuple[str, ...] = ()
    """The channels set up here that they see and may change: asked only for `Home`."""
    may_set_up: tuple[str, ...] = ()
    """Those that they see and may set up although they are no mod of them: only for `Home`."""
    is_guest: bool = False
    """Was let in for some channels only."""
    is_member: bool = True
    """Belongs to this workspace, as a person who is active there."""
    groups: frozenset[str] = frozenset()
    """The ids of the roles or groups that they are known to be in."""
    is_in: Callable[[str], Awaitable[bool]] = field(default=_in_no_group, compare=False)
    """Asks the platform whether they are in a group that is not among `groups`."""
    in_channel: "Callable[[str], Awaitable[Caller | None]]" = field(
        default=_in_no_channel, compare=False
    )
    """Asks the platform who they are in another channel; nobody if it is not known there."""
    may_post: bool = False
    """May write in this channel, as far as the platform tells; never in direct messages."""
    bot_is_here: bool = True
    """The bot is a member where they ask. Else it answers them alone, as in direct messages."""
    bot_may_post: bool = True
    """The bot itself can post in the channel that they ask about."""
    bot_is_member: bool = True
    """The bot need not be invited to this channel to post in it."""
    below: str = ""
    """The id of the message that they ask about: what they share stands below it."""
    can_be_told_alone: bool = True
    """What is said where they ask can be said to them alone."""
    name: str = ""
    """What others see them called, where their id in a message would notify them; else ""."""
    prefix: str = "/"
    """What is typed before a command's words here."""
    right_to_manage: str = ""
    """What the platform calls what one needs to change a channel: "the … permission"."""
    right_to_administer: str = ""
    """What the platform calls what one needs to change what is set for the whole workspace."""
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
    without_typing: tuple[str, ...] = ()
    """What else can be done with the bot there, each as a line of help."""
    zone: str = ""
    """The IANA name of the zone in which the platform says they live; "" if it does not."""

    @property
    def about(self) -> Address:
        """Return the channel that a command for mods is about."""
        return self.elsewhere or self.here

    def actor(self) -> Actor:
        """Return who asks, as the table of rights knows them."""
        return Actor(
            self.person,
            self.about,
            is_member=self.is_member,
            is_guest=self.is_guest,
            is_mod=self.may_manage,
            is_admin=self.is_admin,
            groups=self.groups,
        )
