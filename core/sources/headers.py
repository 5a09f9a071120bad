"""What a server says of when to ask it again."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_SECONDS = re.compile(r"[0-9]{1,9}")
_MAX_AGE = re.compile(r"""(?:^|[\s,])max-age\s*=\s*"?([0-9]{1,9})""", re.IGNORECASE)
_NO_TIME = timedelta(0)


def retry_after(headers: Mapping[str, str]) -> timedelta:
    """Return how long `Retry-After` asks to wait; nothing where it says nothing to be read.

    A moment is counted from the server's own `Date`: its clock may be wrong.
    """
    value = headers.get("Retry-After", "").strip()
    if _SECONDS.fullmatch(value):
        return timedelta(seconds=int(value))
    until, sent = _moment(value), _moment(headers.get("Date", ""))
    return max(until - sent, _NO_TIME) if until and sent else _NO_TIME


def max_age(headers: Mapping[str, str]) -> timedelta:
    """Return how long `Cache-Control` says that the answer stays as it is."""
    found = _MAX_AGE.search(headers.get("Cache-Control", ""))
    return timedelta(seconds=int(found[1])) if found else _NO_TIME


def _moment(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
