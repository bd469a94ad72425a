"""`make demo`: the whole product with invented data, from one command."""

from __future__ import annotations

import fcntl
import os
import sys
from hashlib import sha256
from pathlib import Path
from random import Random, SystemRandom
from typing import IO, Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.utils import timezone

from csservice.demo import play
from csservice.demo.management.commands.demo_seed import bar
from csservice.demo.people import ACCOUNTS, PASSWORD
from csservice.demo.seed import seed
from csservice.demo.supervisor import Child, port_is_free, run
from teams.models import User

WHO = {
    "director": "leads the whole team",
    "manager": "runs the personal customers' groups",
    "manager.corporate": "runs the corporate customers' group",
    "specialist": "serves personal customers: start here",
    "specialist.corporate": "serves corporate customers",
    "support": "keeps the service system running",
}


class Command(BaseCommand):
    help = "Serve the product with demo data until Ctrl-C. PORT, DEMO_TICKETS, DEMO_SEED."

    def handle(self, *_args: Any, **_options: Any) -> None:
        port, tickets = number("PORT", 8000), number("DEMO_TICKETS", 3000)
        if not port_is_free(port):
            raise CommandError(
                f"Port {port} is in use. Choose another one: make demo PORT={port + 1}"
            )
        lock = alone(settings.VAR)
        prepare(tickets)
        url = settings.BASE_URL
        status = run(processes(port), url=f"{url}/healthz", ready=lambda: greet(url))
        lock.close()
        sys.exit(status)


def number(name: str, default: int) -> int:
    """A whole number of the environment. Raises CommandError with a sentence."""
    given = os.environ.get(name, "") or str(default)
    if not given.isdigit():
        raise CommandError(f"{name} must be a whole number, for example {name}={default}.")
    return int(given)


def alone(var: Path) -> IO[str]:
    """Hold var/demo.lock. Raises CommandError while another demo runs on the same data."""
    var.mkdir(parents=True, exist_ok=True)
    lock = (var / "demo.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise CommandError("The demo runs already on the data in var/. Stop it first.") from None
    return lock


def prepare(tickets: int) -> None:
    """Database, browser files and, the first time, the data."""
    print("Preparing the database …", flush=True)
    call_command("migrate", verbosity=0)
    collect_static()
    now = timezone.now()
    if not User.objects.exists():
        print("Making demo data, once:", flush=True)
        chance = number("DEMO_SEED", 1)
        seed(tickets=tickets, number=chance, now=now, progress=bar)
        play.set_scene(now=now, random=Random(chance))
    elif User.objects.filter(username__in=ACCOUNTS).count() < len(ACCOUNTS):
        raise CommandError("The database at DATABASE_URL holds other people than the demo's.")
    play.open_doors(now=now, accounts=True)


def collect_static() -> None:
    """Collect the browser's files where one of them, or a package, has changed since."""
    stamp = settings.STATIC_ROOT / ".collected"
    files = [settings.BASE_DIR / "requirements.txt"]
    for folder in settings.STATICFILES_DIRS:
        files += sorted(path for path in folder.rglob("*") if path.is_file())
    seen = sha256()
    for path in files:
        seen.update(str(path).encode() + b"\0" + path.read_bytes())
    if stamp.exists() and stamp.read_text() == seen.hexdigest():
        return
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(seen.hexdigest())


def processes(port: int) -> list[Child]:
    """Web, and worker with schedule, as in production but on one machine."""
    python, log = sys.executable, settings.VAR / "log"
    web = ["-m", "gunicorn", "csservice.wsgi", "--bind", f"127.0.0.1:{port}"]
    web += ["--no-control-socket", "--worker-class", "gthread", "--workers", "2", "--threads", "8"]
    jobs = ["-m", "celery", "--app", "csservice", "worker", "--beat", "--pool", "threads"]
    jobs += ["--concurrency", "4", "--loglevel", "WARNING"]
    jobs += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return [
        Child("web server", [python, *web], log / "web.log"),
        Child("worker", [python, *jobs], log / "worker.log"),
    ]


def greet(url: str) -> None:
    """Fresh contacts, so that their clocks run now; then say where and who."""
    play.bring_fresh(now=timezone.now(), random=SystemRandom())
    connections.close_all()
    print(f"\ncsservice is ready at {url}\n")
    print(f"Accounts (password: {PASSWORD})")
    for username in ACCOUNTS:
        print(f"  {username:<22}{WHO[username]}")
    print("\nCtrl-C stops it; the data stays in var/. Logs: var/log/", flush=True)
