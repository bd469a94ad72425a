"""The hash chain of the ledger. Pure: no Django, no clock."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

START = "0" * 64


def link(before: str, content: Mapping[str, Any]) -> str:
    """SHA-256 over the hash before and the canonical content; 64 hex digits.

    `content`: seq at by kind subject key data; `at` an aware datetime.
    """
    flat = {k: v.isoformat() if isinstance(v, datetime) else v for k, v in content.items()}
    text = json.dumps(flat, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{before}{text}".encode()).hexdigest()
