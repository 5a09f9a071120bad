"""The body of a message that is to be sent or edited."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bots.sandbox.discord.components import Tree, walk
from bots.sandbox.discord.embeds import read_embeds
from bots.sandbox.discord.forms import Form, Json, Path
from bots.sandbox.discord.uploads import read_attachments

SUPPRESS_EMBEDS = 1 << 2
EPHEMERAL = 1 << 6
LOADING = 1 << 7
SUPPRESS_NOTIFICATIONS = 1 << 12
COMPONENTS_V2 = 1 << 15

ON_CREATE = SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | COMPONENTS_V2
ON_REPLY = ON_CREATE | EPHEMERAL
ON_EDIT = SUPPRESS_EMBEDS | COMPONENTS_V2

_MOST_CONTENT = (0, 2000)
_MOST_NONCE = 25
_NONCE_NUMBERS = (-(2**63), 2**63 - 1)
_MOST_ALLOWED = (0, 100)
_ALLOWED_KINDS = ("roles", "users", "everyone")
_LEGACY = ("content", "embeds", "sticker_ids", "poll", "shared_client_theme")
_FLAGS = (0, 2**53)
_FOUND_BY = 1000  # an id above this is no count of components, but one that a bot gives
_SHARED_ID = 2**31 - 1

Shown = tuple[tuple[Json, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Fields:
    """What a message shows, checked."""

    content: str = ""
    embeds: tuple[Json, ...] = ()
    components: tuple[Json, ...] = ()
    flags: int = 0
    texts: tuple[str, ...] = ()
    """The text displays, in order."""
    allowed_mentions: Json | None = None
    attachments: tuple[Json, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Nothing would be shown."""
        shown = self.content.strip() or self.embeds or self.components
        return not (shown or self.attachments)


def read_fields(
    form: Form,
    body: Json,
    before: Fields,
    settable: int,
    path: Path = (),
    new: Mapping[int, Json] | None = None,
) -> Fields:
    """Return `before` with what `body` changes; what is wrong is noted in the form.

    `new` are the attachments that were uploaded with it, by their numbers.
    """
    flags = _read_flags(form, body, before, settable, path)
    layout = bool(flags & COMPONENTS_V2)
    if layout:
        _refuse_legacy(form, body, before, path)
    content = form.text(body, "content", path, _MOST_CONTENT)
    embeds = read_embeds(form, body.get("embeds") or [], (*path, "embeds"))
    attachments = read_attachments(form, body, before.attachments, new or {}, path)
    components, texts = before.components, before.texts
    if "components" in body:
        shown = _read_components(form, body["components"] or [], path, attachments, layout=layout)
        components, texts = shown
    return Fields(
        content=(content or "") if "content" in body else before.content,
        embeds=tuple(embeds) if "embeds" in body else before.embeds,
        components=components,
        flags=flags,
        texts=texts,
        allowed_mentions=read_allowed(form, body, path),
        attachments=attachments,
    )


def _read_components(
    form: Form, value: object, path: Path, attachments: Sequence[Json], *, layout: bool
) -> Shown:
    if attachments:
        tree = Tree(form, layout=layout, attachments=attachments)
        return tuple(tree.read(value, (*path, "components"))), tuple(tree.texts)
    if (sound := _sound(_with_shared_id(value), layout)) and (named := _renamed(sound, value)):
        return named
    Tree(form, layout=layout).read(value, (*path, "components"))
    return (), ()


def _with_shared_id(value: object) -> str:
    """Return the components as text, which is the same whatever id the first of them has."""
    match value:
        case [{"id": int() as given, **rest}] if given > _FOUND_BY:
            return json.dumps([{"id": _SHARED_ID, **rest}])
        case _:
            return json.dumps(value)


def _renamed(sound: Shown, value: object) -> Shown | None:
    """Return what is echoed with the id that was given, None if that takes a closer look."""
    echo, texts = sound
    match value:
        case [{"id": int() as given}] if given > _FOUND_BY:
            taken = {part["id"] for part in walk(list(echo[0].get("components", ())))}
            if given > _SHARED_ID or given in taken:
                return None
            return ({**echo[0], "id": given},), texts
        case _:
            return sound


# A post goes to thousands of channels in the same words, and is read once.
@lru_cache(maxsize=64)
def _sound(components: str, layout: bool) -> Shown | None:  # noqa: FBT001 (a key of the cache)
    """Return the components as they are echoed and their texts, None if something is wrong."""
    form = Form()
    tree = Tree(form, layout=layout)
    echo = tree.read(json.loads(components), ())
    return None if form.errors else (tuple(echo), tuple(tree.texts))


def _read_flags(form: Form, body: Json, before: Fields, settable: int, path: Path) -> int:
    given = form.number(body, "flags", path, _FLAGS)
    if given is None:
        return before.flags
    # The layout flag stays once it is set, and nothing else is touched that may not be.
    kept = before.flags & (~settable | COMPONENTS_V2)
    return (given & settable) | kept


def _refuse_legacy(form: Form, body: Json, before: Fields, path: Path) -> None:
    """Note each field that cannot stand beside layout components."""
    standing = {"content": before.content, "embeds": before.embeds}
    for key in _LEGACY:
        if body[key] if key in body else standing.get(key):
            code = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
            words = f"The '{key}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
            form.refuse((*path, key), code, words)


def read_allowed(form: Form, body: Json, path: Path) -> Json | None:
    """Return the allowed mentions of a body, None if it says nothing of them."""
    if body.get("allowed_mentions") is None:
        return None
    inside = (*path, "allowed_mentions")
    allowed = form.record(body["allowed_mentions"], inside)
    if allowed is None:
        return None
    kinds = form.items(allowed.get("parse") or [], (*inside, "parse"), (0, len(_ALLOWED_KINDS)))
    for i, kind in enumerate(kinds):
        if kind not in _ALLOWED_KINDS:
            words = f"Value must be one of {_ALLOWED_KINDS}."
            form.refuse((*inside, "parse", i), "BASE_TYPE_CHOICES", words)
    for key in ("users", "roles"):
        ids = form.items(allowed.get(key) or [], (*inside, key), _MOST_ALLOWED)
        if ids and key in kinds:
            words = f'parse:["{key}"] and {key}: [ids...] are mutually exclusive.'
            form.refuse(inside, "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", words)
    return allowed


def read_nonce(form: Form, body: Json) -> str | int | None:
    """Return the nonce of a body as it was given."""
    nonce = body.get("nonce")
    if isinstance(nonce, bool) or not isinstance(nonce, str | int | None):
        words = "This field must be a string or integer."
        form.refuse(("nonce",), "NONCE_TYPE_INVALID_TYPE", words)
    elif isinstance(nonce, str) and len(nonce) > _MOST_NONCE:
        words = f"Must be {_MOST_NONCE} or fewer characters long."
        form.refuse(("nonce",), "NONCE_TYPE_TOO_LONG", words)
    elif isinstance(nonce, int):
        form.number(body, "nonce", (), _NONCE_NUMBERS)
    return nonce
