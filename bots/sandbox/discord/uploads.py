"""Files that are sent with a message: what may be, and how the message names them."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import Message as Mail

from bots.sandbox.discord.errors import ApiError, refusal
from bots.sandbox.discord.forms import Form, Json, Path

MOST_BYTES = 10 * 1024 * 1024
"""Of one file; an interaction tells the bot the same."""
MOST_OF_REQUEST = 25 * 1024 * 1024
_MOST_FILES = (0, 10)
_MOST_DESCRIPTION = (0, 1024)
_MOST_NAME = (1, 260)
_FIELD = re.compile(r"files\[([0-9]{1,3})\]")
_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_SIZE = slice(16, 24)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came."""

    filename: str
    content_type: str
    content: bytes

    @property
    def is_png(self) -> bool:
        """Say whether it is a picture that can be shown."""
        return self.content.startswith(_PNG)

    def told(self, attachment_id: str, where: str) -> Json:
        """Return how a message names it; `where` is what its address begins with."""
        url = f"{where}/{attachment_id}/{self.filename}"
        told: Json = {
            "id": attachment_id,
            "filename": self.filename,
            "content_type": self.content_type,
            "size": len(self.content),
            "url": url,
            "proxy_url": url,
        }
        if self.is_png:
            wide, high = self.content[_PNG_SIZE][:4], self.content[_PNG_SIZE][4:]
            told |= {"width": int.from_bytes(wide), "height": int.from_bytes(high)}
        return told


def read_form(content: bytes, content_type: str) -> tuple[object, dict[int, Upload]]:
    """Return the JSON and the files of a body of several parts; raise what Discord refuses."""
    boundary = _parameter(content_type, "boundary")
    body: object = None
    files: dict[int, Upload] = {}
    if not boundary:
        raise refusal(50109)
    for part in content.split(f"--{boundary}".encode())[1:-1]:
        head, _, told = part.partition(b"\r\n\r\n")
        headers = _headers(head)
        told = told.removesuffix(b"\r\n")
        named = _parameter(headers.get("content-disposition", ""), "name")
        if named == "payload_json":
            body = _json(told)
        elif field := _FIELD.fullmatch(named):
            files[int(field[1])] = _upload(headers, told)
    if len(files) > _MOST_FILES[1]:
        raise ApiError(400, 30015, "Maximum number of attachments in a message reached (10)")
    return body, files


def read_attachments(
    form: Form, body: Json, before: Sequence[Json], new: Mapping[int, Json], path: Path
) -> tuple[Json, ...]:
    """Return the attachments of a message: those that are new, and those of before it keeps."""
    if body.get("attachments") is None:
        return (*before, *new.values())
    inside = (*path, "attachments")
    known = {str(number): told for number, told in new.items()} | {it["id"]: it for it in before}
    kept = list[Json]()
    for at, raw in enumerate(form.items(body["attachments"], inside, _MOST_FILES)):
        told = form.record(raw, (*inside, at)) or {}
        found = known.get(str(told.get("id")))
        if found is None:
            form.refuse((*inside, at, "id"), "ATTACHMENT_NOT_FOUND", "Attachment data not found")
            continue
        about = form.text(told, "description", (*inside, at), _MOST_DESCRIPTION)
        form.text(told, "filename", (*inside, at), _MOST_NAME)
        kept.append({**found, **({"description": about} if about else {})})
    return tuple(kept)


def _upload(headers: Mapping[str, str], content: bytes) -> Upload:
    name = _parameter(headers.get("content-disposition", ""), "filename")
    if len(content) > MOST_BYTES:
        raise refusal(40005)
    if not content or not name:
        raise refusal(50006)
    return Upload(name, headers.get("content-type", "application/octet-stream"), content)


def _json(told: bytes) -> object:
    try:
        return json.loads(told)
    except ValueError:
        raise refusal(50109) from None


def _headers(head: bytes) -> dict[str, str]:
    lines = (line.partition(b":") for line in head.split(b"\r\n") if b":" in line)
    return {name.decode().strip().lower(): value.decode().strip() for name, _, value in lines}


def _parameter(header: str, name: str) -> str:
    """Return a parameter of a header such as `form-data; name="a"`, empty if it has none."""
    mail = Mail()
    mail["Content-Disposition"] = header
    return str(mail.get_param(name, "", "Content-Disposition"))
