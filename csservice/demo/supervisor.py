"""Starts the demo's processes, restarts one that dies, and stops them all without orphans."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

STOP_S, START_S = 12, 60
GIVE_UP = 5  # starts within a minute
DEATH_OF_PARENT = 1  # PR_SET_PDEATHSIG of Linux


class StoppedError(Exception):
    """Ctrl-C, or a signal to end."""


@dataclass
class Child:
    """One process of the demo with its log."""

    name: str
    command: Sequence[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    starts: list[float] = field(default_factory=list)

    def start(self) -> None:
        """Start it in a session of its own, so that Ctrl-C reaches only the supervisor."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.starts = [at for at in self.starts if time.monotonic() - at < 60]
        self.starts.append(time.monotonic())
        with self.log.open("ab") as log:
            self.process = _started(self.command, log)

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal(self, number: int) -> None:
        if self.process is not None:
            try:
                _to_group(self.process.pid, number)
            except ProcessLookupError:
                return

    def tail(self) -> str:
        """The end of its log."""
        lines = self.log.read_text("utf-8", "replace").splitlines() if self.log.exists() else []
        return "\n".join(lines[-15:])


def _started(command: Sequence[str], log: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=_die_with_parent if sys.platform == "linux" else None,
    )


def _die_with_parent() -> None:
    """Runs in the child before its program: a supervisor killed by force leaves no orphan."""
    ctypes.CDLL(None).prctl(DEATH_OF_PARENT, signal.SIGTERM)


def _to_group(pid: int, number: int) -> None:
    os.killpg(pid, number)


def port_is_free(port: int) -> bool:
    """Whether the demo could listen on 127.0.0.1:`port`."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def answers(url: str) -> bool:
    """Whether the server at `url` gives a page."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 - our own address
            return bool(response.status < 400)
    except (urllib.error.URLError, OSError):
        return False


def run(children: Sequence[Child], *, url: str, ready: Callable[[], None]) -> int:
    """Run `children` until Ctrl-C or SIGTERM; `ready` is called once, when `url` answers.

    Returns 0 after a clean stop, 1 when a child could not be kept alive.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    try:
        for child in children:
            child.start()
        _await(children[0], url)
        ready()
        while _all_kept(children):
            time.sleep(0.5)
    except StoppedError:
        print("\nStopping …", flush=True)
        stop(children)
        print("Stopped. The data is kept in var/.", flush=True)
        return 0
    stop(children)
    return 1


def _stop(_number: int, _frame: FrameType | None) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise StoppedError


def _await(child: Child, url: str) -> None:
    """Until `url` answers; a child that dies before is left to `_all_kept`."""
    until = time.monotonic() + START_S
    while time.monotonic() < until and child.alive and not answers(url):
        time.sleep(0.3)


def _all_kept(children: Sequence[Child]) -> bool:
    """Restart what died; False when one dies again and again."""
    for child in children:
        if child.alive:
            continue
        child.signal(signal.SIGKILL)  # what it may have left behind
        if len(child.starts) >= GIVE_UP:
            print(f"The {child.name} does not stay alive. Its last words:\n{child.tail()}")
            return False
        print(f"The {child.name} ended and is started again; see {child.log}.", flush=True)
        child.start()
    return True


def stop(children: Sequence[Child]) -> None:
    """End all, gently first; by force after STOP_S."""
    for child in children:
        child.signal(signal.SIGTERM)
    until = time.monotonic() + STOP_S
    while time.monotonic() < until and any(child.alive for child in children):
        time.sleep(0.1)
    for child in children:
        child.signal(signal.SIGKILL)
        if child.process is not None:
            child.process.wait()
