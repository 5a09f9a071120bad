"""Delivery workers that break the promise, each in one well-known way, and one that keeps it.

Each works in a process of its own with a small store of its own, and shares nothing with the bot:
they show that the checker finds what is wrong. It takes its `Orders`, delivers what is in the
store, and ends; killed and started again, it goes on.
"""

import asyncio
import hashlib
import os
import signal
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import aiohttp

Platform = Literal["discord", "slack"]
Strategy = Literal["at least once", "at most once", "nonce only", "no settling", "right"]
"""What is done about a post of which it is not known whether it stands.

At least once: it is sent again. At most once: it is marked before it is sent, and then forgotten.
Nonce only: it is sent again with its nonce, however old that is. No settling: the history is
searched at once. Right: the nonce while it is known, else the history, twice, after a wait.
"""
Point = Literal["claimed", "answered", ""]
"""Where a worker kills itself: before a post is sent, or after its answer came."""

_NONCE_KNOWN_FOR = 60.0
_SETTLES_IN = 0.1
_AGENT = "DiscordBot (https://example.org, 1)"
_SCHEMA = "CREATE TABLE posts (id INTEGER PRIMARY KEY, channel, article, state, tried_at REAL)"


@dataclass(frozen=True, slots=True)
class Orders:
    """What a worker does, and where."""

    strategy: Strategy
    platform: Platform
    api_url: str
    token: str
    store: str
    """The file of its store."""
    killed_at: Point = ""
    later: float = 0.0
    """By how many seconds its clock is ahead of the real one."""


@dataclass(frozen=True, slots=True)
class Post:
    """An article on its way to a channel."""

    id: int
    channel: str
    article: str
    state: str
    tried_at: float

    @property
    def mark(self) -> str:
        """What the post can be known by."""
        return hashlib.blake2s(
            f"{self.channel} {self.article}".encode(), digest_size=12
        ).hexdigest()


def fill_store(file: Path, channels: list[str], articles: list[str]) -> None:
    """Make a store in which every article waits for every channel."""
    with sqlite3.connect(file) as store:
        store.execute(_SCHEMA)
        rows = [(channel, article) for article in articles for channel in channels]
        store.executemany("INSERT INTO posts VALUES (NULL, ?, ?, 'waiting', 0)", rows)
    store.close()


class Client:
    """The two platforms' APIs, as far as the workers speak them."""

    def __init__(self, orders: Orders, http: aiohttp.ClientSession) -> None:
        self._orders = orders
        self._http = http

    async def send(self, post: Post) -> None:
        """Post the article, so marked that it can be known."""
        if self._orders.platform == "discord":
            body: dict[str, object] = {"content": post.article}
            if self._orders.strategy in {"nonce only", "right"}:
                body |= {"nonce": post.mark, "enforce_nonce": True}
            await self._call("POST", f"/channels/{post.channel}/messages", body)
        else:
            mark = {"event_type": "delivery", "event_payload": {"d": post.mark}}
            body = {"channel": post.channel, "text": post.article, "metadata": mark}
            await self._call("POST", "chat.postMessage", body)

    async def stands(self, post: Post) -> bool:
        """Say whether the history holds the post."""
        if self._orders.platform == "discord":
            history = await self._call("GET", f"/channels/{post.channel}/messages?limit=100")
            # A history does not tell the nonces.
            return any(message["content"] == post.article for message in history)
        asked = {"channel": post.channel, "include_all_metadata": True}
        history = (await self._call("POST", "conversations.history", asked))["messages"]
        found = (message.get("metadata", {}).get("event_payload") for message in history)
        return any(payload == {"d": post.mark} for payload in found)

    async def _call(self, method: str, path: str, body: object = None) -> Any:
        kind = "Bot" if self._orders.platform == "discord" else "Bearer"
        headers = {"Authorization": f"{kind} {self._orders.token}", "User-Agent": _AGENT}
        url = self._orders.api_url + path
        async with self._http.request(method, url, json=body, headers=headers) as answer:
            return await answer.json(content_type=None)


class Worker:
    """Delivers what is in its store: the channels at the same time, each in order."""

    def __init__(self, orders: Orders, client: Client, store: sqlite3.Connection) -> None:
        self._orders = orders
        self._client = client
        self._store = store
        rows = store.execute("SELECT * FROM posts WHERE state <> 'done' ORDER BY id")
        self._posts = [Post(*row) for row in rows]
        self._channels = {post.channel for post in self._posts}
        self._at_the_point = 0

    async def run(self) -> None:
        """Deliver everything."""
        async with asyncio.TaskGroup() as group:
            for channel in self._channels:
                group.create_task(self._deliver_all_to(channel))

    async def _deliver_all_to(self, channel: str) -> None:
        for post in self._posts:
            if post.channel == channel:
                await self._deliver(post)

    async def _deliver(self, post: Post) -> None:
        if post.state == "trying" and await self._is_known_to_stand(post):
            self._mark(post, "done")
            return
        self._mark(post, "done" if self._orders.strategy == "at most once" else "trying")
        await self._reach("claimed")
        await self._client.send(post)
        await self._reach("answered")
        self._mark(post, "done")

    async def _is_known_to_stand(self, post: Post) -> bool:
        match self._orders.strategy:
            case "at least once" | "at most once" | "nonce only":
                return False
            case "no settling":
                return await self._client.stands(post)
            case "right":
                return await self._is_found_in_time(post)

    async def _is_found_in_time(self, post: Post) -> bool:
        if self._orders.platform == "discord" and self._now() - post.tried_at < _NONCE_KNOWN_FOR:
            return False
        for _ in range(2):
            await asyncio.sleep(_SETTLES_IN)
            if await self._client.stands(post):
                return True
        return False

    def _mark(self, post: Post, state: str) -> None:
        change = "UPDATE posts SET state = ?, tried_at = ? WHERE id = ?"
        self._store.execute(change, (state, self._now(), post.id))
        self._store.commit()

    async def _reach(self, point: Point) -> None:
        """Die here if so ordered, as soon as every channel is here."""
        if self._orders.killed_at != point:
            return
        self._at_the_point += 1
        if self._at_the_point == len(self._channels):
            os.kill(os.getpid(), signal.SIGKILL)
        await asyncio.Event().wait()

    def _now(self) -> float:
        return time.time() + self._orders.later


def work(orders: Orders) -> None:
    """Carry out the orders. What a process of its own does."""
    asyncio.run(_work(orders))


async def _work(orders: Orders) -> None:
    async with aiohttp.ClientSession() as http:
        await Worker(orders, Client(orders, http), sqlite3.connect(orders.store)).run()
