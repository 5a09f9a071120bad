"""A Discord on loopback: its REST API, its gateway, and the people in it.

Made from Discord's own documents, and strict where Discord is, so that what passes here would
pass there. It knows nothing of the bot that talks to it.
"""

from bots.sandbox.discord import permissions
from bots.sandbox.discord.faults import Hold
from bots.sandbox.discord.limits import Limits
from bots.sandbox.discord.listening import Listening
from bots.sandbox.discord.stand_in import DiscordStandIn
from bots.sandbox.discord.values import (
    Answer,
    Change,
    Channel,
    Guild,
    Message,
    NoAnswer,
    NotPossible,
    Request,
    User,
)

__all__ = [
    "Answer",
    "Change",
    "Channel",
    "DiscordStandIn",
    "Guild",
    "Hold",
    "Limits",
    "Listening",
    "Message",
    "NoAnswer",
    "NotPossible",
    "Request",
    "User",
    "permissions",
]
