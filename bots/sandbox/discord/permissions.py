"""The permissions that the stand-in knows, as Discord numbers them."""

ADMINISTRATOR = 1 << 3
MANAGE_CHANNELS = 1 << 4
MANAGE_GUILD = 1 << 5
VIEW_CHANNEL = 1 << 10
SEND_MESSAGES = 1 << 11
MANAGE_MESSAGES = 1 << 13
EMBED_LINKS = 1 << 14
ATTACH_FILES = 1 << 15
READ_MESSAGE_HISTORY = 1 << 16
MENTION_EVERYONE = 1 << 17
USE_EXTERNAL_EMOJIS = 1 << 18
USE_APPLICATION_COMMANDS = 1 << 31
MANAGE_THREADS = 1 << 34
CREATE_PUBLIC_THREADS = 1 << 35
SEND_MESSAGES_IN_THREADS = 1 << 38

ALL = (1 << 53) - 1

MEMBER = (
    VIEW_CHANNEL
    | SEND_MESSAGES
    | EMBED_LINKS
    | READ_MESSAGE_HISTORY
    | USE_APPLICATION_COMMANDS
    | SEND_MESSAGES_IN_THREADS
)
"""What everyone may do in a new guild."""

BOT = VIEW_CHANNEL | SEND_MESSAGES | EMBED_LINKS | READ_MESSAGE_HISTORY | SEND_MESSAGES_IN_THREADS
"""What a news bot asks for when it is installed."""

IN_PRIVATE = ATTACH_FILES | EMBED_LINKS | MENTION_EVERYONE
"""What Discord says an app may do in the direct messages and groups of others."""

IN_DM = IN_PRIVATE | USE_EXTERNAL_EMOJIS
"""What Discord says an app may do in direct messages with its bot."""


def effective(permissions: int) -> int:
    """Return what these permissions come to: administrators may do everything."""
    return ALL if permissions & ADMINISTRATOR else permissions
