"""The log: what it says, and what never stands in it."""

import json
import logging
from collections.abc import Callable, Iterator

import pytest

from bots.logs import set_up_log
from core.config import LogSettings
from tests.program import log_as_before

log = logging.getLogger("bots.canary")

TOLD = "canary-told-9f3b"
"""A secret that has no form of its own."""
DISCORD = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GcAnRy.abcdefghijklmnopqrstuvwxyz0123456789AB"
SECRETS = {
    "one that was told": TOLD,
    "a bot token of Discord": DISCORD,
    "a bot token of Slack": "xoxb-123456789012-canary",
    "a user token of Slack": "xoxp-123456789012-canary",
    "a rotating token of Slack": "xoxe.xoxb-1-canary",
    "an app token of Slack": "xapp-1-A0123-canary",
    "a header": "Bearer canary.canary.canary.canary",
    "an address of Discord": "/interactions/118730126411/canaryXcanaryXcanary",
    "a hook of Discord": "/webhooks/118730126411/canaryXcanaryXcanary",
    "a hook of Slack": "https://hooks.slack.com/services/T0/B0/canary",
}


class Refusal(Exception):
    """An error that says too much."""


def refuse(secret: str) -> None:
    """Raise the error that says too much."""
    raise Refusal(secret)


def in_its_words(secret: str) -> None:
    log.warning(f"refused {secret}")  # noqa: G004 (it is what must not matter)


def in_its_values(secret: str) -> None:
    log.warning("refused %s of %s", {"token": secret}, [secret])


def in_an_error(secret: str) -> None:
    try:
        refuse(secret)
    except Refusal:
        log.exception("refused")


def in_the_cause_of_an_error(secret: str) -> None:
    try:
        try:
            refuse(secret)
        except Refusal as error:
            raise ValueError("wrapped") from error
    except ValueError:
        log.exception("refused")


def in_a_library(secret: str) -> None:
    logging.getLogger("aiohttp.client").warning("Authorization: Bot %s", secret)


PLACES = (in_its_words, in_its_values, in_an_error, in_the_cause_of_an_error, in_a_library)


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    with log_as_before():
        yield


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("say", PLACES)
@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS.keys())
def test_a_secret_never_reaches_the_log(
    capsys: pytest.CaptureFixture[str], form: str, say: Callable[[str], None], secret: str
) -> None:
    set_up_log(LogSettings.model_validate({"form": form}), [TOLD])

    say(secret)
    logged = capsys.readouterr().err

    assert logged
    assert "canary" not in logged.replace("bots.canary", "").replace(__file__, "")
    assert DISCORD not in logged


@pytest.mark.parametrize("library", ["discord.http", "slack_sdk", "aiohttp.access", "httpx"])
def test_what_libraries_say_of_requests_is_not_logged(
    capsys: pytest.CaptureFixture[str], library: str
) -> None:
    set_up_log(LogSettings(level="debug"), [])

    logging.getLogger(library).debug("POST /messages with a text")
    logging.getLogger(library).info("POST /messages with a text")

    assert capsys.readouterr().err == ""


def test_as_text_an_event_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_log(LogSettings(), [])

    log.info("took in from %s: articles %s", "themata", 3)
    line = capsys.readouterr().err

    assert line.count("\n") == 1
    assert line.endswith("info    took in from themata: articles 3\n")


def test_as_json_an_event_is_an_object_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_log(LogSettings(form="json"), [])

    in_an_error("broken\nin two lines")
    line = capsys.readouterr().err
    event = json.loads(line)

    assert line.count("\n") == 1
    assert event["event"] == "refused"
    assert event["level"] == "error"
    assert event["logger"] == "bots.canary"
    assert "broken\nin two lines" in event["exception"]


def test_what_is_below_the_level_is_not_logged(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_log(LogSettings(level="warning"), [])

    log.info("posted")
    log.warning("paused")
    line = capsys.readouterr().err

    assert "paused" in line
    assert "posted" not in line


def test_an_empty_secret_hides_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_log(LogSettings(), ["", "unused"])

    log.info("posted 3")

    assert capsys.readouterr().err.endswith("posted 3\n")
