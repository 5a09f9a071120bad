"""The answers with which Discord refuses a request."""

from bots.sandbox.discord.forms import Form, Json
from bots.sandbox.discord.limits import Refused

_KNOWN = {
    10002: (404, "Unknown Application"),
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10008: (404, "Unknown Message"),
    10013: (404, "Unknown User"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    10087: (404, "Unknown tag"),
    20028: (
        429,
        "The write action you are performing on the channel has hit the write rate limit.",
    ),
    30034: (400, "Max number of daily application command creates has been reached (200)"),
    40005: (413, "Request entity too large"),
    40033: (400, "This message has already been crossposted"),
    40060: (400, "Interaction has already been acknowledged."),
    40067: (400, "A tag is required to create a forum post in this channel"),
    # What Cloudflare in front of Discord says to a User-Agent that is not a bot's.
    40333: (403, "internal network error"),
    50001: (403, "Missing Access"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50008: (400, "Cannot send messages in a non-text channel"),
    50013: (403, "Missing Permissions"),
    50024: (400, "Cannot execute action on this channel type"),
    50027: (401, "Invalid Webhook Token"),
    50083: (400, "Thread is archived"),
    50109: (400, "The request body contains invalid JSON."),
    160002: (400, "Cannot reply without permission to read message history"),
    160004: (400, "A thread has already been created for this message"),
    160005: (400, "Thread is locked"),
    160006: (400, "Maximum number of active threads reached"),
}


class ApiError(Exception):
    """A request that Discord refuses: a status, a code and a message."""

    def __init__(self, status: int, code: int, message: str, errors: Json | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors

    def body(self) -> Json:
        """Return the body of the answer."""
        body: Json = {"message": self.message, "code": self.code}
        return body if self.errors is None else {**body, "errors": self.errors}


class TooSoon(Exception):
    """A request that one place takes no more of for now."""

    def __init__(self, late: Refused, code: int) -> None:
        super().__init__(late)
        self.late = late
        self.code = code

    @property
    def message(self) -> str:
        """What Discord says to it."""
        return _KNOWN[self.code][1]


def refusal(code: int) -> ApiError:
    """Return the refusal with this code of Discord's list."""
    status, message = _KNOWN[code]
    return ApiError(status, code, message)


def plain_refusal(status: int, words: str) -> ApiError:
    """Return a refusal that has no code of its own, such as `404: Not Found`."""
    return ApiError(status, 0, f"{status}: {words}")


def check(form: Form) -> None:
    """Raise what is wrong with a body, if anything is."""
    if form.errors:
        raise ApiError(400, 50035, "Invalid Form Body", form.errors)
