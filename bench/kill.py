"""Kill worker, beat, Redis and PostgreSQL by force under load; count what is left.

    python -m bench.kill [--seconds 12]

Four clients post tickets and answers with Idempotency-Key and remember what was acknowledged. After
recovery: no acknowledged ticket, answer or event may be lost or doubled; each first response
that came late or not at all is flagged exactly once. While a part is down the product says which.
"""

from __future__ import annotations

import argparse
import json
import re
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2

from bench.client import Client
from bench.stack import Stack, stack

CLIENTS = 4
PASSWORD = "bench-bench-bench"


class Load:
    """Clients that post until `stop`; what the server acknowledged is what must be there."""

    def __init__(self, product: Stack) -> None:
        self.base, self.halt = product.base, threading.Event()
        with psycopg2.connect(product.server.url) as line, line.cursor() as cursor:
            cursor.execute("SELECT min(id) FROM teams_user WHERE role = 'specialist'")
            self.first_agent: int = (cursor.fetchone() or (0,))[0]
        self.tickets: set[int] = set()
        self.answers: dict[str, int] = {}
        self.refused: list[str] = []
        self.threads = [threading.Thread(target=self._run, args=(i,)) for i in range(CLIENTS)]

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    def stop(self) -> None:
        self.halt.set()
        for thread in self.threads:
            thread.join()

    def _run(self, number: int) -> None:
        client, count = Client(self.base, f"bench-{number}"), 0
        while not self.halt.is_set():
            count += 1
            try:
                self._serve_one(client, count)
            except RuntimeError as refusal:
                self.refused.append(str(refusal)[:300])

    def _serve_one(self, client: Client, count: int) -> None:
        # every second contact came 297 s ago: its five minutes run out while parts are down
        late = timedelta(seconds=297 if count % 2 else 0)
        body = {
            "channel": "api",
            "subject": f"Contact {count}",
            "customer": count % 1000 + 1,
            "received_at": (datetime.now(UTC) - late).isoformat(),
        }
        ticket = client.surely("POST", "/api/v1/tickets/", body)
        self.tickets.add(ticket["number"])
        if count % 3:
            return
        text = f"Answer {uuid.uuid4()}"
        path = f"/api/v1/tickets/{ticket['number']}/respond/"
        owner = Client(self.base, f"bench-{ticket['owner'] - self.first_agent}")
        owner.surely("POST", path, {"text": text})
        self.answers[text] = ticket["number"]


class Support:
    """Technical support, who keeps the status page open while parts go down (T4)."""

    def __init__(self, base: str) -> None:
        self.base = base
        jar = urllib.request.HTTPCookieProcessor()
        self.browser = urllib.request.build_opener(jar)
        page = self.browser.open(f"{base}/accounts/login/", timeout=10).read().decode()
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        form = {"csrfmiddlewaretoken": found and found[1], "login": "support", "password": PASSWORD}
        self.browser.open(
            f"{base}/accounts/login/", urllib.parse.urlencode(form).encode(), timeout=10
        )

    def told(self) -> dict[str, str]:
        """What the page says does not work: part -> words; `page`: it could only say it is down."""
        try:
            page = self.browser.open(f"{self.base}/status/", timeout=15).read().decode()
        except urllib.error.HTTPError as error:
            return {"page": str(error.code)} | self._wrong(error.read().decode())
        except OSError as error:
            return {"page": str(error)}
        return self._wrong(page)

    @staticmethod
    def _wrong(page: str) -> dict[str, str]:
        found = re.findall(
            r'<li id="part-(\w+)">\s*<span class="st st-(?:late|soon)">.*?'
            r'<span class="status-words">(.*?)</span>',
            page,
            re.DOTALL,
        )
        return {part: re.sub(r"<[^>]+>|\s+", " ", words).strip() for part, words in found}


def readiness(base: str) -> tuple[int, str]:
    """(status, text) of /readyz; 0 when nothing answers."""
    try:
        with urllib.request.urlopen(f"{base}/readyz", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


def outage(
    product: Stack,
    support: Support,
    name: str,
    *,
    kill: Callable[[], None],
    start: Callable[[], None],
    down_s: float,
) -> dict[str, Any]:
    """One part down by force for `down_s`, then up; what the product said, and how long to heal."""
    print(f"kill {name}", flush=True)
    kill()
    time.sleep(down_s)
    said, told = readiness(product.base), support.told()
    start()
    began = time.monotonic()
    while readiness(product.base)[0] != 200 and time.monotonic() - began < 60:
        time.sleep(0.2)
    healed = round(time.monotonic() - began, 1)
    print(f"  /readyz {said[0]}; /status/ said {told}; whole again in {healed} s", flush=True)
    return {"readyz": said[0], "said": said[1][:300], "status_page": told, "healed_s": healed}


def count_up(product: Stack, load: Load) -> dict[str, Any]:
    """What the database holds against what was acknowledged."""
    with psycopg2.connect(product.server.url) as line, line.cursor() as cursor:

        def rows(sql: str) -> list[tuple[Any, ...]]:
            cursor.execute(sql)
            return list(cursor.fetchall())

        tickets = {row[0] for row in rows("SELECT id FROM tickets_ticket WHERE channel = 'api'")}
        texts = Counter(
            row[0] for row in rows("SELECT text FROM tickets_message WHERE text LIKE 'Answer %'")
        )
        received = Counter(
            int(row[0])
            for row in rows("SELECT key FROM ledger_entry WHERE kind = 'ticket.received'")
        )
        flags = Counter(
            int(row[0])
            for row in rows(
                "SELECT key FROM ledger_entry WHERE kind = 'clock.breached' "
                "AND data->>'metric' = 'first_response'"
            )
        )
        late = {
            row[0]
            for row in rows(
                "SELECT id FROM tickets_ticket WHERE channel = 'api' AND "
                "(responded_at > respond_by OR responded_at IS NULL AND respond_by < now())"
            )
        }
        unsealed = rows("SELECT count(*) FROM ledger_entry WHERE seq IS NULL")[0][0]
    mine = {key: count for key, count in flags.items() if key in tickets}
    return {
        "tickets_acknowledged": len(load.tickets),
        "tickets_lost": len(load.tickets - tickets),
        "answers_acknowledged": len(load.answers),
        "answers_lost": sum(texts[text] == 0 for text in load.answers),
        "answers_doubled": sum(count > 1 for count in texts.values()),
        "events_lost": sum(received[number] == 0 for number in load.tickets),
        "events_doubled": sum(received[number] > 1 for number in tickets),
        "late": len(late),
        "breaches_missed": len(late - set(mine)),
        "breaches_flagged_twice": sum(count > 1 for count in mine.values()),
        "breaches_flagged_wrongly": len(set(mine) - late),
        "ledger_unsealed": unsealed,
        "refused": len(load.refused),
        "first_refused": load.refused[:2],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=12, help="how long each part is down")
    said = parser.parse_args()
    with stack(tickets=2000, redis=True) as product:
        load = Load(product)
        support = Support(product.base)
        load.start()
        time.sleep(5)
        result: dict[str, Any] = {}
        for name in ("worker", "beat", "redis"):
            part = product.parts[name]
            result[name] = outage(
                product, support, name, kill=part.kill, start=part.start, down_s=said.seconds
            )
            time.sleep(3)
        server = product.server
        result["postgresql"] = outage(
            product,
            support,
            "postgresql",
            kill=server.kill,
            start=server.start,
            down_s=said.seconds,
        )
        time.sleep(5)
        load.stop()
        time.sleep(20)  # the beats catch up
        result["counted"] = count_up(product, load)
        result["ledger"] = product.manage("verify_ledger")
    print(json.dumps(result, indent=2))
    bad = [
        key
        for key, value in result["counted"].items()
        if key.endswith(("lost", "doubled", "missed", "twice", "wrongly", "refused")) and value
    ]
    if bad:
        raise SystemExit(f"Not whole: {', '.join(bad)}")


if __name__ == "__main__":
    main()
