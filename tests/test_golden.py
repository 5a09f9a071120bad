"""Every message looks as its golden file shows, on each platform."""

import inspect
import os
from collections.abc import Mapping

import pytest

from core import compose
from core.messages import Message
from tests.gallery import NAMES, PLATFORMS, message
from tests.golden_files import GOLDEN, drawn, golden

WRITES = bool(os.environ.get("THEMATA_WRITE_GOLDEN"))


@pytest.mark.parametrize("platform", PLATFORMS)
def test_each_message_looks_as_its_golden_file_shows(platform: str) -> None:
    shown = {name: drawn(platform, message(name, platform)) for name in NAMES}
    if WRITES:
        _write(platform, shown)

    kept = {name: golden(platform, name).read_text(encoding="utf-8") for name in NAMES}
    others = [name for name in NAMES if shown[name] != kept[name]]
    assert {name: shown[name] for name in others} == {name: kept[name] for name in others}


def test_every_golden_file_shows_a_message() -> None:
    shown = {golden(platform, name) for platform in PLATFORMS for name in NAMES}
    others = {path for path in GOLDEN.rglob("*") if path.is_file()} - shown
    if WRITES:
        for path in others:
            path.unlink()
    else:
        assert others == set()


def test_whatever_can_be_said_is_in_the_gallery() -> None:
    functions = {name: getattr(compose, name) for name in compose.__all__}
    says = [
        name.strip("_").replace("_", "-")
        for name, function in functions.items()
        if inspect.isfunction(function) and inspect.signature(function).return_annotation is Message
    ]

    assert len(says) > 25
    assert [said for said in says if not any(name.startswith(said) for name in NAMES)] == []


def _write(platform: str, shown: Mapping[str, str]) -> None:
    for name, text in shown.items():
        file = golden(platform, name)
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
