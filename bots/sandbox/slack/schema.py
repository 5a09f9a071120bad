"""Checks of a payload's form that say what is wrong and where, in the words Slack uses."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Path = tuple[()] | tuple["Path", str | int]
"""The way to a value: the way to what holds it, and its name or place there."""


@dataclass(slots=True)
class Report:
    """What the checks of one payload found."""

    problems: list[str] = field(default_factory=list)
    characters: int = 0

    def add(self, problem: str, path: Path) -> None:
        """Note a problem and where it is."""
        self.problems.append(f"{problem} [json-pointer:{_pointer(path)}]")


Check = Callable[[object, Path, Report], None]


def string(most: int, least: int = 1, *, shown: bool = False) -> Check:
    """Check for text of a length; `shown` text counts towards what a message may hold."""

    def check(value: object, path: Path, report: Report) -> None:
        if not isinstance(value, str):
            report.add("must provide a string", path)
        elif len(value) > most:
            report.add(f"must be less than {most + 1} characters", path)
        elif len(value) < least:
            report.add(f"must be more than {least - 1} characters", path)
        elif shown:
            report.characters += len(value)

    return check


def matching(pattern: str, most: int, problem: str) -> Check:
    """Check for text of at most `most` characters that has the form of `pattern`."""
    fits = re.compile(pattern).fullmatch
    sized = string(most)

    def check(value: object, path: Path, report: Report) -> None:
        sized(value, path, report)
        if isinstance(value, str) and not fits(value):
            report.add(problem, path)

    return check


def whole(least: int, most: int) -> Check:
    """Check for a whole number in a range."""

    def check(value: object, path: Path, report: Report) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            report.add("must provide a number", path)
        elif not least <= value <= most:
            report.add(f"must be between {least} and {most}", path)

    return check


def boolean(value: object, path: Path, report: Report) -> None:
    """Check for true or false."""
    if not isinstance(value, bool):
        report.add("must provide a boolean", path)


def anything(_value: object, _path: Path, _report: Report) -> None:
    """Accept whatever it is."""


def choice(*words: str) -> Check:
    """Check for one of these words."""

    def check(value: object, path: Path, report: Report) -> None:
        if value not in words:
            report.add(f"must be one of: {', '.join(words)}", path)

    return check


def record(
    required: Mapping[str, Check],
    optional: Mapping[str, Check] | None = None,
    *,
    one_of: tuple[str, ...] = (),
) -> Check:
    """Check for an object with these fields and no others; of `one_of` at least one is there."""
    rules = {"type": anything, **required, **(optional or {})}
    needed = frozenset(required)

    def check(value: object, path: Path, report: Report) -> None:
        if not isinstance(value, dict):
            report.add("must provide an object", path)
            return
        for name in value:
            rule = rules.get(name)
            if rule is None:
                report.add(f"invalid additional property: {name}", path)
            else:
                rule(value[name], (path, name), report)
        if not needed <= value.keys():
            for name in sorted(needed - value.keys()):
                report.add(f"missing required field: {name}", path)
        if one_of and not any(name in value for name in one_of):
            report.add(f"must define either {' or '.join(f'`{n}`' for n in one_of)}", path)

    return check


def kinds(shapes: Mapping[str, Check], *, told: bool = False) -> Check:
    """Check for an object by its type; `told` puts Slack's general sentence before the problem."""

    def check(value: object, path: Path, report: Report) -> None:
        found = len(report.problems)
        kind = value.get("type") if isinstance(value, dict) else None
        shape = shapes.get(kind) if isinstance(kind, str) else None
        if shape is not None:
            shape(value, path, report)
        else:
            report.add(_untyped(value), path)
        if told and len(report.problems) > found:
            general = f"failed to match all allowed schemas [json-pointer:{_pointer(path)}]"
            report.problems.insert(found, general)

    return check


def several(each: Check, most: int, least: int = 1, *, unique: str = "") -> Check:
    """Check for a list of things; `unique` names a field whose values must differ."""

    def check(value: object, path: Path, report: Report) -> None:
        if not isinstance(value, list):
            report.add("must provide an array", path)
        elif len(value) > most:
            report.add(f"no more than {most} items allowed", path)
        elif len(value) < least:
            report.add(f"must have at least {least} items", path)
        else:
            for place, thing in enumerate(value):
                each(thing, (path, place), report)
            if unique:
                _check_unique(value, unique, path, report)

    return check


def _check_unique(things: list[object], name: str, path: Path, report: Report) -> None:
    seen = set()
    for place, thing in enumerate(things):
        value = thing.get(name) if isinstance(thing, dict) else None
        if isinstance(value, str) and value in seen:
            report.add(f"`{name}` is used more than once", ((path, place), name))
        seen.add(value if isinstance(value, str) else None)


def _untyped(value: object) -> str:
    if not isinstance(value, dict):
        return "must provide an object"
    return (
        f"unsupported type: {value['type']}" if "type" in value else "missing required field: type"
    )


def _pointer(path: Path) -> str:
    names: list[str] = []
    while path:
        path, name = path
        names.append(f"/{name}")
    return "".join(reversed(names))
