"""Run the benchmarks on a throw-away PostgreSQL and write docs/benchmarks.md.

    python -m bench.run [--tickets 10000,100000,1000000] [--seconds 12] [--only queue,list]

The load client is ../shared/bench/load.py, or what BENCH_CLIENT names. Each size is seeded anew;
gunicorn serves with two workers, the product's worker and beat run beside it. Capacity is
2000 / (CPU ms of app and PostgreSQL a request): what two cores could serve with nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.cluster import cluster, free_port
from bench.report import write

ROOT = Path(__file__).resolve().parent.parent
CLIENT = Path(os.environ.get("BENCH_CLIENT", ROOT.parent / "shared" / "bench" / "load.py"))
SCENARIOS = (
    *("create", "list", "queue", "ticket_own", "ticket", "search", "customer_search", "live"),
)
CLIENTS = 2


@contextmanager
def process(*command: str, env: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    child = subprocess.Popen(
        command, env=env, stdout=subprocess.DEVNULL, stderr=sys.stderr, start_new_session=True
    )
    try:
        yield child
    finally:
        os.killpg(child.pid, signal.SIGTERM)
        child.wait(timeout=30)


def manage(env: dict[str, str], *command: str) -> str:
    """Run one management command to its end; what it printed."""
    done = subprocess.run(
        [sys.executable, "manage.py", *command],
        env=env,
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout.strip()


def wait_for(url: str) -> None:
    for _try in range(200):
        try:
            urllib.request.urlopen(url, timeout=5)
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"Nothing answers at {url}.")


def serve(app: str, port: int, env: dict[str, str]) -> Any:
    return process(
        *(sys.executable, "-m", "gunicorn", app, "-b", f"127.0.0.1:{port}"),
        *("-w", "2", "-k", "gthread", "--threads", "4", "--keep-alive", "30"),
        env=env,
    )


def load(base: str, file: Path, name: str, seconds: float) -> dict[str, Any]:
    """One scenario by the load client; its JSON with the capacity added."""
    done = subprocess.run(
        [
            *(sys.executable, str(CLIENT), base, str(file), name, "-c", str(CLIENTS)),
            *("-d", str(seconds), "--cpu-group", "app=gunicorn"),
            *("--cpu-group", "pg=^postgres|postgresql/", "--cpu-group", "worker=celery"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{name}: {done.stderr}")
    figures: dict[str, Any] = json.loads(done.stdout)
    cost = figures.get("cpu_ms_per_txn") or {}
    spent = cost.get("app", 0) + cost.get("pg", 0)
    figures["capacity"] = round(2000 / spent) if spent else None
    print(f"  {name}: {figures['capacity']}/s capacity, p50 {figures['p50_ms']} ms", flush=True)
    if figures.get("first_errors"):
        print("   ", figures["first_errors"][0], flush=True)
    return figures


def prepared(count: int) -> Path:
    """The scenario file with the numbers of this size in it."""
    text = (ROOT / "bench" / "scenarios.json").read_text()
    text = text.replace("LOW", str(max(1, count - 1250))).replace("HIGH", str(count))
    file = Path(tempfile.mkdtemp()) / "scenarios.json"
    file.write_text(text)
    return file


def measure(count: int, seconds: float, names: list[str]) -> dict[str, Any]:
    """Seed `count` tickets and measure every scenario, the floors and the sweep."""
    print(f"{count} tickets", flush=True)
    with cluster() as server:
        env = os.environ | {
            "DATABASE_URL": server.url,
            "DJANGO_SETTINGS_MODULE": "bench.settings",
            "PYTHONPATH": str(ROOT),
        }
        manage(env, "migrate", "-v0")
        manage(env, "collectstatic", "-v0", "--noinput")
        started = time.perf_counter()
        subprocess.run(
            [sys.executable, "manage.py", "bench_seed", str(count)], env=env, check=True, cwd=ROOT
        )
        results: dict[str, Any] = {"seed_s": round(time.perf_counter() - started)}
        results |= _floors(env, seconds)
        results |= _pages(env, count, seconds, names)
        sweep = manage(env, "bench_sweep", str(min(20_000, count // 2)))
        results["sweep"] = json.loads(sweep)
        print("  sweep:", sweep, flush=True)
    return results


def _floors(env: dict[str, str], seconds: float) -> dict[str, Any]:
    port = free_port()
    spec = {"scenarios": {n: {"requests": [{"path": f"/{n}/"}]} for n in ("empty", "rows")}}
    file = Path(tempfile.mkdtemp()) / "floors.json"
    file.write_text(json.dumps(spec))
    base = f"http://127.0.0.1:{port}"
    with serve("bench.floor:application", port, env):
        wait_for(f"{base}/empty/")
        return {f"floor_{name}": load(base, file, name, seconds) for name in ("empty", "rows")}


def _pages(env: dict[str, str], count: int, seconds: float, names: list[str]) -> dict[str, Any]:
    port = free_port()
    base, file = f"http://127.0.0.1:{port}", prepared(count)
    env = env | {"BASE_URL": base}
    worker = (sys.executable, "-m", "celery", "-A", "csservice", "worker", "-B", "-P", "threads")
    with (
        serve("csservice.wsgi:application", port, env),
        process(*worker, "-c", "2", "-s", str(file.parent / "beat"), env=env),
    ):
        wait_for(f"{base}/healthz")
        return {name: load(base, file, name, seconds) for name in names}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", default="10000,100000,1000000")
    parser.add_argument("--seconds", type=float, default=12)
    parser.add_argument("--only", default=",".join(SCENARIOS))
    parser.add_argument("--dry", action="store_true", help="print, do not write the document")
    said = parser.parse_args()
    if not CLIENT.exists():
        raise SystemExit(f"No load client at {CLIENT}. Name one in BENCH_CLIENT.")
    names = said.only.split(",")
    results = {
        int(count): measure(int(count), said.seconds, names) for count in said.tickets.split(",")
    }
    if not said.dry:
        write(results, ROOT / "docs" / "benchmarks.md")


if __name__ == "__main__":
    main()
