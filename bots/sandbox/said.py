"""What the page says in a request, read and checked."""

from typing import Any

from aiohttp import web

from bots.sandbox.scene import PEOPLE, PLACES


async def body_of(request: web.Request) -> dict[str, Any]:
    """Return what a request says, which is a JSON object."""
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise web.HTTPBadRequest(text="A JSON object is needed.")
    return body


def person_in(said: dict[str, Any]) -> str:
    """Return the person that is named, who is one of the cast."""
    if said.get("person") not in PEOPLE:
        raise web.HTTPNotFound(text="There is no such person.")
    return str(said["person"])


def who_and_where(said: dict[str, Any]) -> tuple[str, str]:
    """Return the person and the place that are named, both of the cast."""
    if said.get("place") not in PLACES:
        raise web.HTTPNotFound(text="There is no such person or place.")
    return person_in(said), str(said["place"])


def needed(said: dict[str, Any], name: str) -> str:
    """Return a value that must be there, as text."""
    value = said.get(name)
    if not isinstance(value, str) or not value.strip():
        raise web.HTTPBadRequest(text=f"{name} is needed.")
    return value
