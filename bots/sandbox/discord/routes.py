"""The paths of the REST API, and who answers them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bots.sandbox.discord.api import Api, Call
from bots.sandbox.discord.errors import plain_refusal


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path."""

    method: str
    path: tuple[str, ...]
    """`{}` stands for any part."""
    answer: Callable[[Api, Call], object]
    is_open: bool = False
    """Needs no bot token, and does not count against the limit of the whole bot."""
    is_metered: bool = False
    """Has a limit for each channel."""
    status: int = 200
    """Of an answer that is a success."""


def _route(line: str, answer: Callable[[Api, Call], object], **more: Any) -> Route:  # noqa: ANN401 (they are its fields)
    method, path = line.split(" /")
    return Route(method, tuple(path.split("/")), answer, **more)


_REPLY = "/webhooks/{}/{}/messages/{}"
ROUTES = (
    _route("GET /gateway", Api.gateway, is_open=True),
    _route("GET /gateway/bot", Api.gateway_of_bot),
    _route("GET /users/@me", Api.me),
    _route("POST /users/@me/channels", Api.open_dm),
    _route("GET /users/{}", Api.user),
    _route("GET /guilds/{}", Api.guild),
    _route("GET /oauth2/applications/@me", Api.application),
    _route("GET /applications/@me", Api.application),
    _route("GET /applications/{}", Api.one_application),
    _route("GET /applications/{}/commands", Api.commands),
    _route("PUT /applications/{}/commands", Api.overwrite_commands),
    _route("GET /channels/{}", Api.channel),
    _route("POST /channels/{}/typing", Api.typing),
    _route("POST /channels/{}/messages", Api.create_message, is_metered=True),
    _route("GET /channels/{}/messages", Api.messages),
    _route("GET /channels/{}/messages/{}", Api.message),
    _route("PATCH /channels/{}/messages/{}", Api.edit_message),
    _route("DELETE /channels/{}/messages/{}", Api.delete_message),
    _route("POST /channels/{}/messages/{}/threads", Api.start_thread),
    _route("POST /channels/{}/messages/{}/crosspost", Api.crosspost),
    _route("POST /channels/{}/threads", Api.start_post, status=201),
    _route("GET /channels/{}/threads/archived/public", Api.archived_threads),
    _route("GET /guilds/{}/threads/active", Api.active_threads),
    _route("PATCH /channels/{}", Api.edit_channel),
    _route("POST /interactions/{}/{}/callback", Api.callback, is_open=True),
    _route("POST /webhooks/{}/{}", Api.follow_up, is_open=True),
    _route(f"GET {_REPLY}", Api.reply, is_open=True),
    _route(f"PATCH {_REPLY}", Api.edit_reply, is_open=True),
    _route(f"DELETE {_REPLY}", Api.delete_reply, is_open=True),
)


class Map:
    """Finds the route of a request."""

    def __init__(self, routes: tuple[Route, ...] = ROUTES) -> None:
        self._routes: dict[tuple[int, str], list[Route]] = {}
        for route in routes:
            self._routes.setdefault((len(route.path), route.path[0]), []).append(route)

    def find(self, method: str, path: str) -> tuple[Route, tuple[str, ...]]:
        """Return the route, and what stands in its path; 404 or 405 if there is none."""
        parts = path.strip("/").split("/")
        there = False
        for route in self._routes.get((len(parts), parts[0]), ()):
            ids = _match(route.path, parts)
            if ids is not None and route.method == method:
                return route, ids
            there = there or ids is not None
        raise plain_refusal(405, "Method Not Allowed") if there else plain_refusal(404, "Not Found")


def _match(path: tuple[str, ...], parts: list[str]) -> tuple[str, ...] | None:
    ids = []
    for wanted, part in zip(path, parts, strict=True):
        if wanted == "{}":
            ids.append(part)
        elif wanted != part:
            return None
    return tuple(ids)
