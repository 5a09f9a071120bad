"""The part of the page that shows Slack's modals and home tab."""

from aiohttp import web

from bots.sandbox.said import body_of, person_in
from bots.sandbox.scene import Scene


class Viewing:
    """What the page asks of the views of Slack's people."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def routes(self) -> list[web.RouteDef]:
        """Return where it answers."""
        return [
            web.get("/api/slack/views", self._shown),
            web.post("/api/slack/views/{what}", self._act),
        ]

    async def _shown(self, request: web.Request) -> web.Response:
        side, person = self._scene.slack_side, person_in(dict(request.query))
        names, shortcuts = dict(side.directory.names), dict(side.views.shortcuts)
        shown = side.views.shown(person)
        told = {**shown, "names": names, "channels": side.directory.channels}
        return web.json_response({**told, "shortcuts": shortcuts})

    async def _act(self, request: web.Request) -> web.Response:
        said = await body_of(request)
        person, what = person_in(said), request.match_info["what"]
        return web.json_response(await self._scene.slack_side.views.act(person, what, said))
