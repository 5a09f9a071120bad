"""Golden files: how each message looks on each platform."""

import json
from pathlib import Path

from bots.discord.render import payload
from bots.slack.render import as_payload
from core.messages import Message, as_text

GOLDEN = Path(__file__).parent / "golden"


def drawn(platform: str, said: Message) -> str:
    """Return a message as the platform is sent it; `text` for its words alone."""
    if platform == "text":
        return as_text(said) + "\n"
    shown: object = payload(said) if platform == "discord" else as_payload(said)
    return json.dumps(shown, ensure_ascii=False, indent=1) + "\n"


def golden(platform: str, name: str) -> Path:
    """Return the file that shows how this message looks there."""
    return GOLDEN / platform / f"{name}.{'txt' if platform == 'text' else 'json'}"
