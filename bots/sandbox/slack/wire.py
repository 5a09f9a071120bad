"""Calls and answers as they travel: arguments in JSON or forms, answers in JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Json = dict[str, Any]

_encode = json.JSONEncoder(check_circular=False, separators=(",", ":")).encode
_JSON_TYPE = "application/json; charset=utf-8"


class Refusal(Exception):
    """A call that Slack answers with an error."""

    def __init__(
        self, error: str, *, status: int = 200, retry_after: int = 0, **more: object
    ) -> None:
        super().__init__(error)
        self.error = error
        self.status = status
        self.retry_after = retry_after
        self.more = more

    def reply(self) -> "Reply":
        """Return the answer that tells of it."""
        headers = {"Retry-After": str(self.retry_after)} if self.retry_after else {}
        return Reply({"ok": False, "error": self.error, **self.more}, self.status, headers)


def complaint(error: str, problems: list[str]) -> Refusal:
    """Return a refusal that lists what was wrong, as Slack does."""
    messages = [f"[ERROR] {problem}" for problem in problems]
    return Refusal(error, errors=problems, response_metadata={"messages": messages})


@dataclass(frozen=True, slots=True)
class Reply:
    """What Slack answers; a body of `None` is an empty one."""

    body: Json | None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> web.Response:
        """Return it as an HTTP response."""
        content = b"" if self.body is None else _encode(self.body).encode()
        headers = {"Content-Type": _JSON_TYPE, **self.headers}
        return web.Response(body=content, status=self.status, headers=headers)


class Args:
    """The arguments of a call, each read in the form it is needed."""

    __slots__ = ("values",)

    def __init__(self, values: Json) -> None:
        self.values = values

    def text(self, name: str, default: str = "") -> str:
        """Return an argument as text."""
        value = self.values.get(name)
        return default if value is None else str(value)

    def needed(self, name: str) -> str:
        """Return an argument that the call cannot do without."""
        if self.values.get(name) in (None, ""):
            raise complaint("invalid_arguments", [f"missing required field: {name}"])
        return str(self.values[name])

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return an argument that is true or false."""
        value = self.values.get(name)
        return default if value is None else value in (True, "1", "true", "True")

    def number(self, name: str, default: int) -> int:
        """Return an argument that is a whole number."""
        try:
            return int(self.values.get(name) or default)
        except (TypeError, ValueError):
            problem = f"must provide a number [json-pointer:/{name}]"
            raise complaint("invalid_arguments", [problem]) from None

    def parsed(self, name: str, error: str) -> Any:  # noqa: ANN401 [JSON holds anything]
        """Return an argument that is JSON, as text or as it is; None if it is not there."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError:
            raise Refusal(error) from None


async def read_args(request: web.BaseRequest) -> Args:
    """Return the arguments of a call: from the address, and from a form or a JSON body."""
    values: Json = dict(request.query) if request.query_string else {}
    if request.content_type == "application/json":
        values.update(_json_body(await request.read()))
    elif request.can_read_body:
        values.update({name: str(value) for name, value in (await request.post()).items()})
    return Args(values)


def _json_body(content: bytes) -> Json:
    try:
        body = json.loads(content) if content else {}
    except ValueError:
        raise Refusal("invalid_json") from None
    if not isinstance(body, dict):
        raise Refusal("json_not_object")
    return body
