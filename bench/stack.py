"""The whole product as production runs it, on throw-away servers."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.cluster import Cluster, cluster, free_port

ROOT = Path(__file__).resolve().parent.parent


class Part:
    """One process of the stack, in a session of its own: `start`, `kill` (by force), `stop`."""

    def __init__(self, command: Sequence[str], env: dict[str, str], log: Path) -> None:
        self.command, self.env, self.log = list(command), env, log
        self.child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as sink:
            self.child = subprocess.Popen(
                self.command,
                env=self.env,
                cwd=ROOT,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
            )

    def kill(self) -> None:
        """SIGKILL to the process and all it started."""
        self._signal(signal.SIGKILL)

    def stop(self) -> None:
        self._signal(signal.SIGTERM)

    def _signal(self, number: int) -> None:
        if self.child is None:
            return
        try:
            os.killpg(self.child.pid, number)
            self.child.wait(timeout=30)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            pass
        self.child = None


class Stack:
    """`parts`: web, worker, beat, redis. The database is `server`."""

    def __init__(self, server: Cluster, folder: Path, *, redis: bool) -> None:
        self.server, self.folder = server, folder
        self.port, redis_port = free_port(), free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.env = os.environ | {
            "DATABASE_URL": server.url,
            "DJANGO_SETTINGS_MODULE": "bench.settings",
            "PYTHONPATH": str(ROOT),
            "BASE_URL": self.base,
            "REDIS_URL": f"redis://127.0.0.1:{redis_port}/0" if redis else "",
        }
        python = (sys.executable, "-m")
        celery = (*python, "celery", "-A", "csservice")
        commands: dict[str, tuple[str, ...]] = {
            "web": (
                *(*python, "gunicorn", "csservice.wsgi:application", "-b"),
                *(f"127.0.0.1:{self.port}", "-w", "2", "-k", "gthread", "--threads", "4"),
                *("--keep-alive", "30"),
            ),
            "worker": (*celery, "worker", "-P", "threads", "-c", "2"),
            "beat": (*celery, "beat", "-s", str(folder / "beat")),
        }
        if redis:
            commands["redis"] = (
                *("redis-server", "--port", str(redis_port), "--bind", "127.0.0.1"),
                *("--dir", str(folder), "--appendonly", "yes"),
            )
        self.parts = {
            name: Part(command, self.env, folder / f"{name}.log")
            for name, command in commands.items()
        }

    def manage(self, *command: str) -> str:
        """Run one management command to its end; what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *command],
            env=self.env,
            cwd=ROOT,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        return done.stdout.strip()

    def start(self) -> None:
        for name in ("redis", "web", "worker", "beat"):
            if name in self.parts:
                self.parts[name].start()
        wait_for(f"{self.base}/healthz")

    def stop(self) -> None:
        for part in self.parts.values():
            part.stop()


def wait_for(url: str) -> None:
    """Until anything answers at `url`, however it answers; 30 s at most."""
    for _try in range(300):
        try:
            urllib.request.urlopen(url, timeout=5)
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"Nothing answers at {url}.")


@contextmanager
def stack(*, tickets: int, redis: bool = False) -> Iterator[Stack]:
    """A seeded product that serves; all of it is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="csservice-bench-"))
    with cluster() as server:
        product = Stack(server, folder, redis=redis)
        try:
            product.manage("migrate", "-v0")
            product.manage("collectstatic", "-v0", "--noinput")
            product.manage("bench_seed", str(tickets))
            product.start()
            yield product
        finally:
            product.stop()
            shutil.rmtree(folder, ignore_errors=True)
