"""The demo's environment: secrets made on the first run, kept under var/. Imports no Django."""

from __future__ import annotations

import base64
import os
import secrets
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FILE = ROOT / "var" / "demo.env"


def prepare(file: Path = FILE) -> None:
    """Set what the demo needs before Django starts; what the environment gives already stays.

    The secrets are random, made once, and readable by their owner only. Ends the program with a
    sentence when PORT is no port.
    """
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(
            f"SECRET_KEY={secrets.token_urlsafe(48)}\n"
            f"FIELD_KEYS={base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()}\n",
            "utf-8",
        )
    for line in file.read_text("utf-8").splitlines():
        name, _equals, value = line.partition("=")
        os.environ.setdefault(name, value)
    os.environ["DJANGO_SETTINGS_MODULE"] = "csservice.settings"
    os.environ["DEMO"] = "1"
    port = os.environ.setdefault("PORT", "8000")
    if not port.isdigit() or not 0 < int(port) < 65_536:
        sys.exit(f"PORT must be a number from 1 to 65535, for example PORT=8001; it is {port!r}.")
