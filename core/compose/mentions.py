"""Who is mentioned: in posts, and in answers, where nobody is notified."""

from core import text
from core.messages import Mention, Message, Note, Part, Text

_LONGEST_NAME = 60
_LONGEST_TYPED = 40
_REFUSED = {
    "everyone": "Everyone at once cannot be mentioned, only a role or a group.",
    "no role": "I know no role or group “{}”. Write mention: and then its @name, as in a message.",
    "not beside": "You are mentioned as soon as the channel has its post: “{}” cannot be had here.",
    "no threads": "Only a channel's posts have threads, not your messages: “{}”.",
    "for channels": "Only a channel's posts can mention somebody, not yours: “{}”.",
}


def mentioning(ids: tuple[str, ...], message: Message, *, pings: bool) -> Message:
    """Return `message` under a line that mentions these roles and groups, if there are any."""
    return Message((Mention(ids, pings=pings), *message.parts)) if ids else message


def called(people: tuple[str, ...]) -> Message:
    """Return what mentions these people below a post of their channel."""
    why = Note(("You asked to be mentioned", "To stop, type /unsubscribe here in the channel"))
    return Message((Mention(people, pings=True, are_people=True), why))


def named(words: str, person: str, name: str = "") -> Part:
    """Return a line that names `person` without a ping: by `name` where their id would be one."""
    called = text.clip(text.clean(name), _LONGEST_NAME)
    return Note((f"{words} @{called}",)) if called else Mention((person,), words, are_people=True)


def mentioned_by(posts: str, role: str) -> Part:
    """Return who is mentioned by these posts, or that nobody is any more."""
    return Mention((role,), f"{posts} mention") if role else Text(f"{posts} mention nobody now.")


def no_group_like(typed: str) -> str:
    """Return the line that is offered where no role or group is like what is typed."""
    return f"No group is called “{text.clip(text.clean(typed), _LONGEST_TYPED)}”"


def groups_unknown() -> str:
    """Return the line that is offered where the platform does not tell which groups there are."""
    return "I cannot see the groups here: type the command with the @name"


def refused(why: str, typed: str) -> str:
    """Return why a mention that was typed cannot be."""
    return _REFUSED[why].format(typed)
