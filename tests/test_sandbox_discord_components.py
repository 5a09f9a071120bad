"""Which message bodies the Discord stand-in refuses, and where it says the fault is."""

from typing import Any

import pytest

from bots.sandbox.discord.bodies import COMPONENTS_V2, ON_CREATE, Fields, read_fields
from bots.sandbox.discord.forms import Form

Json = dict[str, Any]

TEXT = {"type": 10, "content": "words"}
LINK = {"type": 2, "style": 5, "label": "Read", "url": "https://themata.org/a"}
PICTURE = {"type": 11, "media": {"url": "https://themata.org/a.png"}}
GAP = {"type": 14}


def button(**changes: object) -> Json:
    return {"type": 2, "style": 2, "label": "Related", "custom_id": "t1:related", **changes}


def row(*children: Json) -> Json:
    return {"type": 1, "components": list(children)}


def section(*texts: Json, **more: object) -> Json:
    return {"type": 9, "components": list(texts), "accessory": PICTURE, **more}


def box(*children: Json, **more: object) -> Json:
    return {"type": 17, "components": list(children), **more}


def body(*components: object, **more: object) -> Json:
    return {"flags": COMPONENTS_V2, "components": list(components), **more}


ROLE = {"id": "118730126411823929", "type": "role"}
MANY_ROLES = {"type": 6, "custom_id": "role", "default_values": [ROLE, ROLE]}
NO_ROLE = {"type": 6, "custom_id": "role", "default_values": [{**ROLE, "type": "user"}]}


def select(**changes: object) -> Json:
    option = {"label": "llms", "value": "llms"}
    return {"type": 3, "custom_id": "tags", "options": [option], **changes}


def faults(message: Json) -> dict[str, str]:
    """Return the code of each fault by its path."""
    form = Form()
    read_fields(form, message, Fields(), ON_CREATE)
    return dict(_flat(form.errors, ""))


def _flat(errors: Json, path: str) -> list[tuple[str, str]]:
    found = [(path, error["code"]) for error in errors.get("_errors", [])]
    for step, inner in errors.items():
        if step != "_errors":
            found += _flat(inner, f"{path}.{step}" if path else step)
    return found


@pytest.mark.parametrize(
    "message",
    [
        body(TEXT),
        body(box(section(TEXT, TEXT, TEXT), GAP, row(LINK, button()), TEXT, accent_color=0)),
        body(section(TEXT, accessory=LINK)),
        body(row(select())),
        body(row({"type": 5, "custom_id": "who"})),
        body(row({"type": 6, "custom_id": "role", "min_values": 0, "default_values": [ROLE]})),
        body({"type": 12, "items": [{"media": PICTURE["media"], "description": "a" * 1024}]}),
        body(*[TEXT] * 40),
        body({"type": 10, "content": "a" * 4000}),
        body(row(button(label=None, emoji={"name": "🔥"}))),
        body(row({**LINK, "url": "discord://-/channels/1/2"})),
        body(row(*[button(custom_id=str(i)) for i in range(5)])),
        body({**TEXT, "unknown": 1}),
        {"content": "a" * 2000, "components": [row(button())]},
        {"embeds": [{"title": "a" * 256, "description": "a" * 4096}]},
    ],
)
def test_a_body_that_discord_takes_has_no_fault(message: Json) -> None:
    assert faults(message) == {}


@pytest.mark.parametrize(
    ("message", "path", "code"),
    [
        # The whole message.
        (
            body(TEXT, content="x"),
            "content",
            "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
        ),
        (
            body(TEXT, embeds=[{"title": "x"}]),
            "embeds",
            "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
        ),
        ({"components": [TEXT]}, "components.0", "UNION_TYPE_CHOICES"),
        (body(*[TEXT] * 41), "components", "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED"),
        (
            body(box(*[section(TEXT) for _ in range(13)]), TEXT),
            "components",
            "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
        ),
        (body(box(*[TEXT] * 41)), "components", "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED"),
        (
            body({"type": 10, "content": "a" * 2001}, {"type": 10, "content": "a" * 2000}),
            "components",
            "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED",
        ),
        ({"content": "a" * 2001}, "content", "BASE_TYPE_MAX_LENGTH"),
        ({"content": 5}, "content", "STRING_TYPE_CONVERT"),
        ({"content": "x", "flags": "no"}, "flags", "NUMBER_TYPE_COERCE"),
        ({"content": "x", "components": "no"}, "components", "LIST_TYPE_CONVERT"),
        ({"content": "x", "components": [row(button())] * 6}, "components", "BASE_TYPE_MAX_LENGTH"),
        # Any component.
        (body("text"), "components.0", "MODEL_TYPE_CONVERT"),
        (body({"content": "x"}), "components.0.type", "BASE_TYPE_REQUIRED"),
        (body({"type": 99}), "components.0", "UNION_TYPE_CHOICES"),
        (body({"type": 4, "custom_id": "x"}), "components.0", "UNION_TYPE_CHOICES"),
        (body(button()), "components.0", "UNION_TYPE_CHOICES"),
        (body({**TEXT, "id": "no"}), "components.0.id", "NUMBER_TYPE_COERCE"),
        (
            body({**TEXT, "id": 7}, {**TEXT, "id": 7}),
            "components.1.id",
            "COMPONENT_ID_DUPLICATED",
        ),
        # Texts.
        (body({"type": 10}), "components.0.content", "BASE_TYPE_REQUIRED"),
        (body({"type": 10, "content": ""}), "components.0.content", "BASE_TYPE_BAD_LENGTH"),
        (body({"type": 10, "content": " \n"}), "components.0.content", "BASE_TYPE_BAD_LENGTH"),
        (
            body({"type": 10, "content": "a" * 4001}),
            "components.0.content",
            "BASE_TYPE_BAD_LENGTH",
        ),
        # Sections.
        (body(section()), "components.0.components", "BASE_TYPE_BAD_LENGTH"),
        (body(section(*[TEXT] * 4)), "components.0.components", "BASE_TYPE_BAD_LENGTH"),
        (body(section(GAP)), "components.0.components.0", "UNION_TYPE_CHOICES"),
        (body(section(TEXT, accessory=None)), "components.0.accessory", "BASE_TYPE_REQUIRED"),
        (body(section(TEXT, accessory=TEXT)), "components.0.accessory", "UNION_TYPE_CHOICES"),
        # Boxes.
        (body(box()), "components.0.components", "BASE_TYPE_BAD_LENGTH"),
        (body(box(box(TEXT))), "components.0.components.0", "UNION_TYPE_CHOICES"),
        (body(box(PICTURE)), "components.0.components.0", "UNION_TYPE_CHOICES"),
        (body(box(TEXT, accent_color=-1)), "components.0.accent_color", "NUMBER_TYPE_MIN"),
        (body(box(TEXT, accent_color=0x1000000)), "components.0.accent_color", "NUMBER_TYPE_MAX"),
        (body(box(TEXT, spoiler="no")), "components.0.spoiler", "BOOLEAN_TYPE_CONVERT"),
        (body({"type": 17}), "components.0.components", "BASE_TYPE_REQUIRED"),
        # Rows.
        (body(row()), "components.0.components", "BASE_TYPE_BAD_LENGTH"),
        (body({"type": 1}), "components.0.components", "BASE_TYPE_REQUIRED"),
        (
            body(row(*[button(custom_id=str(i)) for i in range(6)])),
            "components.0.components.5",
            "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
        ),
        (
            body(row(select(), button())),
            "components.0.components.1",
            "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
        ),
        (body(row(TEXT)), "components.0.components.0", "UNION_TYPE_CHOICES"),
        # Buttons.
        (
            body(row(button(label="a" * 81))),
            "components.0.components.0.label",
            "BASE_TYPE_MAX_LENGTH",
        ),
        (
            body(row(button(label=""))),
            "components.0.components.0",
            "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED",
        ),
        (body(row(button(style=9))), "components.0.components.0.style", "BASE_TYPE_CHOICES"),
        (body(row(button(style=None))), "components.0.components.0.style", "BASE_TYPE_REQUIRED"),
        (
            body(row(button(emoji={}))),
            "components.0.components.0.emoji",
            "BUTTON_COMPONENT_INVALID_EMOJI",
        ),
        (
            body(row(button(custom_id=None))),
            "components.0.components.0.custom_id",
            "BUTTON_COMPONENT_CUSTOM_ID_REQUIRED",
        ),
        (
            body(row(button(custom_id="a" * 101))),
            "components.0.components.0.custom_id",
            "BASE_TYPE_BAD_LENGTH",
        ),
        (
            body(row(button()), row(button())),
            "components.1.components.0.custom_id",
            "COMPONENT_CUSTOM_ID_DUPLICATED",
        ),
        (
            body(row(button(url="https://themata.org"))),
            "components.0.components.0.url",
            "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE",
        ),
        (
            body(row({**LINK, "custom_id": "x"})),
            "components.0.components.0.custom_id",
            "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE",
        ),
        (body(row({**LINK, "url": None})), "components.0.components.0.url", "BASE_TYPE_REQUIRED"),
        (
            body(row({**LINK, "url": "https://a.org/" + "a" * 499})),
            "components.0.components.0.url",
            "BASE_TYPE_MAX_LENGTH",
        ),
        (
            body(row({**LINK, "url": "ftp://themata.org"})),
            "components.0.components.0.url",
            "URL_TYPE_INVALID_SCHEME",
        ),
        (
            body(row({**LINK, "url": "javascript:alert(1)"})),
            "components.0.components.0.url",
            "URL_TYPE_INVALID_URL",
        ),
        (
            body(row({**LINK, "url": "https://a b.org"})),
            "components.0.components.0.url",
            "URL_TYPE_INVALID_URL",
        ),
        (body(row(button(style=6))), "components.0.components.0.sku_id", "BASE_TYPE_REQUIRED"),
        # Selects.
        (
            body(row(select(options=[]))),
            "components.0.components.0.options",
            "BASE_TYPE_BAD_LENGTH",
        ),
        (
            body(row(select(options=[{"label": "a", "value": "a"}] * 2))),
            "components.0.components.0.options.1.value",
            "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
        ),
        (
            body(row(select(placeholder="a" * 151))),
            "components.0.components.0.placeholder",
            "BASE_TYPE_MAX_LENGTH",
        ),
        (
            body(row(MANY_ROLES)),
            "components.0.components.0.default_values",
            "BASE_TYPE_MAX_LENGTH",
        ),
        (
            body(row(NO_ROLE)),
            "components.0.components.0.default_values.0.type",
            "BASE_TYPE_CHOICES",
        ),
        # Pictures, files and gaps.
        (
            body(section(TEXT, accessory={"type": 11})),
            "components.0.accessory.media",
            "BASE_TYPE_REQUIRED",
        ),
        (
            body(section(TEXT, accessory={"type": 11, "media": {"url": "data:image/png"}})),
            "components.0.accessory.media.url",
            "URL_TYPE_INVALID_URL",
        ),
        (
            body(section(TEXT, accessory={"type": 11, "media": {"url": "discord://a/b"}})),
            "components.0.accessory.media.url",
            "URL_TYPE_INVALID_SCHEME",
        ),
        (
            body(section(TEXT, accessory={"type": 11, "media": {"url": "attachment://a.png"}})),
            "components.0.accessory.media.url",
            "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND",
        ),
        (
            body(
                section(
                    TEXT, accessory={**PICTURE, "media": {"url": f"https://a.org/{'a' * 2048}"}}
                )
            ),
            "components.0.accessory.media.url",
            "BASE_TYPE_MAX_LENGTH",
        ),
        (
            body(section(TEXT, accessory={**PICTURE, "description": "a" * 1025})),
            "components.0.accessory.description",
            "BASE_TYPE_MAX_LENGTH",
        ),
        (body({"type": 12, "items": []}), "components.0.items", "BASE_TYPE_BAD_LENGTH"),
        (body({"type": 12, "items": [{}]}), "components.0.items.0.media", "BASE_TYPE_REQUIRED"),
        (body({"type": 13}), "components.0.file", "BASE_TYPE_REQUIRED"),
        (body({"type": 14, "spacing": 3}), "components.0.spacing", "BASE_TYPE_CHOICES"),
        # Embeds.
        ({"embeds": [{"title": "a" * 257}]}, "embeds.0.title", "BASE_TYPE_MAX_LENGTH"),
        ({"embeds": [{}] * 11}, "embeds", "BASE_TYPE_MAX_LENGTH"),
        (
            {"embeds": [{"description": "a" * 4000}] * 2},
            "embeds",
            "MAX_EMBED_SIZE_EXCEEDED",
        ),
        (
            {"embeds": [{"fields": [{"name": "a"}]}]},
            "embeds.0.fields.0.value",
            "BASE_TYPE_REQUIRED",
        ),
        (
            {"embeds": [{"image": {"url": "ftp://a.org"}}]},
            "embeds.0.image.url",
            "URL_TYPE_INVALID_SCHEME",
        ),
        # Allowed mentions.
        (
            {"content": "x", "allowed_mentions": {"parse": ["all"]}},
            "allowed_mentions.parse.0",
            "BASE_TYPE_CHOICES",
        ),
        (
            {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}},
            "allowed_mentions",
            "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
        ),
    ],
)
def test_a_body_that_discord_refuses_names_its_fault(message: Json, path: str, code: str) -> None:
    assert faults(message).get(path) == code


def test_every_component_is_echoed_with_an_id_of_its_own() -> None:
    form = Form()
    message = body(box(section(TEXT), {**GAP, "id": 3}), row(LINK))

    fields = read_fields(form, message, Fields(), ON_CREATE)

    outer, last = fields.components
    inner = outer["components"][0]
    assert [outer["id"], inner["id"], inner["components"][0]["id"]] == [1, 2, 4]
    assert [inner["accessory"]["id"], outer["components"][1]["id"]] == [5, 3]
    assert [last["id"], last["components"][0]["id"]] == [6, 7]


def test_fields_that_discord_does_not_know_are_not_echoed() -> None:
    fields = read_fields(Form(), body({**TEXT, "unknown": 1}), Fields(), ON_CREATE)

    assert fields.components == ({"type": 10, "id": 1, "content": "words"},)
