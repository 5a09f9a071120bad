"""The answers with which Discord refuses a request."""

from bots.sandbox.discord.forms import Form, Json

_KNOWN = {
    10002: (404, "Unknown Application"),
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10008: (404, "Unknown Message"),
    10013: (404, "Unknown User"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    30034: (400, "Max number of daily application command creates has been reached (200)"),
    40005: (413, "Request entity too large"),
    40060: (400, "Interaction has already been acknowledged."),
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
    50109: (400, "The request body contains invalid JSON."),
    160002: (400, "Cannot reply without permission to read message history"),
    160004: (400, "A thread has already been created for this message"),
    160005: (400, "Thread is locked"),
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
