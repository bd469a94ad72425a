"""A throw-away PostgreSQL on a free loopback port, in a folder that goes with it."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def binaries() -> Path:
    """The folder of the newest PostgreSQL server here. Raises SystemExit when there is none."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).parent
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        raise SystemExit("Install a PostgreSQL server (Debian: postgresql) first.")
    return found[-1].parent


class Cluster:
    """One server: `start`, `kill` (by force), `stop`. Durable unless `fast`."""

    def __init__(self, folder: Path, *, fast: bool) -> None:
        self.folder, self.port, self.fast = folder, free_port(), fast
        self.bin = binaries()

    @property
    def url(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def _run(self, *command: str) -> None:
        # PostgreSQL refuses to run as root
        as_other = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        subprocess.run([*as_other, *command], check=True, stdout=subprocess.DEVNULL)

    def init(self) -> None:
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        self._run(
            str(self.bin / "initdb"),
            *("-D", str(self.folder / "data"), "-A", "trust", "-U", "postgres"),
            *("-E", "UTF8", "--locale=C.UTF-8", "--no-sync"),
        )

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c max_connections=200"
        options += f" -c unix_socket_directories={self.folder} -c shared_buffers=1GB"
        options += " -c max_wal_size=4GB -c jit=off"
        if self.fast:
            options += " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        self._run(
            str(self.bin / "pg_ctl"),
            *("-D", str(self.folder / "data"), "-o", options),
            *("-l", str(self.folder / "log"), "-w", "start"),
        )

    def kill(self) -> None:
        """By force, as a power cut would: SIGKILL to the server and its children."""
        pid = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        children = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True)
        for victim in [pid, *map(int, children.stdout.split())]:
            with suppress(ProcessLookupError):
                os.kill(victim, 9)
        time.sleep(0.5)

    def stop(self) -> None:
        with suppress(subprocess.CalledProcessError):
            self._run(
                str(self.bin / "pg_ctl"), "-D", str(self.folder / "data"), "-m", "fast", "stop"
            )


@contextmanager
def cluster(*, fast: bool = False) -> Iterator[Cluster]:
    """A running server that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="csservice-pg-"))
    server = Cluster(folder, fast=fast)
    try:
        server.init()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
