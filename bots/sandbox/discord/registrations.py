"""The application's commands: how they are registered, and typed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bots.sandbox.discord.errors import ApiError, check, refusal
from bots.sandbox.discord.forms import Form, Json, Path
from bots.sandbox.discord.values import NotPossible

Value = str | int | float | bool

CHAT_INPUT, MESSAGE = 1, 3
SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN, NUMBER = 1, 2, 3, 4, 5, 10
_MENU_KINDS = (2, 3)
_MOST_COMMANDS = {CHAT_INPUT: 100, 2: 15, 3: 15, 4: 1}
_MOST_TOGETHER = 8000
_NAME = (1, 32)
_DESCRIPTION = (1, 100)
_TWENTY_FIVE = (0, 25)
_NESTED = (SUBCOMMAND, GROUP)
_KINDS = tuple(range(1, 12))
_ALL_CONTEXTS = (0, 1, 2)
_PYTHON: dict[int, type | tuple[type, ...]] = {
    STRING: str,
    INTEGER: int,
    BOOLEAN: bool,
    NUMBER: (int, float),
}


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a person is, and by which installations they reach the application there."""

    context: int
    installs: frozenset[int]


class Registrations:
    """What the bot has registered, for all guilds."""

    def __init__(
        self,
        application_id: str,
        next_id: Callable[[], str],
        take_creates: Callable[[int], bool],
    ) -> None:
        self.commands: list[Json] = []
        self.times = 0
        """How often the commands were overwritten."""
        self.installed_by: set[str] = set()
        """People who installed the application for themselves."""
        self._application_id = application_id
        self._next_id = next_id
        self._take_creates = take_creates

    def overwrite(self, body: object) -> list[Json]:
        """Put these commands in the place of all; those of the same name keep their id."""
        form = Form()
        commands = [form.record(c, (i,)) or {} for i, c in enumerate(_as_list(body))]
        for i, command in enumerate(commands):
            _check_command(form, command, (i,))
        _check_together(form, commands)
        check(form)
        known = {(c["name"], c["type"]): c for c in self.commands}
        new = sum((c["name"], c.get("type", CHAT_INPUT)) not in known for c in commands)
        if not self._take_creates(new):
            raise refusal(30034)
        self.times += 1
        self.commands = [self._registered(command, known) for command in commands]
        return self.commands

    def _registered(self, command: Json, known: Mapping[tuple[str, int], Json]) -> Json:
        kind = command.get("type", CHAT_INPUT)
        before = known.get((command["name"], kind))
        return {
            "id": before["id"] if before else self._next_id(),
            "application_id": self._application_id,
            "version": self._next_id(),
            "default_member_permissions": command.get("default_member_permissions"),
            "type": kind,
            "name": command["name"],
            "name_localizations": command.get("name_localizations"),
            "description": command.get("description", ""),
            "description_localizations": command.get("description_localizations"),
            "dm_permission": command.get("dm_permission", True),
            "contexts": command.get("contexts"),
            "integration_types": command.get("integration_types") or [0],
            "options": command.get("options", []),
            "nsfw": command.get("nsfw", False),
        }

    def offered(self, spot: Spot, permissions: int) -> list[Json]:
        """Return the commands that Discord shows to someone with these permissions."""
        return [c for c in self.commands if _is_here(c, spot) and _may(c, permissions)]

    def installs_of(self, data: Json, spot: Spot) -> frozenset[int]:
        """Return by which installations the command of this data is reached there."""
        command = next((c for c in self.commands if c["id"] == data.get("id")), None)
        return spot.installs & frozenset(command["integration_types"]) if command else spot.installs

    def typed(self, words: str, options: Mapping[str, Value], spot: Spot) -> Json:
        """Return the data of an interaction for a typed command; NotPossible if it cannot be."""
        command, leaf, names = self._find(words, spot)
        rules = {rule["name"]: rule for rule in leaf.get("options", [])}
        for name in options:
            if name not in rules:
                raise NotPossible(f"/{words} has no option {name}")
        missing = [n for n, rule in rules.items() if rule.get("required") and n not in options]
        if missing:
            raise NotPossible(f"/{words} needs {', '.join(missing)}")
        given = [_given(rules[name], value) for name, value in options.items()]
        return _data(command, names, given)

    def typing(self, words: str, option: str, text: str, spot: Spot) -> Json:
        """Return the data of an interaction that asks what could be typed into an option."""
        command, leaf, names = self._find(words, spot)
        rules = {rule["name"]: rule for rule in leaf.get("options", [])}
        if not rules.get(option, {}).get("autocomplete"):
            raise NotPossible(f"/{words} {option} has no autocomplete")
        kind = rules[option]["type"]
        return _data(command, names, [_part(option, kind, text) | {"focused": True}])

    def picked(self, name: str, target_id: str, spot: Spot) -> Json:
        """Return the data of an interaction for an entry of a message's menu; NotPossible if not.

        What the message is, Discord tells beside that.
        """
        entries = (c for c in self.commands if c["type"] == MESSAGE and c["name"] == name)
        entry = next(entries, None)
        if entry is None or not _is_here(entry, spot):
            raise NotPossible(f"{name} is not in the menu of messages here")
        return {"id": entry["id"], "name": name, "type": MESSAGE, "target_id": target_id}

    def _find(self, words: str, spot: Spot) -> tuple[Json, Json, list[tuple[str, int]]]:
        """Return the command, the level of it that is typed, and the names on the way there."""
        first, *rest = words.removeprefix("/").split()
        command = next((c for c in self.commands if c["name"] == first), None)
        if command is None or command["type"] != CHAT_INPUT:
            raise NotPossible(f"/{first} is not registered")
        if not _is_here(command, spot):
            raise NotPossible(f"/{first} is not offered here")
        level, names = command, []
        for word in rest:
            level = _next_level(level, word)
            names.append((word, int(level["type"])))
        if any(option["type"] in _NESTED for option in level.get("options", [])):
            raise NotPossible(f"/{words} needs a subcommand")
        return command, level, names


def _as_list(body: object) -> list[object]:
    if isinstance(body, list):
        return body
    error = {"code": "LIST_TYPE_CONVERT", "message": "Only iterables may be used in a ListType"}
    raise ApiError(400, 50035, "Invalid Form Body", {"_errors": [error]})


def _is_here(command: Json, spot: Spot) -> bool:
    contexts = command["contexts"]
    is_meant = spot.context in (_ALL_CONTEXTS if contexts is None else contexts)
    return is_meant and not spot.installs.isdisjoint(command["integration_types"])


def _may(command: Json, permissions: int) -> bool:
    needed = command["default_member_permissions"]
    return needed is None or (int(needed) & permissions == int(needed) and needed != "0")


def _next_level(level: Json, word: str) -> Json:
    for option in level.get("options", []):
        if option["name"] == word and option["type"] in _NESTED:
            found: Json = option
            return found
    raise NotPossible(f"{level['name']} has no subcommand {word}")


def _given(rule: Json, value: Value) -> Json:
    """Return one filled option; NotPossible if Discord's client would not take the value."""
    kind, name = rule["type"], rule["name"]
    fits = isinstance(value, _PYTHON.get(kind, str))
    if not fits or (kind != BOOLEAN and isinstance(value, bool)):
        raise NotPossible(f"{name} does not take {value!r}")
    choices = [choice["value"] for choice in rule.get("choices") or []]
    if choices and value not in choices:
        raise NotPossible(f"{name} must be one of {choices}")
    _check_size(rule, value)
    return _part(name, kind, value)


def _check_size(rule: Json, value: Value) -> None:
    size: float = len(value) if isinstance(value, str) else value
    suffix = "length" if isinstance(value, str) else "value"
    least, most = rule.get(f"min_{suffix}"), rule.get(f"max_{suffix}")
    too_little = least is not None and size < least
    if too_little or (most is not None and size > most) or value == "":
        raise NotPossible(f"{rule['name']} is too short, too long, too small or too large")


def _part(name: str, kind: int, value: Value) -> Json:
    return {"name": name, "type": kind, "value": value}


def _data(command: Json, names: list[tuple[str, int]], given: list[Json]) -> Json:
    inner = given
    for name, kind in reversed(names):
        inner = [{"name": name, "type": kind, "options": inner}]
    return {
        "id": command["id"],
        "name": command["name"],
        "type": command["type"],
        "options": inner,
    }


def _check_command(form: Form, command: Json, path: Path) -> None:
    kind = form.choice(command, "type", path, tuple(_MOST_COMMANDS)) if "type" in command else 1
    form.needed_text(command, "name", path, _NAME)
    if kind == CHAT_INPUT:
        _check_name(form, command, path)
        form.needed_text(command, "description", path, _DESCRIPTION)
        _check_options(form, command, path, _KINDS)
    elif kind in _MENU_KINDS and command.get("description"):
        words = "Context menu commands cannot have description"
        form.refuse(path, "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_INVALID", words)
    for key, known in (("contexts", _ALL_CONTEXTS), ("integration_types", (0, 1))):
        for i, value in enumerate(command.get(key) or ()):
            form.choice({key: value}, key, (*path, key, i), known)


def _check_name(form: Form, named: Json, path: Path) -> None:
    name = named.get("name")
    if not isinstance(name, str):
        return
    if name != name.lower() or not all(c.isalnum() or c in "-_'" for c in name):
        words = "Command name is invalid"
        form.refuse((*path, "name"), "APPLICATION_COMMAND_INVALID_NAME", words)


def _check_options(form: Form, level: Json, path: Path, kinds: tuple[int, ...]) -> None:
    inside = (*path, "options")
    items = form.items(level.get("options") or [], inside, _TWENTY_FIVE)
    options = [form.record(item, (*inside, i)) or {} for i, item in enumerate(items)]
    names: set[object] = set()
    for i, option in enumerate(options):
        _check_option(form, option, (*inside, i), kinds)
        if option.get("name") in names:
            words = "Option names must be unique"
            form.refuse((*inside, i), "APPLICATION_COMMAND_OPTIONS_NAME_INVALID", words)
        names.add(option.get("name"))
    _check_order(form, options, inside)


def _check_option(form: Form, option: Json, path: Path, kinds: tuple[int, ...]) -> None:
    kind = form.choice(option, "type", path, kinds)
    form.needed_text(option, "name", path, _NAME)
    _check_name(form, option, path)
    form.needed_text(option, "description", path, _DESCRIPTION)
    leaves = tuple(k for k in _KINDS if k not in _NESTED)
    if kind == GROUP:
        _check_options(form, option, path, (SUBCOMMAND,))
    elif kind == SUBCOMMAND:
        _check_options(form, option, path, leaves)
    elif option.get("options"):
        words = "Only subcommands have options"
        form.refuse((*path, "options"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", words)
    _check_choices(form, option, path)


def _check_choices(form: Form, option: Json, path: Path) -> None:
    choices = form.items(option.get("choices") or [], (*path, "choices"), _TWENTY_FIVE)
    if choices and form.truth(option, "autocomplete", path):
        words = "Autocomplete and choices cannot both be set"
        form.refuse(path, "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_CHOICES", words)
    for i, choice in enumerate(choices):
        check_choice(form, choice, (*path, "choices", i))


def check_choice(form: Form, value: object, path: Path) -> None:
    """Note what is wrong with one choice of an option."""
    choice = form.record(value, path) or {}
    form.needed_text(choice, "name", path, (1, 100))
    if not isinstance(choice.get("value"), int | float):
        form.needed_text(choice, "value", path, (1, 100))


def _check_order(form: Form, options: list[Json], path: Path) -> None:
    nested = [option.get("type") in _NESTED for option in options]
    if any(nested) and not all(nested):
        words = "Sub-command and sub-command group option types are mutually exclusive"
        form.refuse(path, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", words)
    optional = False
    for i, option in enumerate(options):
        if option.get("required") and optional:
            code = "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID"
            words = "Required options must be placed before non-required options"
            form.refuse((*path, i), code, words)
        optional = optional or not option.get("required")


def _check_together(form: Form, commands: list[Json]) -> None:
    seen: set[tuple[object, object]] = set()
    for i, command in enumerate(commands):
        kind = command.get("type", CHAT_INPUT)
        key = (command.get("name"), kind)
        if key in seen:
            words = "Application command names must be unique"
            form.refuse((i,), "APPLICATION_COMMANDS_DUPLICATE_NAME", words)
        seen.add(key)
        if sum(k == kind for _, k in seen) > _MOST_COMMANDS.get(kind, 0):
            words = "Maximum number of application commands reached"
            form.refuse((i,), "APPLICATION_COMMANDS_MAX_COUNT", words)
        if _size(command) > _MOST_TOGETHER:
            words = f"Command exceeds maximum size ({_MOST_TOGETHER})"
            form.refuse((i,), "APPLICATION_COMMAND_TOO_LARGE", words)


def _size(level: Json) -> int:
    """Return the characters of names, descriptions and values, as Discord adds them up."""
    parts = [level.get("name"), level.get("description"), level.get("value")]
    inner = [*(level.get("options") or ()), *(level.get("choices") or ())]
    own = sum(len(part) for part in parts if isinstance(part, str))
    return own + sum(_size(part) for part in inner if isinstance(part, dict))
