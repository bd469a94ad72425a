"""A morning of real contacts through the API: 1,500 of them, in the real shape of arrivals.

    python -m bench.morning

Texts: bank questions and complaints of ../shared/data. Arrivals: a bank's calls by five minutes.
The poster is killed by force in the middle and run again with the same keys; then every contact
must be there once, assigned, on the clock, and found by words of its own.
"""

from __future__ import annotations

import csv
import json
import os
import random
import re
import subprocess
import sys
import time
import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench.client import Client
from bench.stack import ROOT, stack

DATA = Path(os.environ.get("BENCH_DATA", ROOT.parent / "shared" / "data"))
CONTACTS, COMPLAINTS = 1500, 150
WORD = re.compile(r"[a-z]{3,}")
NAMESPACE = uuid.UUID("5f0e2f5e-6d1f-4b53-9a8e-2c1a4f8c8d10")


@dataclass(frozen=True, slots=True)
class Arrival:
    """One customer's contact: `minute` after the start of the morning."""

    number: int
    minute: float
    text: str

    @property
    def key(self) -> str:
        return str(uuid.uuid5(NAMESPACE, str(self.number)))


def texts(rng: random.Random) -> list[str]:
    with (DATA / "banking77_train.csv").open() as file:
        questions = [row["text"].strip() for row in csv.DictReader(file)]
    with (DATA / "complaint_narratives_dev.csv").open() as file:
        complaints = [row["narrative"].strip() for row in csv.DictReader(file)]
    chosen = rng.sample(questions, CONTACTS - COMPLAINTS) + rng.sample(complaints, COMPLAINTS)
    rng.shuffle(chosen)
    return chosen


def minutes(rng: random.Random) -> list[float]:
    """Arrival minutes after 7:00 by the mean shape of the bank's weekdays, 7:00 to 12:00."""
    calls: Counter[int] = Counter()
    with (DATA / "bank_calls_5min_dev.csv").open() as file:
        for row in csv.DictReader(file):
            at = datetime.fromisoformat(row["DateTime"])
            slot = (at.hour - 7) * 60 + at.minute
            if 0 <= slot < 300:
                calls[slot] += int(float(row["Calls"]))
    slots = rng.choices(list(calls), weights=list(calls.values()), k=CONTACTS)
    return sorted(slot + rng.random() * 5 for slot in slots)


def morning() -> list[Arrival]:
    rng = random.Random(20030303)
    pairs = enumerate(zip(minutes(rng), texts(rng), strict=True))
    return [Arrival(number, minute, text) for number, (minute, text) in pairs]


def post(base: str, start: datetime) -> None:
    """Post every contact in the order of arrival; safe to kill and to run again."""
    client = Client(base, "bench-0")
    for arrival in morning():
        customer = {
            "name": f"Morning {arrival.number % 900}",
            "phone": f"+86139{arrival.number % 900:08d}",
            "segment": "personal",
            "language": "en",
        }
        body = {
            "channel": "web",
            "subject": arrival.text[:120],
            "description": arrival.text,
            "customer": customer,
            "received_at": (start + timedelta(minutes=arrival.minute)).isoformat(),
        }
        client.surely("POST", "/api/v1/tickets/", body, key=arrival.key)


def own_words(arrivals: list[Arrival]) -> dict[int, str]:
    """The rarest words of each contact's text."""
    found = {a.number: set(WORD.findall(a.text.lower())) for a in arrivals}
    common = Counter(word for words in found.values() for word in words)
    return {
        number: " ".join(sorted(words, key=lambda word: (common[word], word))[:4])
        for number, words in found.items()
    }


def all_tickets(client: Client, since: datetime) -> list[dict[str, Any]]:
    path = f"/api/v1/tickets/?channel=web&page_size=200&received_after={quote(since.isoformat())}"
    rows: list[dict[str, Any]] = []
    while path:
        page = client.surely("GET", path)
        rows += page["results"]
        path = (page.get("next") or "").partition("/api/")[2]
        path = f"/api/{path}" if path else ""
    return rows


def posted(client: Client, start: datetime) -> list[dict[str, Any]]:
    """The tickets of the morning, told from the seeded ones by their subjects."""
    subjects = {arrival.text[:120].strip() for arrival in morning()}
    rows = all_tickets(client, start - timedelta(seconds=1))
    return [row for row in rows if row["subject"] in subjects]


def check(base: str, start: datetime) -> dict[str, Any]:
    """What became of the morning, counted through the API as the director."""
    client, arrivals = Client(base, "bench-director"), morning()
    rows = posted(client, start)
    seen = Counter((row["received_at"][:23], row["subject"][:120]) for row in rows)
    wanted = {
        (start + timedelta(minutes=a.minute)).astimezone(UTC).isoformat()[:23]: a for a in arrivals
    }
    numbers = {row["received_at"][:23]: row["number"] for row in rows}
    words, missed = own_words(arrivals), []
    for at, arrival in wanted.items():
        hits = client.surely(
            "GET", f"/api/v1/tickets/?page_size=200&q={quote(words[arrival.number])}"
        )
        if numbers.get(at) not in {row["number"] for row in hits["results"]}:
            missed.append(arrival.number)
    on_clock = sum(
        datetime.fromisoformat(row["respond_by"]) - datetime.fromisoformat(row["received_at"])
        == timedelta(seconds=300)
        for row in rows
    )
    return {
        "contacts": len(arrivals),
        "tickets": len(rows),
        "lost": len(set(wanted) - set(numbers)),
        "doubled": sum(count - 1 for count in seen.values()),
        "assigned": sum(row["owner"] is not None for row in rows),
        "on_the_clock": on_clock,
        "not_found_by_own_words": len(missed),
    }


def main() -> None:
    if len(sys.argv) == 4 and sys.argv[1] == "post":
        post(sys.argv[2], datetime.fromisoformat(sys.argv[3]))
        return
    if not DATA.exists():
        raise SystemExit(f"No data at {DATA}. Name its folder in BENCH_DATA.")
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=5, minutes=30)
    with stack(tickets=2000) as product:
        poster = [sys.executable, "-m", "bench.morning", "post", product.base, start.isoformat()]
        first = subprocess.Popen(poster, env=product.env)
        time.sleep(4)
        first.kill()
        first.wait()
        between = len(posted(Client(product.base, "bench-director"), start))
        began = time.perf_counter()
        subprocess.run(poster, env=product.env, check=True)
        took = time.perf_counter() - began
        result = {"there_when_killed": between, "second_run_s": round(took, 1)}
        result |= check(product.base, start)
    print(json.dumps(result, indent=2))
    whole = result["tickets"] == result["assigned"] == result["on_the_clock"] == CONTACTS
    if not whole or result["lost"] or result["doubled"] or result["not_found_by_own_words"]:
        raise SystemExit("The morning was not served whole.")


if __name__ == "__main__":
    main()
