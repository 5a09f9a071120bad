"""What is told of stored data."""

from collections.abc import Callable

from core import compose
from core.messages import Message
from core.people import Stored
from core.workspaces import Kept
from tests.gallery_history import At

_SOME = Stored(4, 2, 1, 1312, 3)
_ALL = Kept(3, 41, 12_044, 57)
_TOML = 'platform = "discord"\nworkspace = "1"\n\n[[channels]]\nchannel = "10"\ncrosspost = true\n'

ENTRIES: dict[str, Callable[[At], Message]] = {
    "stored": lambda at: compose.stored(_SOME, prefix=at.prefix),
    "stored-nothing": lambda at: compose.stored(Stored(), prefix=at.prefix),
    "delete-all": lambda at: compose.delete_all(_SOME, prefix=at.prefix),
    "deleted": lambda at: compose.deleted(Stored(follows=1), prefix=at.prefix),
    "stored-of-all": lambda at: compose.stored_of_all(_ALL, prefix=at.prefix),
    "delete-all-of-all": lambda at: compose.delete_all_of_all(_ALL, prefix=at.prefix),
    "deleted-of-all": lambda at: compose.deleted_of_all(_ALL, prefix=at.prefix),
    "exported": lambda _: compose.exported("channel.toml", _TOML, "", as_file=True),
    "exported-as-text": lambda _: compose.exported("channel.toml", _TOML, "", as_file=False),
    "exported-by-the-operator": lambda _: compose.exported(
        "my-data.json", "x" * 4000, "themata export --user slack/U0MIA", as_file=False
    ),
}
