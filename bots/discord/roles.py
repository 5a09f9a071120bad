"""Roles that are typed, as words of the core."""

import re

# Discord puts a role that was picked while typing in this form, perhaps behind a space.
_NAMED = re.compile(r"(?<!\S)(mention:) *(\S+)", re.IGNORECASE)
# Which channel it is about may stand before who.
_MANAGERS = re.compile(r"^(channel managers +(?:in:\S+ +)?)(?!in:)(\S+)", re.IGNORECASE)
_ROLE = re.compile(r"<@&([0-9]{15,20})>|([0-9]{15,20})")
_EVERYONE = frozenset({"everyone", "here"})


def with_roles(words: str, guild_id: int | None) -> str:
    """Return typed words in which each role to mention, or to let manage, is its id.

    The role that all members have is `everyone`. What is no role is a name with an @ before it.
    """
    for named in (_NAMED, _MANAGERS):
        words = named.sub(lambda typed: typed[1] + _read(typed[2], str(guild_id)), words)
    return words


def _read(typed: str, all_members: str) -> str:
    role, name = _ROLE.fullmatch(typed), typed.strip("@")
    found = (role[1] or role[2]) if role else ""
    if found == all_members or name.lower() in _EVERYONE:
        return "everyone"
    return found or (typed if typed.isalpha() else f"@{name}")
