"""The product's settings with what tests need: quick hashes, no static build, local folders."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

os.environ.setdefault("SECRET_KEY", "tests-only-tests-only-tests-only-tests-only")
os.environ.setdefault("FIELD_KEYS", "dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk=")

from csservice.settings import *
from csservice.settings import DATABASES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CELERY_BROKER_URL = "memory://"
ACCOUNT_RATE_LIMITS = False  # type: ignore[assignment]
VAR_FOLDER = tempfile.gettempdir()
STATIC_ROOT = Path(VAR_FOLDER) / "csservice-tests-have-no-static-root"
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # The tests' database lies in memory and is shared by threads, where a reader meets a lock that
    # no timeout waits for; the product's lies in a file, where readers and the writer never meet.
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA read_uncommitted=1;"
