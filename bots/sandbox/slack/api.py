"""The Web API: who may call, how often, and which function answers."""

import secrets
from collections.abc import Callable
from functools import partial

from aiohttp import web

from bots.sandbox.slack import chat, conversations
from bots.sandbox.slack.sockets import Sockets
from bots.sandbox.slack.views import Views
from bots.sandbox.slack.wire import Args, Json, Refusal, Reply
from bots.sandbox.slack.world import World

_FOR_APP_TOKEN = "apps.connections.open"  # noqa: S105 [a method's name]


class Api:
    """The methods of the Web API."""

    def __init__(self, world: World, sockets: Sockets, views: Views) -> None:
        # Each has tokens of its own, so a bot that finds another at its port is turned away.
        own = secrets.token_hex(8)
        self.bot_token = f"xoxb-1000000000000-2000000000000-standIn{own}"
        self.app_token = f"xapp-1-A0000000THM-3000000000000-standIn{own}"
        self._world = world
        self._sockets = sockets
        self.closed_because = ""
        self._methods: dict[str, Callable[[Args], Json]] = {
            "api.test": lambda _: {"ok": True},
            "apps.connections.open": self._open_connection,
            "auth.test": self._auth_test,
            "chat.delete": partial(chat.delete, world),
            "chat.getPermalink": partial(chat.get_permalink, world),
            "chat.postEphemeral": partial(chat.post_ephemeral, world),
            "chat.postMessage": partial(chat.post_message, world),
            "chat.update": partial(chat.update, world),
            "conversations.history": partial(conversations.history, world),
            "conversations.info": partial(conversations.info, world),
            "conversations.list": partial(conversations.list_channels, world),
            "conversations.members": partial(conversations.members, world),
            "conversations.open": partial(conversations.open_direct_messages, world),
            "conversations.replies": partial(conversations.replies, world),
            "usergroups.list": self._groups,
            "usergroups.users.list": self._people_in_group,
            "users.info": self._users_info,
            "views.open": views.open,
            "views.publish": views.publish,
            "views.push": views.push,
            "views.update": views.update,
        }

    def call(self, method: str, request: web.BaseRequest, args: Args) -> Reply:
        """Answer one call. Raises `Refusal` when Slack would refuse it."""
        run = self._methods.get(method)
        if run is None:
            raise Refusal("unknown_method", req_method=method)
        self._authorize(method, request, args)
        wait = self._world.meter.call(method, self._world.clock())
        if wait:
            raise Refusal("ratelimited", status=429, retry_after=wait)
        return Reply(run(args), headers={"X-OAuth-Scopes": ",".join(self._world.scopes)})

    def _authorize(self, method: str, request: web.BaseRequest, args: Args) -> None:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        token = given or str(args.values.get("token", ""))
        right, other = self.bot_token, self.app_token
        if method == _FOR_APP_TOKEN:
            right, other = other, right
        if not token:
            raise Refusal("not_authed")
        if token not in {right, other}:
            raise Refusal("invalid_auth")
        if self.closed_because:
            raise Refusal(self.closed_because)
        if token == other and method != "api.test":
            raise Refusal("not_allowed_token_type")

    def _open_connection(self, _args: Args) -> Json:
        return {"ok": True, "url": self._sockets.open_url()}

    def _auth_test(self, _args: Args) -> Json:
        world = self._world
        return {
            "ok": True,
            "url": f"https://{world.team_domain}.slack.com/",
            "team": world.team_domain.title(),
            "user": world.bot.name,
            "team_id": world.team_id,
            "user_id": world.bot.id,
            "bot_id": world.bot_id,
            "is_enterprise_install": False,
        }

    def _groups(self, _args: Args) -> Json:
        self._world.require("usergroups:read")
        groups = [it.as_json(self._world.team_id) for it in self._world.groups.values()]
        return {"ok": True, "usergroups": groups}

    def _people_in_group(self, args: Args) -> Json:
        self._world.require("usergroups:read")
        group = self._world.groups.get(args.needed("usergroup"))
        if group is None:
            raise Refusal("no_such_subteam")
        return {"ok": True, "users": list(group.users)}

    def _users_info(self, args: Args) -> Json:
        self._world.require("users:read")
        user = self._world.users.get(args.needed("user"))
        if user is None:
            raise Refusal("user_not_found")
        return {"ok": True, "user": user.as_json()}
