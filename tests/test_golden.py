"""Every message looks as its golden file shows, on each platform."""

import inspect
import os

import pytest

from core import compose
from core.messages import Message
from tests.gallery import NAMES, PLATFORMS, message
from tests.golden_files import GOLDEN, drawn, golden

WRITES = bool(os.environ.get("THEMATA_WRITE_GOLDEN"))

every_message = pytest.mark.parametrize("name", NAMES)


@every_message
@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_message_looks_as_its_golden_file_shows(platform: str, name: str) -> None:
    shown = drawn(platform, message(name, platform))
    if WRITES:
        golden(platform, name).parent.mkdir(exist_ok=True)
        golden(platform, name).write_text(shown, encoding="utf-8")

    assert shown == golden(platform, name).read_text(encoding="utf-8")


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
