"""How late a clock is said: a million open ones, a thousand falling due in a minute (issue 3).

    python -m bench.clocks [--tickets 1000000] [--due 1000] [--over 60] [--dry]

Three runs on a throw-away PostgreSQL: the product's own worker and beat; four workers that race for
the same rows; and the worker down while they fall due. Writes its part of docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.report import add_part
from bench.stack import ROOT, Stack, stack

REST_S = 12


def told(product: Stack, what: str, *more: str) -> dict[str, Any]:
    """What bench_clocks prints."""
    found: dict[str, Any] = json.loads(product.manage("bench_clocks", what, *more))
    return found


def fall_due(product: Stack, count: int, over: float) -> str:
    return str(told(product, "due", "--count", str(count), "--over", str(over))["since"])


def alone(product: Stack, count: int, over: float) -> dict[str, Any]:
    """The product as it runs: one worker, one beat."""
    since = fall_due(product, count, over)
    time.sleep(over + REST_S)
    return told(product, "count", "--since", since)


def racing(product: Stack, count: int, over: float, workers: int = 4) -> dict[str, Any]:
    """Four processes that sweep at the same instants."""
    for part in ("beat", "worker"):
        product.parts[part].stop()
    since = fall_due(product, count, over)
    until = datetime.fromisoformat(since) + timedelta(seconds=over + 5)
    race = [sys.executable, "manage.py", "bench_clocks", "race", "--until", until.isoformat()]
    racers = [
        subprocess.Popen(race, env=product.env, cwd=ROOT, stdout=subprocess.PIPE)
        for _one in range(workers)
    ]
    shares = [json.loads(racer.communicate()[0])["flagged"] for racer in racers]
    return told(product, "count", "--since", since) | {"by_worker": shares}


def down(product: Stack, count: int, over: float) -> dict[str, Any]:
    """The worker is away while they fall due, and comes back."""
    since = fall_due(product, count, over)
    time.sleep(over + 5)
    back = datetime.now(UTC)
    for part in ("worker", "beat"):
        product.parts[part].start()
    deadline = time.monotonic() + 60
    while (found := told(product, "count", "--since", since))["flagged"] < count:
        if time.monotonic() > deadline:
            break
        time.sleep(0.5)
    return found | {"caught_up_s": round((datetime.now(UTC) - back).total_seconds(), 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=1_000_000)
    parser.add_argument("--due", type=int, default=1000)
    parser.add_argument("--over", type=float, default=60)
    parser.add_argument("--dry", action="store_true", help="print, do not write the document")
    said = parser.parse_args()
    with stack(tickets=said.tickets, redis=True) as product:
        for part in ("beat", "worker", "web"):
            product.parts[part].stop()
        simulated = told(product, "simulate")
        told(product, "open")
        figures: dict[str, Any] = {"simulated": simulated} | {
            "tickets": said.tickets,
            "due": said.due,
            "over_s": said.over,
        }
        figures |= told(product, "idle")
        for part in ("worker", "beat"):
            product.parts[part].start()
        time.sleep(REST_S)
        figures["alone"] = alone(product, said.due, said.over)
        figures["racing"] = racing(product, said.due, said.over)
        figures["down"] = down(product, said.due, said.over)
    print(json.dumps(figures, indent=2))
    if not said.dry:
        add_part("clocks", lines(figures))


def lines(figures: dict[str, Any]) -> list[str]:
    """Its part of docs/benchmarks.md."""
    rows = [
        "| run | due | flagged | twice | largest lag | median lag | |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    more = {
        "alone": "one worker, one beat",
        "racing": f"shares {figures['racing']['by_worker']}",
        "down": f"caught up in {figures['down']['caught_up_s']} s after the start of the worker, "
        f"{figures['down']['marked_late']} marked late",
    }
    names = {
        "alone": "the product's worker",
        "racing": "four workers racing",
        "down": "worker down for a minute",
    }
    for key, name in names.items():
        run = figures[key]
        rows.append(
            f"| {name} | {figures['due']} | {run['flagged']} | {run['twice']} | "
            f"**{run['largest_lag_s']} s** | {run['median_lag_s']} s | {more[key]} |"
        )
    what = (
        f"`python -m bench.clocks`: {figures['tickets']:,} open first-response clocks, "
        f"{figures['due']:,} of them falling due within {figures['over_s']:.0f} s. "
        f"A sweep with nothing due takes {figures['empty_sweep_ms']} ms."
    )
    past = figures["simulated"]
    tried = (
        f"A draft of two minutes tried on {past['clocks']:,} clocks of {figures['tickets']:,} "
        f"tickets took **{past['took_s']} s** and at most {past['peak_mb']} MB; "
        f"{past['flips']:,} first responses would have been late."
    )
    return [
        *("## From due to flagged", "", what, "", *rows, ""),
        *("## A draft tried on the past", "", tried, ""),
    ]


if __name__ == "__main__":
    main()
