"""The checks of one request body, and what Discord says of each wrong field."""

import re
from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

_NOT_IN_URLS = re.compile(r"[\s\x00-\x20]")

Json = dict[str, Any]
Path = tuple[str | int, ...]


class Form:
    """Collects what is wrong with a body, as Discord's nested `errors` object."""

    __slots__ = ("errors",)

    def __init__(self) -> None:
        self.errors: Json = {}

    def refuse(self, path: Path, code: str, message: str) -> None:
        """Note that the field at `path` is wrong."""
        node = self.errors
        for step in path:
            node = node.setdefault(str(step), {})
        node.setdefault("_errors", []).append({"code": code, "message": message})

    def require(self, path: Path) -> None:
        """Note that the field at `path` is missing."""
        self.refuse(path, "BASE_TYPE_REQUIRED", "This field is required")

    def text(self, body: Json, key: str, path: Path, sizes: tuple[int, int]) -> str | None:
        """Return the text under `key`, or None if there is none or it is wrong."""
        value = body.get(key)
        if value is None:
            return None
        if not isinstance(value, str):
            self.refuse((*path, key), "STRING_TYPE_CONVERT", "Could not interpret as string.")
            return None
        if sizes[0] <= len(value) <= sizes[1]:
            return value
        self._bad_length((*path, key), sizes)
        return None

    def needed_text(self, body: Json, key: str, path: Path, sizes: tuple[int, int]) -> str | None:
        """Return the text under `key`, which must be there."""
        if body.get(key) is None:
            self.require((*path, key))
        return self.text(body, key, path, sizes)

    def number(self, body: Json, key: str, path: Path, limits: tuple[int, int]) -> int | None:
        """Return the whole number under `key`, or None if there is none or it is wrong."""
        value = body.get(key)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool):
            self.refuse((*path, key), "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')
            return None
        if limits[0] <= value <= limits[1]:
            return value
        self._bad_number((*path, key), value, limits)
        return None

    def choice(self, body: Json, key: str, path: Path, choices: Collection[int]) -> int | None:
        """Return the number under `key`, which must be there and one of `choices`."""
        if body.get(key) is None:
            self.require((*path, key))
            return None
        value = body[key]
        if isinstance(value, int) and value in choices:
            return value
        words = ", ".join(str(choice) for choice in choices)
        self.refuse((*path, key), "BASE_TYPE_CHOICES", f"Value must be one of ({words}).")
        return None

    def truth(self, body: Json, key: str, path: Path) -> bool | None:
        """Return the boolean under `key`, or None if there is none or it is wrong."""
        value = body.get(key)
        if value is None or isinstance(value, bool):
            return value
        self.refuse((*path, key), "BOOLEAN_TYPE_CONVERT", "Must be either true or false.")
        return None

    def items(self, value: object, path: Path, sizes: tuple[int, int]) -> list[Any]:
        """Return the list `value`, or an empty one if it is wrong."""
        if not isinstance(value, list):
            code = "LIST_TYPE_CONVERT"
            self.refuse(path, code, "Only iterables may be used in a ListType")
            return []
        if sizes[0] <= len(value) <= sizes[1]:
            return value
        self._bad_length(path, sizes)
        return []

    def record(self, value: object, path: Path) -> Json | None:
        """Return the object `value`, or None if it is something else."""
        if isinstance(value, dict):
            return value
        code = "MODEL_TYPE_CONVERT"
        self.refuse(path, code, "Only dictionaries may be used in a ModelType")
        return None

    def url(self, value: str | None, path: Path, schemes: tuple[str, ...]) -> None:
        """Note it if `value` is no address with one of these schemes."""
        if value is None:
            return
        scheme = _scheme(value)
        if scheme is None:
            self.refuse(path, "URL_TYPE_INVALID_URL", "Not a well formed URL.")
        elif scheme not in schemes:
            words = f'Scheme "{scheme}" is not supported. Scheme must be one of {schemes}.'
            self.refuse(path, "URL_TYPE_INVALID_SCHEME", words)

    def _bad_length(self, path: Path, sizes: tuple[int, int]) -> None:
        least, most = sizes
        if least:
            message = f"Must be between {least} and {most} in length."
            self.refuse(path, "BASE_TYPE_BAD_LENGTH", message)
        else:
            self.refuse(path, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")

    def _bad_number(self, path: Path, value: int, limits: tuple[int, int]) -> None:
        if value < limits[0]:
            message = f"int value should be greater than or equal to {limits[0]}."
            self.refuse(path, "NUMBER_TYPE_MIN", message)
        else:
            message = f"int value should be less than or equal to {limits[1]}."
            self.refuse(path, "NUMBER_TYPE_MAX", message)


def _scheme(url: str) -> str | None:
    """Return the scheme of a well formed address, or None."""
    if _NOT_IN_URLS.search(url):
        return None
    try:
        parts = urlsplit(url)
        there = bool(parts.hostname)
    except ValueError:
        return None
    return parts.scheme if there and parts.scheme else None
