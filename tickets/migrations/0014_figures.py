"""What a promise took in open time stands beside its deadline; a waiver that is asked for shows."""

from __future__ import annotations

from itertools import islice
from typing import Any

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from teams.hours import Hours, read

# The rule is pure and its snapshots are read by every version of it; models are those of then.
from tickets import clock

COLUMNS = {"first_response": "respond_took_s", "resolution": "resolve_took_s"}
BATCH = 1000


def fill_figures(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Of every ticket whose promise was kept or broken by now, by the snapshot of its clock."""
    Ticket, Clock = apps.get_model("tickets", "Ticket"), apps.get_model("tickets", "Clock")
    Version = apps.get_model("teams", "CalendarVersion")
    hours: dict[int, Hours] = {0: Hours.always("UTC")}
    done = Ticket.objects.exclude(responded_at=None, resolved_at=None).order_by("pk")
    keys = done.values_list("pk", flat=True).iterator(chunk_size=BATCH)
    while some := list(islice(keys, BATCH)):
        tickets = Ticket.objects.only("pk", *COLUMNS.values()).in_bulk(some)
        rows = Clock.objects.filter(ticket__in=some, metric__in=list(COLUMNS))
        for row in rows.exclude(state="cancelled").order_by("pk").iterator(chunk_size=BATCH):
            state = clock.from_data(row.snapshot)
            if state.calendar not in hours:
                hours[state.calendar] = read(Version.objects.get(pk=state.calendar).spec)
            took = int(state.spent_s(hours[state.calendar])) if row.state == "met" else None
            setattr(tickets[row.ticket_id], COLUMNS[row.metric], took)
        Ticket.objects.bulk_update(tickets.values(), list(COLUMNS.values()), BATCH)


def fill_asked(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """When a waiver was asked for, by the ledger of the clock."""
    Clock, Event = apps.get_model("tickets", "Clock"), apps.get_model("tickets", "ClockEvent")
    asked: dict[int, Any] = dict(
        Event.objects.filter(kind="ask_waiver").order_by("pk").values_list("clock", "at")
    )
    for key, at in asked.items():
        Clock.objects.filter(pk=key).update(waiver_asked_at=at)


class Migration(migrations.Migration):
    dependencies = [("tickets", "0013_clock_indexes"), ("teams", "0003_absences")]

    operations = [
        migrations.AddField(
            model_name="ticket",
            name="respond_took_s",
            field=models.PositiveIntegerField(
                blank=True, null=True, verbose_name="first response took"
            ),
        ),
        migrations.AddField(
            model_name="ticket",
            name="resolve_took_s",
            field=models.PositiveIntegerField(
                blank=True, null=True, verbose_name="resolution took"
            ),
        ),
        migrations.AddField(
            model_name="clock",
            name="waiver_asked_at",
            field=models.DateTimeField(null=True, verbose_name="waiver asked for at"),
        ),
        migrations.RunPython(fill_figures, migrations.RunPython.noop),
        migrations.RunPython(fill_asked, migrations.RunPython.noop),
    ]
