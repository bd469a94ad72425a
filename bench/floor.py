"""The two floors beside which the figures stand: an empty view, and the same rows by psycopg2.

Served by the same gunicorn with the same workers as the product.
"""

from __future__ import annotations

import json
import os
import threading

import psycopg2
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

settings.configure(
    SECRET_KEY="floor-floor-floor-floor-floor-floor", ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"]
)
_local = threading.local()
QUEUE = """
    SELECT t.id, t.subject, t.channel, t.step, t.waiting_on, t.respond_by, t.resolve_by,
           t.responded_at, c.name, c.segment, o.name
    FROM tickets_ticket t
    JOIN tickets_customer c ON c.id = t.customer_id
    LEFT JOIN teams_user o ON o.id = t.owner_id
    WHERE t.owner_id = (SELECT min(id) FROM teams_user WHERE role = 'specialist') + %s
      AND t.step <> 'closed'
    ORDER BY t.respond_by LIMIT 25
"""


def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


def rows(request: HttpRequest) -> HttpResponse:
    """25 open tickets as JSON, with nothing between the socket and the rows."""
    if not hasattr(_local, "db"):
        _local.db = psycopg2.connect(os.environ["DATABASE_URL"])
        _local.db.autocommit = True
    with _local.db.cursor() as cursor:
        cursor.execute(QUEUE, [0])
        return HttpResponse(json.dumps(cursor.fetchall(), default=str))


urlpatterns = [path("empty/", empty), path("rows/", rows)]
application = get_wsgi_application()
