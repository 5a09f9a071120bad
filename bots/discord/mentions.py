"""What is said to the bot in a message that mentions it."""

import re
from collections.abc import Iterator

import discord

from bots.discord.menus import names_in, plain
from bots.discord.poster import DIRECT
from core.commands import (
    Caller,
    Related,
    RelatedTo,
    Unclear,
    Why,
    WhyPosted,
    parse_mention,
)
from core.posting import Address

_TYPES = (discord.MessageType.default, discord.MessageType.reply)


def asked(message: discord.Message, bot_id: int) -> Related | RelatedTo | None:
    """Return what a person asks in `message`; nothing if it does not ask the bot.

    Only a mention that was written counts: every reply to a post also names the bot.
    """
    mention = re.compile(rf"<@!?{bot_id}>")
    is_said = message.type in _TYPES and mention.search(message.content)
    if not is_said or message.author.bot or message.webhook_id or not message.guild:
        return None
    command = parse_mention(plain(mention.sub(" ", message.content)), tuple(_posts(message)))
    match command:
        case RelatedTo(posts):
            return RelatedTo(posts, command.names or _names(message, bot_id))
        case Related():
            return command
        case Unclear() | Why() | WhyPosted():
            return None  # people speak of the bot, too; why it posted is told to one person alone
        case _:
            return Related("")  # all else is answered to one person alone, where it is typed


def _names(message: discord.Message, bot_id: int) -> tuple[str, ...]:
    """Return what a post of ours names that is replied to: its delivery may be forgotten."""
    post = message.reference.resolved if message.reference else None
    if not isinstance(post, discord.Message) or post.author.id != bot_id:
        return ()
    return tuple(names_in([component.to_dict() for component in post.components]))


def caller(message: discord.Message) -> Caller:
    """Return who mentions the bot, and where: they just wrote there."""
    guild_id, person = str(message.guild.id if message.guild else ""), str(message.author.id)
    return Caller(
        person,
        here=Address("discord", guild_id, str(message.channel.id)),
        direct=Address("discord", DIRECT, person),
        may_post=True,
        below=str(message.id),
        can_be_told_alone=False,
    )


def _posts(message: discord.Message) -> Iterator[Address]:
    """Give where what it is about may stand: what it replies to, and what its thread is on."""
    guild_id = str(message.guild.id if message.guild else "")
    reference, channel = message.reference, message.channel
    if reference and message.type is discord.MessageType.reply:
        yield Address("discord", guild_id, str(reference.channel_id), str(reference.message_id))
    if isinstance(channel, discord.Thread):
        yield Address("discord", guild_id, str(channel.parent_id), str(channel.id))
