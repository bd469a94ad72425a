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
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.cluster import free_port
from bench.report import write
from bench.stack import ROOT, Part, Stack, stack, wait_for

CLIENT = Path(os.environ.get("BENCH_CLIENT", ROOT.parent / "shared" / "bench" / "load.py"))
SCENARIOS = (
    *("list", "queue", "ticket_own", "ticket", "search", "customer_search", "live"),
    "create",  # last: what it makes is open work, and the pages are measured with 25 open each
)
CLIENTS = 2


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
    print(
        f"  {name}: {figures['capacity']}/s capacity, {cost}, p50 {figures['p50_ms']} ms",
        flush=True,
    )
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
    started = time.perf_counter()
    with stack(tickets=count, redis=True) as product:
        results: dict[str, Any] = {"ready_s": round(time.perf_counter() - started)}
        results |= _floors(product, seconds)
        file = prepared(count)
        results |= {name: load(product.base, file, name, seconds) for name in names}
        for part in ("beat", "worker"):  # their own sweep would take tickets from the measured one
            product.parts[part].stop()
        sweep = product.manage("bench_sweep", str(min(20_000, count // 2)))
        results["sweep"] = json.loads(sweep)
        print("  sweep:", sweep, flush=True)
    return results


def _floors(product: Stack, seconds: float) -> dict[str, Any]:
    port = free_port()
    spec = {"scenarios": {n: {"requests": [{"path": f"/{n}/"}]} for n in ("empty", "rows")}}
    file = Path(tempfile.mkdtemp()) / "floors.json"
    file.write_text(json.dumps(spec))
    command = [
        part.replace("csservice.wsgi", "bench.floor") for part in product.parts["web"].command
    ]
    command = [part.replace(str(product.port), str(port)) for part in command]
    floor = Part(command, product.env, product.folder / "floor.log")
    floor.start()
    base = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{base}/empty/")
        return {f"floor_{name}": load(base, file, name, seconds) for name in ("empty", "rows")}
    finally:
        floor.stop()


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
