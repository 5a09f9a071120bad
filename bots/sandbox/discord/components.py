"""The parts of a message: which may stand where, and how large they may be."""

from collections.abc import Callable, Sequence

from bots.sandbox.discord.forms import Form, Json, Path

ACTION_ROW, BUTTON, SELECT, ROLE_SELECT, SECTION, TEXT_DISPLAY, THUMBNAIL = 1, 2, 3, 6, 9, 10, 11
MEDIA_GALLERY, FILE, SEPARATOR, CONTAINER = 12, 13, 14, 17
LINK, PREMIUM = 5, 6
MOST_COMPONENTS = 40
MOST_CHARACTERS = 4000

_LEGACY = (ACTION_ROW,)
_IN_CONTAINER = (ACTION_ROW, SECTION, TEXT_DISPLAY, MEDIA_GALLERY, FILE, SEPARATOR)
_TOP = (*_IN_CONTAINER, CONTAINER)
CHANNEL_SELECT = 8
_IN_ROW = (BUTTON, SELECT, 5, 6, 7, CHANNEL_SELECT)
_DEFAULTS_OF = {5: ("user",), 6: ("role",), 7: ("user", "role"), 8: ("channel",)}
_IN_SECTION = (TEXT_DISPLAY,)
_ACCESSORIES = (BUTTON, THUMBNAIL)
_WIDEST_ROW = 5
_ROWS = (0, 5)
_COLOURS = (0, 0xFFFFFF)
_IDS = (0, 2**31 - 1)
_BUTTON_SCHEMES = ("http", "https", "discord")
_MEDIA_SCHEMES = ("http", "https")
_ATTACHMENT = "attachment://"


class Tree:
    """Reads the components of one message, and gives them as Discord echoes them."""

    def __init__(self, form: Form, *, layout: bool, attachments: Sequence[Json] = ()) -> None:
        self._attached = {it["filename"]: it for it in attachments}
        self.texts: list[str] = []
        self._form = form
        self._layout = layout
        self._count = 0
        self._custom_ids: set[str] = set()
        self._ids: set[int] = set()
        self._without_id: list[Json] = []

    def read(self, value: object, path: Path) -> list[Json]:
        """Return the components with their ids; what is wrong is noted in the form."""
        most = (0, MOST_COMPONENTS) if self._layout else _ROWS
        if self._layout and isinstance(value, list) and len(value) > MOST_COMPONENTS:
            self._too_many(path)
            return []
        items = self._form.items(value, path, most)
        allowed = _TOP if self._layout else _LEGACY
        echo = self._all(items, path, allowed)
        self._check_totals(path)
        self._number()
        return echo

    def _check_totals(self, path: Path) -> None:
        if self._count > MOST_COMPONENTS:
            self._too_many(path)
        if sum(map(len, self.texts)) > MOST_CHARACTERS:
            code = "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED"
            words = f"Components displayable text size exceeds maximum size of {MOST_CHARACTERS}"
            self._form.refuse(path, code, words)

    def _too_many(self, path: Path) -> None:
        code = "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED"
        words = f"The total number of components cannot exceed {MOST_COMPONENTS}"
        self._form.refuse(path, code, words)

    def _number(self) -> None:
        """Give the components without an id the free numbers, in order."""
        free = 0
        for echo in self._without_id:
            free += 1
            while free in self._ids:
                free += 1
            echo["id"] = free

    def _all(self, items: list[object], path: Path, allowed: tuple[int, ...]) -> list[Json]:
        read = (self._one(item, (*path, i), allowed) for i, item in enumerate(items))
        return [echo for echo in read if echo is not None]

    def _one(self, raw: object, path: Path, allowed: tuple[int, ...]) -> Json | None:
        component = self._form.record(raw, path)
        if component is None:
            return None
        kind = component.get("type")
        if not isinstance(kind, int) or kind not in allowed:
            self._wrong_kind(component, path, allowed)
            return None
        self._count += 1
        echo = self._begin(component, kind, path)
        _READERS[kind](self, component, echo, path)
        return echo

    def _wrong_kind(self, component: Json, path: Path, allowed: tuple[int, ...]) -> None:
        if component.get("type") is None:
            self._form.require((*path, "type"))
            return
        words = ", ".join(map(str, allowed)) + ("," if len(allowed) == 1 else "")
        message = f'Value of field "type" must be one of ({words}).'
        self._form.refuse(path, "UNION_TYPE_CHOICES", message)

    def _begin(self, component: Json, kind: int, path: Path) -> Json:
        echo: Json = {"type": kind, "id": 0}
        number = self._form.number(component, "id", path, _IDS) if "id" in component else None
        if not number:  # zero is treated as empty
            self._without_id.append(echo)
            return echo
        if number in self._ids:
            code = "COMPONENT_ID_DUPLICATED"
            self._form.refuse((*path, "id"), code, "Component id cannot be duplicated")
        self._ids.add(number)
        echo["id"] = number
        return echo

    def read_row(self, raw: Json, echo: Json, path: Path) -> None:
        """Read a row: up to five buttons, or one select."""
        inside = (*path, "components")
        if raw.get("components") is None:
            self._form.require(inside)
            return
        children = self._form.items(raw["components"], inside, (1, MOST_COMPONENTS))
        self._check_width(children, inside)
        echo["components"] = self._all(children, inside, _IN_ROW)

    def _check_width(self, children: list[object], path: Path) -> None:
        width = 0
        for i, child in enumerate(children):
            is_button = isinstance(child, dict) and child.get("type") == BUTTON
            width += 1 if is_button else _WIDEST_ROW
            if width > _WIDEST_ROW:
                code = "COMPONENT_LAYOUT_WIDTH_EXCEEDED"
                words = "The specified component exceeds the maximum width"
                self._form.refuse((*path, i), code, words)

    def read_button(self, raw: Json, echo: Json, path: Path) -> None:
        """Read a button: what it must and may have depends on its style."""
        form = self._form
        echo["style"] = form.choice(raw, "style", path, (1, 2, 3, 4, 5, 6))
        if (label := form.text(raw, "label", path, (0, 80))) is not None:
            echo["label"] = label
        if raw.get("emoji") is not None:
            self._read_emoji(raw, echo, path)
        if form.truth(raw, "disabled", path):
            echo["disabled"] = True
        self._read_action(raw, echo, path)

    def _read_emoji(self, raw: Json, echo: Json, path: Path) -> None:
        emoji = self._form.record(raw["emoji"], (*path, "emoji"))
        if emoji is not None and not (emoji.get("name") or emoji.get("id")):
            code = "BUTTON_COMPONENT_INVALID_EMOJI"
            self._form.refuse((*path, "emoji"), code, "Invalid emoji")
        echo["emoji"] = emoji

    def _read_action(self, raw: Json, echo: Json, path: Path) -> None:
        """Read what happens on a click; the kinds exclude each other."""
        style = echo["style"]
        if style == LINK:
            self._read_link(raw, echo, path)
        elif style == PREMIUM:
            self._read_premium(raw, path)
        elif style is not None:
            self._read_pressed(raw, echo, path)
        if style != PREMIUM and not (raw.get("label") or raw.get("emoji")):
            code = "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED"
            self._form.refuse(path, code, "A label or an emoji is required")

    def _read_link(self, raw: Json, echo: Json, path: Path) -> None:
        if raw.get("custom_id") is not None:
            self._exclusive((*path, "custom_id"))
        url = self._form.needed_text(raw, "url", path, (0, 512))
        self._form.url(url, (*path, "url"), _BUTTON_SCHEMES)
        echo["url"] = url

    def _read_pressed(self, raw: Json, echo: Json, path: Path) -> None:
        if raw.get("url") is not None or raw.get("sku_id") is not None:
            self._exclusive((*path, "url" if raw.get("url") is not None else "sku_id"))
        if raw.get("custom_id") is None:
            code = "BUTTON_COMPONENT_CUSTOM_ID_REQUIRED"
            self._form.refuse((*path, "custom_id"), code, "A custom id is required")
            return
        echo["custom_id"] = self._custom_id(raw, path)

    def _read_premium(self, raw: Json, path: Path) -> None:
        for key in ("custom_id", "url", "label", "emoji"):
            if raw.get(key) is not None:
                self._exclusive((*path, key))
        if raw.get("sku_id") is None:
            self._form.require((*path, "sku_id"))

    def _exclusive(self, path: Path) -> None:
        code = "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE"
        self._form.refuse(path, code, "A custom id and url cannot both be specified")

    def _custom_id(self, raw: Json, path: Path) -> str | None:
        custom_id = self._form.needed_text(raw, "custom_id", path, (1, 100))
        if custom_id in self._custom_ids:
            code = "COMPONENT_CUSTOM_ID_DUPLICATED"
            words = "Component custom id cannot be duplicated"
            self._form.refuse((*path, "custom_id"), code, words)
        if custom_id is not None:
            self._custom_ids.add(custom_id)
        return custom_id

    def read_select(self, raw: Json, echo: Json, path: Path) -> None:
        """Read a select; those with words of their own need their options."""
        form = self._form
        echo["custom_id"] = self._custom_id(raw, path)
        echo["placeholder"] = form.text(raw, "placeholder", path, (0, 150))
        echo["min_values"] = form.number(raw, "min_values", path, (0, 25))
        echo["max_values"] = form.number(raw, "max_values", path, (1, 25))
        echo["disabled"] = bool(form.truth(raw, "disabled", path))
        if raw["type"] == CHANNEL_SELECT:
            echo["channel_types"] = form.items(
                raw.get("channel_types"), (*path, "channel_types"), (0, 25)
            )
        if raw["type"] == SELECT:
            most = echo["max_values"] or 1
            options = form.items(raw.get("options"), (*path, "options"), (most, 25))
            echo["options"] = self._options(options, (*path, "options"))
            self._check_defaults(echo, most, (*path, "options"))
        elif raw.get("default_values") is not None:
            self._read_default_values(raw, echo, path)

    def _read_default_values(self, raw: Json, echo: Json, path: Path) -> None:
        """Read what is chosen already where Discord itself knows what there is to choose."""
        inside = (*path, "default_values")
        sizes = (echo["min_values"] or 0, echo["max_values"] or 1)
        defaults = self._form.items(raw["default_values"], inside, sizes)
        allowed = _DEFAULTS_OF[raw["type"]]
        for i, value in enumerate(defaults):
            default = self._form.record(value, (*inside, i)) or {}
            self._form.needed_text(default, "id", (*inside, i), (1, 20))
            if default.get("type") not in allowed:
                words = f"Value must be one of {allowed}."
                self._form.refuse((*inside, i, "type"), "BASE_TYPE_CHOICES", words)
        echo["default_values"] = defaults

    def _check_defaults(self, echo: Json, most: int, path: Path) -> None:
        if sum(option.get("default") is True for option in echo["options"]) > most:
            code = "SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES"
            self._form.refuse(path, code, f"There can be at most {most} default options")

    def _options(self, options: list[object], path: Path) -> list[Json]:
        values: set[str | None] = set()
        for i, raw in enumerate(options):
            option = self._form.record(raw, (*path, i)) or {}
            self._form.needed_text(option, "label", (*path, i), (1, 100))
            self._form.text(option, "description", (*path, i), (0, 100))
            value = self._form.needed_text(option, "value", (*path, i), (1, 100))
            if value in values:
                code = "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED"
                words = "The specified option value is already used"
                self._form.refuse((*path, i, "value"), code, words)
            values.add(value)
        return [option for option in options if isinstance(option, dict)]

    def read_section(self, raw: Json, echo: Json, path: Path) -> None:
        """Read a section: one to three texts beside one accessory."""
        inside = (*path, "components")
        if raw.get("components") is None:
            self._form.require(inside)
        else:
            children = self._form.items(raw["components"], inside, (1, 3))
            echo["components"] = self._all(children, inside, _IN_SECTION)
        if raw.get("accessory") is None:
            self._form.require((*path, "accessory"))
            return
        echo["accessory"] = self._one(raw["accessory"], (*path, "accessory"), _ACCESSORIES)

    def read_text(self, raw: Json, echo: Json, path: Path) -> None:
        """Read a text; white space alone counts as nothing, as everywhere in Discord."""
        content = self._form.needed_text(raw, "content", path, (1, MOST_CHARACTERS))
        if content is None:
            return
        if not content.strip():
            message = f"Must be between 1 and {MOST_CHARACTERS} in length."
            self._form.refuse((*path, "content"), "BASE_TYPE_BAD_LENGTH", message)
        self.texts.append(content)
        echo["content"] = content

    def read_thumbnail(self, raw: Json, echo: Json, path: Path) -> None:
        """Read a picture with its description."""
        echo["media"] = self._media(raw, "media", path)
        echo["description"] = self._form.text(raw, "description", path, (0, 1024))
        echo["spoiler"] = bool(self._form.truth(raw, "spoiler", path))

    def read_gallery(self, raw: Json, echo: Json, path: Path) -> None:
        """Read one to ten pictures."""
        inside = (*path, "items")
        if raw.get("items") is None:
            self._form.require(inside)
            return
        echo["items"] = []
        for i, item in enumerate(self._form.items(raw["items"], inside, (1, 10))):
            picture: Json = {}
            self.read_thumbnail(self._form.record(item, (*inside, i)) or {}, picture, (*inside, i))
            echo["items"].append(picture)

    def read_file(self, raw: Json, echo: Json, path: Path) -> None:
        """Read a file, which must be uploaded with the message."""
        echo["file"] = self._media(raw, "file", path, schemes=())
        echo["spoiler"] = bool(self._form.truth(raw, "spoiler", path))

    def _media(
        self, raw: Json, key: str, path: Path, schemes: tuple[str, ...] = _MEDIA_SCHEMES
    ) -> Json | None:
        if raw.get(key) is None:
            self._form.require((*path, key))
            return None
        media = self._form.record(raw[key], (*path, key))
        if media is None:
            return None
        inside = (*path, key)
        url = self._form.needed_text(media, "url", inside, (0, 2048))
        if url is not None and (name := url.removeprefix(_ATTACHMENT)) != url:
            if name in self._attached:
                return _attached_media(self._attached[name])
            code = "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND"
            self._form.refuse((*inside, "url"), code, "Attachment data not found")
        else:
            self._form.url(url, (*inside, "url"), schemes)
        return {"url": url, "proxy_url": url, "height": None, "width": None}

    def read_separator(self, raw: Json, echo: Json, path: Path) -> None:
        """Read a gap between two parts."""
        divider = self._form.truth(raw, "divider", path)
        echo["divider"] = True if divider is None else divider
        has_spacing = raw.get("spacing") is not None
        echo["spacing"] = self._form.choice(raw, "spacing", path, (1, 2)) if has_spacing else 1

    def read_container(self, raw: Json, echo: Json, path: Path) -> None:
        """Read a box around other parts, which cannot be boxes themselves."""
        inside = (*path, "components")
        if raw.get("components") is None:
            self._form.require(inside)
            return
        echo["accent_color"] = self._form.number(raw, "accent_color", path, _COLOURS)
        echo["spoiler"] = bool(self._form.truth(raw, "spoiler", path))
        if isinstance(raw["components"], list) and len(raw["components"]) > MOST_COMPONENTS:
            self._count += len(raw["components"])
            return
        children = self._form.items(raw["components"], inside, (1, MOST_COMPONENTS))
        echo["components"] = self._all(children, inside, _IN_CONTAINER)


_READERS: dict[int, Callable[[Tree, Json, Json, Path], None]] = {
    ACTION_ROW: Tree.read_row,
    BUTTON: Tree.read_button,
    **dict.fromkeys((SELECT, 5, 6, 7, 8), Tree.read_select),
    SECTION: Tree.read_section,
    TEXT_DISPLAY: Tree.read_text,
    THUMBNAIL: Tree.read_thumbnail,
    MEDIA_GALLERY: Tree.read_gallery,
    FILE: Tree.read_file,
    SEPARATOR: Tree.read_separator,
    CONTAINER: Tree.read_container,
}


def _attached_media(attachment: Json) -> Json:
    shown = {key: attachment[key] for key in ("url", "proxy_url", "content_type")}
    sizes = {"height": attachment.get("height"), "width": attachment.get("width")}
    return {**shown, **sizes, "attachment_id": attachment["id"]}


def walk(components: list[Json]) -> list[Json]:
    """Return every component, nested ones after their parents."""
    found: list[Json] = []
    for component in components:
        found.append(component)
        found += walk(component.get("components", []))
        if component.get("accessory"):
            found.append(component["accessory"])
    return found
