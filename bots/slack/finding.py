"""The user groups of the workspace, found by their names while one is typed."""

import asyncio
import logging
import time
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bots.slack.asking import Element
from bots.slack.client import answer_of
from bots.slack.follow_form import MOST_OFFERED, option
from core import compose
from core.text import clean

# Seconds: Slack tells of them twenty times a minute, and each letter asks.
_LASTS, _LASTS_UNTOLD = 60.0, 10.0


class UserGroups:
    """Knows the user groups of a workspace, as Slack told them a moment ago."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._turn = asyncio.Lock()
        self._told: list[dict[str, Any]] | None = None
        self._told_until = 0.0

    async def offered(self, typed: str) -> list[Element]:
        """Return what is offered while the name of a group is typed; one line says if nothing."""
        async with self._turn:
            groups = await self._groups()
        if groups is None:
            return [_nothing(compose.groups_unknown(), typed)]
        said = clean(typed).casefold().lstrip("@")
        found = [it for it in groups if said in _called(it).casefold()]
        if not found:
            return [_nothing(compose.no_group_like(typed), typed)]
        return [option(_called(it), str(it["id"])) for it in found[:MOST_OFFERED]]

    async def _groups(self) -> list[dict[str, Any]] | None:
        """Return the groups; None if Slack does not tell: perhaps the app may not ask."""
        if time.monotonic() >= self._told_until:
            answer = await answer_of(self._client, "usergroups.list", {}, level=logging.INFO)
            told = answer.get("usergroups")
            self._told = list(told) if isinstance(told, list) else None
            lasts = _LASTS_UNTOLD if self._told is None else _LASTS
            self._told_until = time.monotonic() + lasts
        return self._told


def _called(group: dict[str, Any]) -> str:
    handle, name = (clean(str(group.get(it) or "")) for it in ("handle", "name"))
    return " \u00b7 ".join(filter(None, (f"@{handle}" if handle else "", name))) or str(group["id"])


def _nothing(said: str, typed: str) -> Element:
    """Return a line that is no group: who chooses it is told so."""
    return option(said, f"@{clean(typed)}")
