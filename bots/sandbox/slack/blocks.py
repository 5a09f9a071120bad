"""Block Kit: what a message's blocks and a view may hold, as strict as Slack is.

Newer kinds of blocks (cards, tables, video, markdown) are unknown here and refused.
"""

from bots.sandbox.slack.schema import (
    Check,
    Report,
    anything,
    boolean,
    choice,
    kinds,
    matching,
    record,
    several,
    string,
    whole,
)

MOST_CHARACTERS = 13_200
"""The most characters that the blocks of a message may show together."""

_ID = string(255)
_WEB = r"https?://[^\s]+"
_IMAGE_URL = matching(_WEB, 3000, "invalid_url")
_BUTTON_URL = matching(rf"{_WEB}|(slack|mailto):[^\s]+", 3000, "invalid_url")
_LINK_URL = matching(rf"{_WEB}|(slack|mailto|tel):[^\s]+", 3000, "invalid_url")


def _plain(most: int) -> Check:
    fields = record({"text": string(most, shown=True)}, {"emoji": boolean})
    return kinds({"plain_text": fields})


def _text(most: int) -> Check:
    words = string(most, shown=True)
    shapes = {
        "plain_text": record({"text": words}, {"emoji": boolean}),
        "mrkdwn": record({"text": words}, {"verbatim": boolean}),
    }
    return kinds(shapes, told=True)


_CONFIRM = record(
    {"title": _plain(100), "text": _text(300), "confirm": _plain(30), "deny": _plain(30)},
    {"style": choice("primary", "danger")},
)
_OPTION = record({"text": _text(75), "value": string(150)}, {"description": _text(75)})
_OVERFLOW_OPTION = record(
    {"text": _plain(75), "value": string(75)},
    {"description": _plain(75), "url": _BUTTON_URL},
)
_SLACK_FILE = record({}, {"id": _ID, "url": _IMAGE_URL}, one_of=("id", "url"))
_ACTION = {"action_id": _ID, "confirm": _CONFIRM, "focus_on_load": boolean}

_BUTTON = record(
    {"text": _plain(75)},
    {
        "action_id": _ID,
        "value": string(2000),
        "url": _BUTTON_URL,
        "style": choice("primary", "danger"),
        "confirm": _CONFIRM,
        "accessibility_label": string(75),
    },
)
_OVERFLOW = record(
    {"options": several(_OVERFLOW_OPTION, 5)}, {"action_id": _ID, "confirm": _CONFIRM}
)
_IMAGE_FIELDS = {"image_url": _IMAGE_URL, "slack_file": _SLACK_FILE}
_IMAGE_ELEMENT = record(
    {"alt_text": string(2000)}, _IMAGE_FIELDS, one_of=("image_url", "slack_file")
)
_OPTIONS = several(_OPTION, 100)
_GROUPS = several(record({"label": _plain(75), "options": _OPTIONS}), 100)
_MENU = {**_ACTION, "placeholder": _plain(150)}
_SEVERAL = {"max_selected_items": whole(1, 100)}
_FEW = several(_OPTION, 10)
_PICK = {**_MENU, "options": _OPTIONS, "option_groups": _GROUPS}
_ASK = {**_MENU, "min_query_length": whole(0, 100)}
_SELECTS = {
    "static_select": record(
        {}, {**_PICK, "initial_option": _OPTION}, one_of=("options", "option_groups")
    ),
    "multi_static_select": record(
        {},
        {**_PICK, **_SEVERAL, "initial_options": _OPTIONS},
        one_of=("options", "option_groups"),
    ),
    "external_select": record({}, {**_ASK, "initial_option": _OPTION}),
    "multi_external_select": record({}, {**_ASK, **_SEVERAL, "initial_options": _OPTIONS}),
    "users_select": record({}, {**_MENU, "initial_user": _ID}),
    "conversations_select": record(
        {},
        {
            **_MENU,
            "initial_conversation": _ID,
            "default_to_current_conversation": boolean,
            "response_url_enabled": boolean,
            "filter": anything,
        },
    ),
    "channels_select": record(
        {}, {**_MENU, "initial_channel": _ID, "response_url_enabled": boolean}
    ),
}
_BOXES = {
    "checkboxes": record({"options": _FEW}, {**_ACTION, "initial_options": _FEW}),
    "radio_buttons": record({"options": _FEW}, {**_ACTION, "initial_option": _OPTION}),
    "datepicker": record({}, {**_MENU, "initial_date": string(10)}),
    "timepicker": record({}, {**_MENU, "initial_time": string(5), "timezone": string(100)}),
}
_PRESSABLE = {"button": _BUTTON, "overflow": _OVERFLOW, **_SELECTS, **_BOXES}
_TEXT_INPUT = record(
    {},
    {
        **_MENU,
        "initial_value": string(3000),
        "multiline": boolean,
        "min_length": whole(0, 3000),
        "max_length": whole(1, 3000),
        "dispatch_action_config": anything,
    },
)

_STYLE = record({}, dict.fromkeys(("bold", "italic", "strike", "code", "underline"), boolean))
_MENTION_STYLE = {"style": _STYLE}
_RICH = kinds(
    {
        "text": record({"text": string(12_000, shown=True)}, _MENTION_STYLE),
        "link": record(
            {"url": _LINK_URL},
            {"text": string(3000, shown=True), "unsafe": boolean, "style": _STYLE},
        ),
        "emoji": record(
            {"name": string(100)},
            {"unicode": string(100), "skin_tone": whole(1, 6), "style": _STYLE},
        ),
        "user": record({"user_id": _ID}, _MENTION_STYLE),
        "usergroup": record({"usergroup_id": _ID}, _MENTION_STYLE),
        "channel": record({"channel_id": _ID}, _MENTION_STYLE),
        "team": record({"team_id": _ID}, _MENTION_STYLE),
        "broadcast": record({"range": choice("here", "channel", "everyone")}, _MENTION_STYLE),
        "color": record({"value": string(20)}, _MENTION_STYLE),
        "date": record(
            {"timestamp": whole(0, 2**40), "format": string(200)},
            {"url": _LINK_URL, "fallback": string(200, shown=True), "style": _STYLE},
        ),
    }
)
_RICH_ELEMENTS = several(_RICH, 1000, 0)
_BORDER = {"border": whole(0, 1)}
_RICH_SECTION = record({"elements": _RICH_ELEMENTS})
_RICH_PARTS = kinds(
    {
        "rich_text_section": _RICH_SECTION,
        "rich_text_quote": record({"elements": _RICH_ELEMENTS}, _BORDER),
        "rich_text_preformatted": record(
            {"elements": _RICH_ELEMENTS}, {**_BORDER, "language": string(100)}
        ),
        "rich_text_list": record(
            {
                "style": choice("bullet", "ordered"),
                "elements": several(kinds({"rich_text_section": _RICH_SECTION}), 1000),
            },
            {**_BORDER, "indent": whole(0, 8), "offset": whole(0, 10_000)},
        ),
    }
)

_BLOCK_ID = {"block_id": _ID}
_BLOCK = kinds(
    {
        "header": record({"text": _plain(150)}, _BLOCK_ID),
        "section": record(
            {},
            {
                **_BLOCK_ID,
                "text": _text(3000),
                "fields": several(_text(2000), 10),
                "accessory": kinds({"image": _IMAGE_ELEMENT, **_PRESSABLE}),
                "expand": boolean,
            },
            one_of=("text", "fields"),
        ),
        "context": record(
            {
                "elements": several(
                    kinds(
                        {
                            "image": _IMAGE_ELEMENT,
                            "plain_text": record(
                                {"text": string(3000, shown=True)}, {"emoji": boolean}
                            ),
                            "mrkdwn": record(
                                {"text": string(3000, shown=True)}, {"verbatim": boolean}
                            ),
                        }
                    ),
                    10,
                )
            },
            _BLOCK_ID,
        ),
        "actions": record(
            {"elements": several(kinds(_PRESSABLE), 25, unique="action_id")}, _BLOCK_ID
        ),
        "divider": record({}, _BLOCK_ID),
        "image": record(
            {"alt_text": string(2000)},
            {**_BLOCK_ID, **_IMAGE_FIELDS, "title": _plain(2000)},
            one_of=("image_url", "slack_file"),
        ),
        "rich_text": record({"elements": several(_RICH_PARTS, 1000)}, _BLOCK_ID),
        "input": record(
            {
                "label": _plain(2000),
                "element": kinds({"plain_text_input": _TEXT_INPUT, **_SELECTS, **_BOXES}),
            },
            {**_BLOCK_ID, "hint": _plain(2000), "optional": boolean, "dispatch_action": boolean},
        ),
    }
)
_MESSAGE_BLOCKS = several(_BLOCK, 50, 0, unique="block_id")
_VIEW_BLOCKS = several(_BLOCK, 100, 0, unique="block_id")
_VIEW_FIELDS = {
    "private_metadata": string(3000, 0),
    "callback_id": string(255, 0),
    "external_id": string(255, 0),
}
_VIEW = kinds(
    {
        "modal": record(
            {"title": _plain(24), "blocks": _VIEW_BLOCKS},
            {
                **_VIEW_FIELDS,
                "submit": _plain(24),
                "close": _plain(24),
                "clear_on_close": boolean,
                "notify_on_close": boolean,
                "submit_disabled": boolean,
            },
        ),
        "home": record({"blocks": _VIEW_BLOCKS}, _VIEW_FIELDS),
    }
)


def check_blocks(blocks: object) -> Report:
    """Return what is wrong with a message's blocks, and how many characters they show."""
    report = Report()
    _MESSAGE_BLOCKS(blocks, ((), "blocks"), report)
    return report


def check_options(options: object) -> Report:
    """Return what is wrong with what is offered while a person types into a menu."""
    report = Report()
    several(_OPTION, 100, 0)(options, ((), "options"), report)
    return report


def check_view(view: object) -> Report:
    """Return what is wrong with a modal or a home tab."""
    report = Report()
    _VIEW(view, ((), "view"), report)
    if isinstance(view, dict) and view.get("type") == "modal" and not view.get("submit"):
        blocks = view.get("blocks")
        if any(b.get("type") == "input" for b in blocks or () if isinstance(b, dict)):
            report.add("missing required field: submit", ((), "view"))
    return report
