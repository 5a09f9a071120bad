"""Pictures as parts of a message on Discord."""

from bots.discord.components import Json, Kind
from bots.discord.links import safe_url
from bots.discord.markdown import plain
from core.messages import Image

ALT_MOST = 1024
"""Characters that Discord takes as the words for a picture."""


def gallery(alt: str, number: int) -> Json:
    """Return what shows a picture of our own that comes as a file."""
    shown = {"media": {"url": f"attachment://{file_name(number)}"}}
    return {"type": Kind.MEDIA_GALLERY, "items": [{**shown, "description": plain(alt, ALT_MOST)}]}


def file_name(number: int) -> str:
    """Return how the file of that picture is called."""
    return f"picture-{number}.png"


def thumbnail(image: Image) -> Json | None:
    """Return a small picture at an address; nothing if that is none to fetch from."""
    url = safe_url(image.url)
    if not url:
        return None
    alt = plain(image.alt, ALT_MOST)
    return {"type": Kind.THUMBNAIL, "media": {"url": url}, **({"description": alt} if alt else {})}
