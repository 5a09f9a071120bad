"""The sandbox hints at Slack's commands as the app's manifest does."""

import re
from pathlib import Path

from bots import slack
from bots.trial import EVERYWHERE, SHORTCUTS, USAGE

MANIFEST = Path(slack.__file__).with_name("manifest.yaml")


def test_the_sandbox_hints_at_what_the_manifest_says() -> None:
    written = MANIFEST.read_text(encoding="utf-8")
    said = re.findall(r"command: (\S+)\n(?:.*\n)*?\s+usage_hint: (.+)\n", written)

    assert dict(said) == USAGE


def test_the_sandbox_has_the_menu_that_the_manifest_names() -> None:
    written = MANIFEST.read_text(encoding="utf-8")
    said = re.findall(r"- name: (.+)\n\s+type: message\n\s+callback_id: (\S+)\n", written)

    assert {callback: name for name, callback in said} == SHORTCUTS


def test_the_sandbox_has_the_shortcuts_that_the_manifest_offers_everywhere() -> None:
    written = MANIFEST.read_text(encoding="utf-8")
    said = re.findall(r"- name: (.+)\n\s+type: global\n\s+callback_id: (\S+)\n", written)

    assert {callback: name for name, callback in said} == EVERYWHERE
