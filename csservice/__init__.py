"""csservice: the software of a financial institution's customer-service team."""

from __future__ import annotations

from csservice.celery import app as celery_app

__all__ = ["celery_app"]
