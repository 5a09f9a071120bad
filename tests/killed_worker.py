"""The real delivery worker in a process that dies at one of its awaits.

    python -m tests.killed_worker

takes its `Orders` from its input, a line of JSON for each, carries each out in a fork, and prints
the id of that process, and then how it ended: 0, or -9 if it was killed. The forks share what is
imported, so each starts at once.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Coroutine, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, TypeVar

from bots.discord.poster import DiscordPoster
from bots.slack.client import web_client
from bots.slack.poster import SlackPoster
from core.clock import utc_now
from core.commands import Caller, parse
from core.db import Database, open_database
from core.delivery import DeliveryWorker
from core.desk import Desk
from core.notices import Notices
from core.posting import Address, Platform, Poster

MOD = "80351110224678912"
"""Who types."""

_Result = TypeVar("_Result")
_Steps = Coroutine[Any, Any, _Result] | Generator[Any, None, _Result]


@dataclass(frozen=True, slots=True)
class Orders:
    """What is posted where, and when the process dies."""

    platform: Platform
    api_url: str
    token: str
    database: str
    later: float = 0.0
    """By how many seconds its clock is ahead."""
    killed_at: int = 0
    """At which await, counted from 1; 0 is never."""
    typed: str = ""
    """What a mod types in which channel, `C1 channel follow llms`, before the bot says its own."""
    announces: bool = False
    """It says what the bot itself has to say, in place of posting articles."""

    def clock(self) -> datetime:
        """Return the time that it goes by."""
        return utc_now() + timedelta(seconds=self.later)

    async def announce(self, database: Database, poster: Poster) -> None:
        """Do what was typed, and say what is due."""
        posters = {self.platform: poster}
        if self.typed:
            workspace, channel, words = self.typed.split(" ", 2)
            here = Address(self.platform, workspace, channel)
            mod = Caller(MOD, here, replace(here, channel=MOD), may_manage=True, is_admin=True)
            desk = Desk(database, {"llms": []}, clock=self.clock, posters=posters)
            await desk.answer(parse(words), mod)
        await Notices(database, posters, clock=self.clock).post_due()

    def worker(self, database: Database, poster: Poster) -> DeliveryWorker:
        """Return a worker of these orders, with one lane: the others would only wait."""
        return DeliveryWorker(database, poster, self.platform, clock=self.clock, lanes=1)


@asynccontextmanager
async def poster_of(orders: Orders) -> AsyncIterator[Poster]:
    """Open the real poster, unpaced."""
    if orders.platform == "discord":
        url, token = orders.api_url, orders.token
        async with DiscordPoster(token, api_url=url, requests_per_second=0) as discord:
            yield discord
    else:
        async with web_client(orders.token, api_url=orders.api_url) as client:
            yield SlackPoster(client, spacing=0)


class Awaits:
    """Counts the awaits at which tasks wait, and kills the process at one of them."""

    def __init__(self, killed_at: int) -> None:
        self._left = killed_at

    def task(
        self, loop: asyncio.AbstractEventLoop, coroutine: _Steps[_Result], **more: Any
    ) -> asyncio.Task[_Result]:
        """Return a task whose awaits count. A factory of tasks."""
        return asyncio.Task(_Counted[_Result](coroutine, self), loop=loop, **more)

    def pass_one(self) -> None:
        """Count an await; die if it is the one."""
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class _Counted(Coroutine[Any, Any, _Result]):
    """A coroutine, for a task, that tells each time that it waits for something."""

    def __init__(self, coroutine: _Steps[_Result], awaits: Awaits) -> None:
        self._coroutine = coroutine
        self._awaits = awaits

    def send(self, value: Any) -> Any:
        waits_for = self._coroutine.send(value)
        self._awaits.pass_one()
        return waits_for

    def throw(
        self,
        kind: Any,
        value: BaseException | object = None,
        trace: TracebackType | None = None,
    ) -> Any:
        waits_for = self._coroutine.throw(kind, value, trace)
        self._awaits.pass_one()
        return waits_for

    def close(self) -> None:
        self._coroutine.close()

    def __await__(self) -> Generator[Any, Any, _Result]:
        raise TypeError("only a task goes through it")


async def post(orders: Orders) -> None:
    """Take over what was left behind, and post what is due; every await of it counts."""
    async with open_database(orders.database) as database, poster_of(orders) as poster:
        todo = _announce if orders.announces else _recover_and_post
        asyncio.get_running_loop().set_task_factory(Awaits(orders.killed_at).task)
        await asyncio.create_task(todo(orders, database, poster))
        asyncio.get_running_loop().set_task_factory(None)


async def _announce(orders: Orders, database: Database, poster: Poster) -> None:
    await orders.announce(database, poster)


async def _recover_and_post(orders: Orders, database: Database, poster: Poster) -> None:
    worker = orders.worker(database, poster)
    await worker.recover()
    await worker.post_due()


def _carry_out(orders: Orders) -> None:
    """Post in a fork, and tell which process that is and how it ended."""
    child = os.fork()
    if not child:
        asyncio.run(post(orders))
        os._exit(0)
    _tell(child)
    _tell(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def _tell(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def main() -> None:
    """Carry out what is ordered until the input ends."""
    for line in sys.stdin:
        _carry_out(Orders(**json.loads(line)))


if __name__ == "__main__":
    main()
