"""The audit: who did what, when, about what (contract.md, The ledger). Read only."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from django import forms
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from csservice.ledger.models import Entry, EntryQuerySet
from csservice.lib.htmx import page
from teams.http import Request
from teams.models import User
from teams.roles import Can
from teams.views import ledger_words
from teams.views.words import AREAS, WHERE

SIZE = 50
COLUMNS = ("seq", "at", "by_id", "by_name", "kind", "subject", "key", "data", "digest")


class Wanted(forms.Form):
    """What the address asks for; every field may be empty."""

    area = forms.ChoiceField(
        label=_("Kind"), required=False, choices=[("", _("All")), *AREAS.items()]
    )
    by = forms.CharField(label=_("Person"), required=False, max_length=150)
    about = forms.CharField(label=_("About"), required=False, max_length=95)
    since = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def rows(self) -> EntryQuerySet:
        """The entries that fit, newest first; a field that makes no sense narrows nothing."""
        self.is_valid()
        asked = self.cleaned_data
        rows = Entry.objects.newest_first()
        if asked.get("area"):
            rows = rows.of_area(asked["area"])
        if asked.get("by"):
            rows = rows.by_person(asked["by"])
        subject, _blank, key = asked.get("about", "").partition(" ")
        if subject:
            rows = rows.filter(subject=subject, **({"key": key.strip()} if key else {}))
        if asked.get("since"):
            rows = rows.filter(at__gte=midnight(asked["since"]))
        if asked.get("until"):
            rows = rows.filter(at__lt=midnight(asked["until"] + timedelta(days=1)))
        return rows


def midnight(day: date) -> datetime:
    """The first instant of a day where the institution is."""
    return timezone.make_aware(datetime.combine(day, time.min))


class Line(NamedTuple):
    """One entry as the page shows it: names by reference."""

    entry: Entry
    who: str
    url: str
    said: list[tuple[str, str]]
    changes: list[ledger_words.Change]


@require_safe
def audit(request: Request) -> HttpResponse:
    """The newest entries that fit, 50 a page by `?before=<pk>`."""
    request.user.must(Can.SEE_LEDGER)
    form = Wanted(request.GET or None)
    rows = Wanted(request.GET).rows()
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows[: SIZE + 1])
    context = {
        "form": form,
        "lines": lines(found[:SIZE]),
        "older": _query(request, before=found[SIZE - 1].pk) if len(found) > SIZE else "",
        "newest": _query(request) if before else "",
        "export": _query(request),
        "narrowed": any(request.GET.get(name) for name in Wanted.base_fields),
    }
    return page(request, "teams/settings_audit.html", context, partial="results")


@require_safe
def audit_csv(request: Request) -> StreamingHttpResponse:
    """The entries that fit as CSV, streamed: RFC 3339 times, UTF-8 with a mark for spreadsheets."""
    request.user.must(Can.SEE_LEDGER)
    rows = Wanted(request.GET).rows()
    answer = StreamingHttpResponse(_csv(rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="audit.csv"'
    return answer


def lines(entries: list[Entry]) -> list[Line]:
    """Entries with today's names of people, and what each changed in words. The queries do not
    grow with the entries."""
    ids = {entry.by_id for entry in entries}
    ids |= {int(entry.key) for entry in entries if entry.subject == "user"}
    names = dict(User.objects.filter(pk__in=ids - {None}).values_list("pk", "name"))
    changed = ledger_words.changes(entries)
    return [
        Line(
            entry=entry,
            who=names.get(entry.by_id, entry.by_name) if entry.by_id else "",
            url=_url(entry),
            said=[
                (key, _plain(entry.data[key]))
                for key in _in_order(entry.data)
                if entry.pk not in changed or key not in {"before", "after"}
            ],
            changes=changed.get(entry.pk, []),
        )
        for entry in entries
    ]


def _url(entry: Entry) -> str:
    """The page of what the entry is about, where there is one."""
    name = WHERE.get(entry.subject)
    try:
        return reverse(name, args=[entry.key]) if name else ""
    except NoReverseMatch:
        return ""


def _in_order(data: Mapping[str, Any]) -> list[str]:
    """The keys that say something: before and after first, the reason last."""
    place = {"before": 0, "after": 1, "reason": 3}
    told = [key for key, value in data.items() if value not in ("", None, {}, [])]
    return sorted(told, key=lambda key: (place.get(key, 2), key))


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _query(request: Request, **more: Any) -> str:
    asked = request.GET.copy()
    asked.pop("before", None)
    for name, value in more.items():
        asked[name] = str(value)
    return asked.urlencode()


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def _csv(rows: EntryQuerySet) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff"
    yield writer.writerow(COLUMNS)
    for entry in rows.iterator(chunk_size=2000):
        values = [getattr(entry, name) for name in COLUMNS]
        yield writer.writerow([_cell(value) for value in values])


def _cell(value: Any) -> Any:
    """A cell that a spreadsheet takes for text: a formula's first character gets an apostrophe."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return value
