"""The channels that a person sees and may set up, as far as Slack tells."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Collection, Sequence
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bots.slack.callers import (
    PREFIX,
    answer_of,
    asked_of,
    is_admin,
    is_member,
    may_manage,
    place_of,
)
from bots.slack.client import Identity
from core.commands import Caller
from core.posting import Address

_MOST_ASKED = 40  # Slack tells of fifty channels a minute, and others want to know of some
_AT_ONCE = 5
_LASTS = 600.0  # seconds: who created a channel does not change, and it is seldom made private
_MOST_KEPT = 2000
_PAGE = 1000
_MOST_PAGES = 5


class Managed:
    """Knows who may set up which channels; keeps for a while what Slack told of these."""

    def __init__(self, client: AsyncWebClient, identity: Identity) -> None:
        self._client = client
        self._identity = identity
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._known: OrderedDict[str, tuple[float, dict[str, Any]]] = OrderedDict()

    async def viewer(self, person: str, channel: str, candidates: Sequence[str]) -> Caller:
        """Return who looks at what is their own, with those of the candidates they may set up.

        What Slack does not tell clearly is not theirs.
        """
        workspace = self._identity.workspace
        direct = Address("slack", workspace, person)
        asked = {"user": person}
        user = await asked_of(self._client, "users.info", "user", asked)
        return Caller(
            person,
            place_of(self._identity, person, channel),
            direct,
            prefix=PREFIX,
            zone=str(user.get("tz") or ""),
            is_admin=is_admin(user, workspace),
            is_member=is_member(user, workspace),
            manages=tuple(await self._theirs(user, candidates)),
        )

    async def sees(self, person: str, channel: str) -> bool:
        """Say whether a person sees a channel, as far as Slack tells."""
        info = await self._info(channel)
        return bool(info) and await self._sees(person, info)

    async def _theirs(self, user: dict[str, Any], candidates: Sequence[str]) -> list[str]:
        asked = self._to_ask(candidates)
        told = await asyncio.gather(*(self._info(it) for it in asked))
        workspace = self._identity.workspace
        managed = {
            channel: info
            for channel, info in zip(asked, told, strict=True)
            if info and may_manage(user, info, workspace)
        }
        seen = await asyncio.gather(*(self._sees(user["id"], it) for it in managed.values()))
        return [channel for channel, sees in zip(managed, seen, strict=True) if sees]

    def _to_ask(self, candidates: Sequence[str]) -> list[str]:
        """Return those of the candidates that are known, and of the others as many as can be."""
        unknown = [it for it in candidates if not self._is_known(it)]
        later = frozenset(unknown[_MOST_ASKED:])
        return [it for it in candidates if it not in later]

    def _is_known(self, channel: str) -> bool:
        known = self._known.get(channel)
        return known is not None and time.monotonic() - known[0] < _LASTS

    async def _info(self, channel: str) -> dict[str, Any]:
        if self._is_known(channel):
            return self._known[channel][1]
        async with self._turns:
            asked, level = {"channel": channel}, logging.INFO
            info = await asked_of(self._client, "conversations.info", "channel", asked, level=level)
        if info:
            self._known[channel] = (time.monotonic(), info)
            self._known.move_to_end(channel)
        if len(self._known) > _MOST_KEPT:
            self._known.popitem(last=False)
        return info

    async def _sees(self, person: str, channel: dict[str, Any]) -> bool:
        """Say whether a person sees a channel: a private one only from inside."""
        if not channel.get("is_private", True):
            return True
        cursor = ""
        for _ in range(_MOST_PAGES):
            members, cursor = await self._members(str(channel.get("id")), cursor)
            if person in members:
                return True
            if not cursor:
                break
        return False

    async def _members(self, channel: str, cursor: str) -> tuple[Collection[str], str]:
        asked = {"channel": channel, "limit": str(_PAGE), **({"cursor": cursor} if cursor else {})}
        async with self._turns:
            answer = await answer_of(self._client, "conversations.members", asked)
        following = (answer.get("response_metadata") or {}).get("next_cursor")
        return answer.get("members") or (), str(following or "")
