"""The log: one event a line, as text or JSON, and never a secret."""

import logging
import os
import re
import sys
from collections.abc import Collection
from hashlib import blake2s

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from core.config import LogSettings

_HIDDEN = "[secret]"
# Tokens as they look, for those that were never told to us: Slack's, its hooks, Discord's.
_TOKENS = re.compile(
    r"xox[a-z](?:\.xox[a-z])?-[\w-]+|xapp-[\w-]+|hooks\.slack\.com/\S+"
    r"|[\w-]{24,}\.[\w-]{6}\.[\w-]{27,}|(?<=Bot )[\w.-]{20,}|(?<=Bearer )[\w.-]{20,}"
)
_NOISY = (
    *("alembic", "aiohttp", "aiosqlite", "apscheduler", "discord", "httpcore", "httpx"),
    *("slack_bolt", "slack_sdk", "sqlalchemy"),
)
# People as they are named: by Slack, in an address of direct messages, beside a channel, in a text.
_PEOPLE = re.compile(
    r"(?<![\w-])[UW](?=[A-Z0-9]*[0-9])[A-Z0-9]{2,}(?![\w-])"
    r"|(?<='@me', channel=')\d+|(?<=thread='@)\w+|(?<=<@)\d+"
)
_SECRET_PATHS = re.compile(r"(?<=/webhooks/)\d+/[\w.-]+|(?<=/interactions/)\d+/[\w.-]+")


def set_up_log(settings: LogSettings, secrets: Collection[str]) -> None:
    """Send every event to standard error, with `secrets` and all that looks like one hidden."""
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _Hide(secrets),
                _renderer(settings),
            ],
        )
    )
    # A log that cannot be written, on a full disk for example, is no reason to stop posting.
    logging.raiseExceptions = False
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.level.upper())
    # At their lower levels these write whole requests, with tokens and texts.
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    # It warns at the end of the processes in which pages are read.
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    # It warns of voice at every start.
    logging.getLogger("discord.client").setLevel(logging.ERROR)


class _Hide:
    """Replaces every secret in an event, and every person's id by what is the same for this run."""

    def __init__(self, secrets: Collection[str]) -> None:
        self._key = os.urandom(16)
        self._secrets = [secret for secret in secrets if secret]

    def __call__(self, _logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
        return {key: self._without(value) for key, value in event.items()}

    def _without(self, value: object) -> object:
        if isinstance(value, (int, float, bool)) or value is None:
            return value
        shown = str(value)
        for secret in self._secrets:
            shown = shown.replace(secret, _HIDDEN)
        shown = _SECRET_PATHS.sub(_HIDDEN, _TOKENS.sub(_HIDDEN, shown))
        return _PEOPLE.sub(self._alias, shown)

    def _alias(self, named: re.Match[str]) -> str:
        return f"person-{blake2s(named[0].encode(), key=self._key, digest_size=4).hexdigest()}"


def _renderer(settings: LogSettings) -> Processor:
    if settings.form == "json":
        return structlog.processors.JSONRenderer()
    return _as_line


def _as_line(_logger: WrappedLogger, _name: str, event: EventDict) -> str:
    """Return time, level, event and where it comes from, and below them what was raised."""
    when, level = str(event.pop("timestamp"))[:19], event.pop("level")
    raised = event.pop("exception", None)
    line = f"{when} {level:<7} {event.pop('event')}"
    return f"{line}\n{raised}" if raised else line
