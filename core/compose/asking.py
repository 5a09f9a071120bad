"""Forms: what is asked for when somebody presses a button that lets them type."""

from collections.abc import Mapping

from core.messages import AskButton, Form

_KNOWN: Mapping[str, tuple[str, str]] = {
    "quiet:": ("From when until when", "22:00-07:00"),
    "when:": ("On which days, and when", "weekdays 08:00, or weekly mon 09:00"),
    "most:": ("At most how many a day", "8"),
    "heat:": ("The least heat, out of 100", "60"),
    "mention:": ("The id of a role or group", "1234567890"),
    "more": ("Tags, with a space between two", "llms agents+meta"),
    "-": ("A tag or a site", "crypto"),
    "zone": ("A large city of yours", "Europe/Berlin"),
}
"""What is asked for after words that end so, and an example."""


def ask(label: str, words: str, typed: str = "") -> AskButton:
    """Return a button that asks for what is typed after `words`."""
    return AskButton(label, words, form_of(words, label, typed))


def form_of(words: str, label: str, typed: str = "") -> Form:
    """Return the form behind a button: a platform may keep no more of it than its words."""
    field, hint = _KNOWN.get(words.rpartition(" ")[2], (label, ""))
    return Form(label, field, hint, typed)
