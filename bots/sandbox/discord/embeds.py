"""The embeds of a message, and their limits."""

from bots.sandbox.discord.forms import Form, Json, Path

_SCHEMES = ("http", "https")
_MOST_CHARACTERS = 6000
_MOST_EMBEDS = (0, 10)
_MOST_FIELDS = (0, 25)
# Where a text stands in an embed, and how long it may be.
_TEXTS = (
    ((), "title", 256),
    ((), "description", 4096),
    (("author",), "name", 256),
    (("footer",), "text", 2048),
)
_URLS = ((), ("image",), ("thumbnail",), ("author",))


def read_embeds(form: Form, value: object, path: Path) -> list[Json]:
    """Return the embeds; what is wrong is noted in the form."""
    items = form.items(value, path, _MOST_EMBEDS)
    embeds = [form.record(item, (*path, i)) or {} for i, item in enumerate(items)]
    total = sum(_read_one(form, embed, (*path, i)) for i, embed in enumerate(embeds))
    if total > _MOST_CHARACTERS:
        words = f"Embed size exceeds maximum size of {_MOST_CHARACTERS}"
        form.refuse(path, "MAX_EMBED_SIZE_EXCEEDED", words)
    return [{"type": "rich", **embed} for embed in embeds]


def _read_one(form: Form, embed: Json, path: Path) -> int:
    """Return how many characters count against the message's total."""
    size = 0
    for steps, key, most in _TEXTS:
        size += len(form.text(_inside(embed, steps), key, (*path, *steps), (0, most)) or "")
    for steps in _URLS:
        url = form.text(_inside(embed, steps), "url", (*path, *steps), (0, 2048))
        form.url(url, (*path, *steps, "url"), _SCHEMES)
    return size + _read_fields(form, embed, path)


def _read_fields(form: Form, embed: Json, path: Path) -> int:
    inside = (*path, "fields")
    size = 0
    for i, item in enumerate(form.items(embed.get("fields") or [], inside, _MOST_FIELDS)):
        field = form.record(item, (*inside, i)) or {}
        size += len(form.needed_text(field, "name", (*inside, i), (1, 256)) or "")
        size += len(form.needed_text(field, "value", (*inside, i), (1, 1024)) or "")
    return size


def _inside(embed: Json, steps: tuple[str, ...]) -> Json:
    for step in steps:
        inner = embed.get(step)
        return inner if isinstance(inner, dict) else {}
    return embed
