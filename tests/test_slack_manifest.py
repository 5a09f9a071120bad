"""The manifest, and what docs/slack.md says of it, name all that the code listens to."""

import re
from pathlib import Path

import pytest

from bots import slack
from bots.slack.commands import COMMANDS
from bots.slack.events import CLOSING, LEAVING, OPENING
from bots.slack.pressed import FOLLOW_TAGS
from bots.slack.shortcuts import RELATED, WHY

MANIFEST = Path(slack.__file__).with_name("manifest.yaml").read_text(encoding="utf-8")
DOCS = (Path(__file__).parent.parent / "docs" / "slack.md").read_text(encoding="utf-8")
EVENTS = {"app_mention", "app_home_opened", *OPENING, *CLOSING, *LEAVING}
SHORTCUTS = {FOLLOW_TAGS: "global", RELATED: "message", WHY: "message"}


def listed(after: str) -> list[str]:
    """Return the list in the manifest that stands under this name."""
    rest = MANIFEST.partition(f"{after}:\n")[2]
    found = re.match(r"(?:\s*#.*\n|\s+- \S+\n)+", rest)
    return re.findall(r"- (\S+)", found[0] if found else "")


def test_the_manifest_names_the_events_that_the_bot_listens_to() -> None:
    assert set(listed("bot_events")) == EVENTS
    assert listed("bot_events") == sorted(listed("bot_events"))


def test_the_manifest_names_the_shortcuts_that_the_bot_listens_to() -> None:
    said = re.findall(r"- name: .+\n\s+type: (\S+)\n\s+callback_id: (\S+)\n", MANIFEST)

    assert {callback: kind for kind, callback in said} == SHORTCUTS
    assert all(len(name) <= 24 for name in re.findall(r"- name: (.+)\n", MANIFEST))


def test_the_manifest_has_a_home_tab_and_direct_messages() -> None:
    assert "home_tab_enabled: true" in MANIFEST
    assert "messages_tab_enabled: true" in MANIFEST
    assert "messages_tab_read_only_enabled: false" in MANIFEST


@pytest.mark.parametrize("scope", listed("    bot"))
def test_each_permission_is_argued(scope: str) -> None:
    table = DOCS.partition("## What each permission is for")[2].partition("\n## ")[0]

    assert f"`{scope}`" in table


@pytest.mark.parametrize("event", sorted(EVENTS))
def test_each_event_is_explained(event: str) -> None:
    assert f"`{event}`" in DOCS.partition("## What Slack tells Themata")[2]


@pytest.mark.parametrize("named", [*COMMANDS, "**Follow tags**", "**Related stories**"])
def test_each_way_to_ask_is_named(named: str) -> None:
    assert named in DOCS
