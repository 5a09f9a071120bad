"""What buttons keep on the stand-ins, sealed as the adapters of one run seal it."""

from bots.sandbox.discord import Channel
from core.posting import Address
from core.seals import FOR_THIS_RUN


def discord_id(words: str, channel: Channel) -> str:
    """Return the custom id of a button that stands for `words` in this channel."""
    return FOR_THIS_RUN.seal(words, Address("discord", channel.guild_id, channel.id))


def slack_value(words: str, workspace: str, channel: str) -> str:
    """Return the value of a button that stands for `words` in this channel."""
    return FOR_THIS_RUN.seal(words, Address("slack", workspace, channel))


def button(value: object, label: str) -> str:
    """Return the id of the button with this label, in a vendor's object; empty if it has none."""
    match value:
        case {"type": 2, "label": found, "custom_id": str(custom_id)} if found == label:
            return custom_id
        case {"type": "button", "text": {"text": found}, "action_id": str(action_id)} if (
            found == label
        ):
            return action_id
        case dict():
            return "".join(button(inner, label) for inner in value.values())
        case list() | tuple():
            return "".join(button(inner, label) for inner in value)
        case _:
            return ""
