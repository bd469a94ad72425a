"""The product's settings as production has them, with secrets that only benchmarks use."""

from __future__ import annotations

import os

os.environ.setdefault("SECRET_KEY", "benchmarks-only-benchmarks-only-benchmarks-only")
os.environ.setdefault("FIELD_KEYS", "dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk=")
os.environ.setdefault("API_RATE", "100000000/min")

from csservice.settings import *

ACCOUNT_RATE_LIMITS: dict[str, str] = {}  # type: ignore[no-redef]
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
INSTALLED_APPS = [*INSTALLED_APPS, "bench"]  # noqa: F405
