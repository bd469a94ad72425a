"""The door for gunicorn."""

from __future__ import annotations

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csservice.settings")
application = get_wsgi_application()

# What was loaded stays: looking through it again and again for garbage cost 7 % of each request.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 50, 50)
