"""A message with less in it, for where all of it does not go."""

from dataclasses import replace

from core.messages import Buttons, Lines, Message, Part, Story


def without_pictures(message: Message) -> Message:
    """Return `message` without its pictures: Slack refuses all of it if it cannot fetch one."""
    return replace(message, parts=tuple(map(_without_picture, message.parts)))


def without_addresses(message: Message) -> Message:
    """Return `message` without what it leads to."""
    return replace(message, parts=tuple(map(_without_address, message.parts)))


def _without_address(part: Part) -> Part:
    match part:
        case Lines(lines):
            return replace(part, lines=tuple(replace(line, url=None) for line in lines))
        case Buttons():
            return Buttons(())
        case _:
            return part


def _without_picture(part: Part) -> Part:
    if isinstance(part, Story) and part.image:
        return replace(part, image=None)
    return part
