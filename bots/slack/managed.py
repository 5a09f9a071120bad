"""The channels that a person sees and may set up, as far as Slack tells."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bots.slack.callers import (
    PREFIX,
    is_admin,
    is_insider,
    is_member,
    may_manage,
    place_of,
)
from bots.slack.client import Identity, answer_of
from bots.slack.directory import Directory
from core.commands import Caller
from core.posting import Address
from core.rights import ANYONE

_MOST_ASKED = 40  # Slack tells of fifty channels a minute, and others want to know of some
_MOST_GROUPS = 10  # Slack tells of twenty groups a minute
_MOST_PRIVATE = 40  # each is asked for at each opening, as who left one must not see it
_AT_ONCE = 5
_LASTS = 600.0  # seconds: who created a channel does not change, and it is seldom made private
_MOST_KEPT = 2000
_PAGE = 1000
_MOST_PAGES = 5


class Managed:
    """Knows who may set up which channels; keeps for a while what Slack told of these."""

    def __init__(self, client: AsyncWebClient, directory: Directory, identity: Identity) -> None:
        self._client = client
        self._directory = directory
        self._identity = identity
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._groups: OrderedDict[str, tuple[float, frozenset[str]]] = OrderedDict()

    async def viewer(self, person: str, channel: str, candidates: Mapping[str, str]) -> Caller:
        """Return who looks at what is their own, with those of the candidates they may set up.

        With each candidate is who may beside its mods. What Slack does not tell clearly is not
        theirs.
        """
        workspace = self._identity.workspace
        direct = Address("slack", workspace, person)
        user = await self._directory.person(person)
        managed, chosen = await self._theirs(user, candidates)
        return Caller(
            person,
            place_of(self._identity, person, channel),
            direct,
            prefix=PREFIX,
            zone=str(user.get("tz") or ""),
            is_admin=is_admin(user, workspace),
            is_member=is_member(user, workspace),
            manages=managed,
            may_set_up=chosen,
        )

    async def sees(self, person: str, channel: str) -> bool:
        """Say whether a person sees a channel, as far as Slack tells."""
        info = await self._info(channel)
        return bool(info) and await self._sees(person, info)

    async def _theirs(
        self, user: dict[str, Any], candidates: Mapping[str, str]
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the candidates of which a person is a mod, and those they may set up beside."""
        workspace = self._identity.workspace
        if not is_insider(user, workspace):
            return (), ()
        asked = self._to_ask(list(candidates))
        told = await asyncio.gather(*(self._info(it) for it in asked))
        infos = {channel: info for channel, info in zip(asked, told, strict=True) if info}
        managed = [it for it, info in infos.items() if may_manage(user, info, workspace)]
        others = {it: candidates[it] for it in infos if it not in managed and candidates[it]}
        chosen = await self._chosen(user["id"], others)
        seen = await self._seen(user["id"], [infos[it] for it in (*managed, *chosen)])
        return tuple(it for it in managed if it in seen), tuple(it for it in chosen if it in seen)

    async def _chosen(self, person: str, managers: Mapping[str, str]) -> list[str]:
        """Return the channels whose managers are anyone, or a group that a person is in."""
        groups = list(dict.fromkeys(it for it in managers.values() if it != ANYONE))
        told = await asyncio.gather(*(self._people(it) for it in groups[:_MOST_GROUPS]))
        theirs = {it for it, people in zip(groups, told, strict=False) if person in people}
        return [channel for channel, who in managers.items() if who in {ANYONE, *theirs}]

    async def _people(self, group: str) -> Collection[str]:
        known = self._groups.get(group)
        if known and time.monotonic() - known[0] < _LASTS:
            return known[1]
        async with self._turns:
            people = frozenset(await self._directory.people_in(group))
        if not people:
            return people  # Slack may just not have told
        self._groups[group] = (time.monotonic(), people)
        self._groups.move_to_end(group)
        if len(self._groups) > _MOST_KEPT:
            self._groups.popitem(last=False)
        return people

    async def _seen(self, person: str, channels: Sequence[dict[str, Any]]) -> set[str]:
        """Return those of these channels that a person sees; of private ones only the first."""
        private = [it for it in channels if it.get("is_private", True)]
        asked = private[:_MOST_PRIVATE]
        told = await asyncio.gather(*(self._sees(person, it) for it in asked))
        seen = {str(it.get("id")) for it, sees in zip(asked, told, strict=True) if sees}
        return seen | {str(it.get("id")) for it in channels if it not in private}

    def _to_ask(self, candidates: Sequence[str]) -> list[str]:
        """Return those of the candidates that are known, and of the others as many as can be."""
        unknown = [it for it in candidates if not self._directory.knows(it, within=_LASTS)]
        later = frozenset(unknown[_MOST_ASKED:])
        return [it for it in candidates if it not in later]

    async def _info(self, channel: str) -> dict[str, Any]:
        if self._directory.knows(channel, within=_LASTS):
            return await self._directory.channel(channel, within=_LASTS)
        async with self._turns:
            return await self._directory.channel(channel, within=_LASTS, level=logging.INFO)

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
