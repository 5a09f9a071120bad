"""The program in forks of one process, which has imported what it needs: each starts at once."""

import asyncio
import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from bots import cli

FORKS = multiprocessing.get_context("forkserver")
# What the program imports only when it is needed: the platforms, and what brings a schema up.
FORKS.set_forkserver_preload(["tests.forks", "bots.app", "bots.sandbox.page", "alembic.command"])


class Fork:
    """The program as a process of its own, with what `asyncio.subprocess.Process` can do."""

    def __init__(
        self, process: ForkServerProcess, out: asyncio.StreamReader, err: asyncio.StreamReader
    ) -> None:
        self._process = process
        self.stdout = out
        self.stderr = err

    @property
    def returncode(self) -> int | None:
        """How it ended; None as long as it runs."""
        return self._process.exitcode

    def send_signal(self, number: signal.Signals) -> None:
        """Send it this signal. Raises `ProcessLookupError` when it has ended."""
        if self._process.pid is None or self.returncode is not None:
            raise ProcessLookupError
        os.kill(self._process.pid, number)

    def terminate(self) -> None:
        """Tell it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    async def wait(self) -> int:
        """Wait until it has ended, and return how."""
        await asyncio.to_thread(self._process.join)
        assert self.returncode is not None
        return self.returncode

    async def communicate(self) -> tuple[bytes, bytes]:
        """Return what it says until it has ended."""
        out, err, _ = await asyncio.gather(self.stdout.read(), self.stderr.read(), self.wait())
        return out, err


async def fork(
    words: Sequence[str], environment: Mapping[str, str], folder: Path, *, log: str = ""
) -> Fork:
    """Run `themata` with these words, in this environment and folder; its log may be a file."""
    out, write_out = FORKS.Pipe(duplex=False)
    err, write_err = FORKS.Pipe(duplex=False)
    told = (list(words), dict(environment), str(folder), write_out, write_err, log)
    process = FORKS.Process(target=_run, args=told)
    await asyncio.to_thread(process.start)
    write_out.close()
    write_err.close()
    return Fork(process, await _read(out), await _read(err))


async def _read(end: Connection) -> asyncio.StreamReader:
    stream = asyncio.StreamReader()
    with end:
        file = os.fdopen(os.dup(end.fileno()), "rb")
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stream), file)
    return stream


def _run(
    words: list[str],
    environment: dict[str, str],
    folder: str,
    out: Connection,
    err: Connection,
    log: str,
) -> None:
    for end, number in ((out, sys.stdout.fileno()), (err, sys.stderr.fileno())):
        os.dup2(end.fileno(), number)
        end.close()
    if log:
        os.dup2(os.open(log, os.O_WRONLY), sys.stderr.fileno())
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = ["themata", *words]
    cli.main(words)
