"""Opening hours over the API: kept, imported, tried out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from csservice.lib.api import given, tagged, unless_changed
from csservice.lib.errors import InvalidError
from teams import actions
from teams.api.groups import Rows, location, locked
from teams.counted import CountedDay, counted, unknown_years
from teams.hours import DAY_S, NeverOpenError, deadline
from teams.http import ApiRequest
from teams.models import Calendar, CalendarVersion

FIRST_YEAR, LAST_YEAR = 2000, 2100
MOST_S = 2000 * 3600
MOST_CHARACTERS = 100_000


class WindowField(serializers.ListField):
    """[from, to]: seconds after local midnight, the second one exclusive; overnight past 86400."""

    child = serializers.IntegerField(min_value=0, max_value=2 * DAY_S)

    def __init__(self, **more: Any) -> None:
        super().__init__(min_length=2, max_length=2, **more)


class WindowsField(serializers.ListField):
    """The open windows of a day."""

    child = WindowField()

    def __init__(self, **more: Any) -> None:
        super().__init__(max_length=24, **more)


class PublicDayOut(serializers.Serializer[Any]):
    """A day that the law sets apart: off (a holiday) or work (a make-up day)."""

    kind = serializers.ChoiceField(["off", "work"])
    name = serializers.CharField()
    name_zh = serializers.CharField()


class CalendarOut(serializers.Serializer[Any]):
    """Opening hours. An empty `week` is open day and night; a time past 86400 is overnight.

    `days`: single days by hand, which beat `public`, the holidays and make-up days of `country` in
    `years`. `version`: the number that clocks name which start now.
    """

    id = serializers.IntegerField()
    name = serializers.CharField()
    time_zone = serializers.CharField()
    week = serializers.DictField(child=WindowsField())
    days = serializers.DictField(child=WindowsField())
    name_zh = serializers.CharField()
    day_names = serializers.DictField(child=serializers.CharField())
    country = serializers.CharField()
    public = serializers.DictField(child=PublicDayOut())
    years = serializers.DictField(child=serializers.ChoiceField(["library", "file"]))
    version = serializers.IntegerField(source="current.number", default=None, allow_null=True)


class CalendarIn(serializers.Serializer[Any]):
    """`week`: "0" (Monday) to "6"; null: always open. `days`: dates; absent: as they are."""

    name = serializers.CharField(max_length=80)
    time_zone = serializers.CharField(max_length=60)
    week = serializers.DictField(child=WindowsField(), allow_null=True)
    days = serializers.DictField(child=WindowsField(), required=False)
    name_zh = serializers.CharField(max_length=80, required=False, allow_blank=True)
    day_names = serializers.DictField(child=serializers.CharField(max_length=80), required=False)
    country = serializers.CharField(max_length=8, required=False, allow_blank=True)


class ImportIn(serializers.Serializer[Any]):
    """`text`: a line a day (`2027-02-06 off Spring Festival`, `2027-02-14 work`; 休, 班), or JSON
    `{"days": [{"date", "name", "isOffDay"}]}`."""

    year = serializers.IntegerField(min_value=FIRST_YEAR, max_value=LAST_YEAR)
    text = serializers.CharField(max_length=MOST_CHARACTERS)


class DeadlineIn(serializers.Serializer[Any]):
    """`version`: by which version to count; the one in force unless given."""

    start = serializers.DateTimeField()
    seconds = serializers.IntegerField(min_value=0, max_value=MOST_S)
    version = serializers.IntegerField(min_value=1, max_value=10**6, required=False)

    def validate_start(self, start: datetime) -> datetime:
        """Years that a calendar can be asked of."""
        if not FIRST_YEAR < start.year < LAST_YEAR:
            raise serializers.ValidationError(_("Ask for a time from 2001 to 2099."))
        return start


class StretchOut(serializers.Serializer[Any]):
    """One open stretch that was counted."""

    opens = serializers.DateTimeField()
    closes = serializers.DateTimeField()


class CountedDayOut(serializers.Serializer[Any]):
    """One local day: `kind` usual, off (a holiday), work (a make-up day) or single (by hand)."""

    on = serializers.DateField()
    kind = serializers.ChoiceField(["usual", "off", "work", "single"])
    name = serializers.CharField(allow_blank=True)
    name_zh = serializers.CharField(allow_blank=True)
    seconds = serializers.FloatField()
    stretches = StretchOut(many=True)


class DeadlineOut(serializers.Serializer[Any]):
    """When a contact at `start` is due, and the days until then, those that are closed too.

    `unknown_years`: years touched whose public holidays are not known, so that none was counted.
    """

    start = serializers.DateTimeField()
    seconds = serializers.IntegerField()
    due_at = serializers.DateTimeField()
    time_zone = serializers.CharField()
    version = serializers.IntegerField()
    days = CountedDayOut(many=True)
    unknown_years = serializers.ListField(child=serializers.IntegerField())


class CalendarVersionOut(serializers.Serializer[Any]):
    """Opening hours as they were from `made_at` on: what clocks that name it are counted by.

    `days` holds single days, holidays and make-up days alike; `names` says which is which:
    date -> [name, name in Chinese, kind].
    """

    number = serializers.IntegerField()
    made_at = serializers.DateTimeField()
    made_by = serializers.IntegerField(allow_null=True)
    time_zone = serializers.CharField()
    week = serializers.DictField(child=WindowsField())
    days = serializers.DictField(child=WindowsField())
    names = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField(allow_blank=True))
    )
    country = serializers.CharField(allow_blank=True)
    years = serializers.DictField(child=serializers.ChoiceField(["library", "file"]))


class CalendarViewSet(Rows, GenericViewSet[Calendar]):
    """When groups are open, and so when the clocks of their tickets run."""

    queryset = Calendar.objects.none()
    serializer_class = CalendarOut

    @extend_schema(responses=CalendarOut(many=True))
    def list(self, request: ApiRequest) -> Response:
        """Opening hours, by name."""
        rows = Calendar.objects.select_related("current").in_name_order()
        page = self.paginate_queryset(rows) or []
        return self.get_paginated_response(CalendarOut(page, many=True).data)

    @extend_schema(responses=CalendarOut)
    def retrieve(self, request: ApiRequest, pk: int) -> Response:
        """One calendar."""
        return tagged(CalendarOut(Calendar.objects.get(pk=pk)).data)

    @extend_schema(request=CalendarIn, responses={201: CalendarOut})
    def create(self, request: ApiRequest) -> Response:
        """Add opening hours."""
        sent = given(CalendarIn, request)
        made = actions.save_calendar(None, by=request.user, now=timezone.now(), **sent)
        return Response(CalendarOut(made).data, 201, headers=location(request, made.pk))

    @extend_schema(request=CalendarIn, responses=CalendarOut)
    def update(self, request: ApiRequest, pk: int) -> Response:
        """Change opening hours; promises made before stay as they were made."""
        sent = given(CalendarIn, request)
        with unless_changed(request, lambda: CalendarOut(locked(Calendar, pk)).data):
            saved = actions.save_calendar(pk, by=request.user, now=timezone.now(), **sent)
        return tagged(CalendarOut(saved).data)

    @extend_schema(request=ImportIn, responses=CalendarOut)
    @action(detail=True, methods=["post"], url_path="import", url_name="import")
    def bring(self, request: ApiRequest, pk: int) -> Response:
        """Import the public holidays of a year; replaces what was known of that year."""
        sent = given(ImportIn, request)
        with unless_changed(request, lambda: CalendarOut(locked(Calendar, pk)).data):
            saved = actions.import_public_days(pk, by=request.user, now=timezone.now(), **sent)
        return tagged(CalendarOut(saved).data)

    @extend_schema(parameters=[DeadlineIn], responses=DeadlineOut)
    @action(detail=True, methods=["get"], pagination_class=None)
    def deadline(self, request: ApiRequest, pk: int) -> Response:
        """When a contact would be due: which days are counted, which are left out and why."""
        sent = DeadlineIn(data=request.query_params)
        sent.is_valid(raise_exception=True)
        asked = sent.validated_data
        return Response(_due(_version(pk, asked.get("version")), asked))

    @extend_schema(responses=CalendarVersionOut(many=True))
    @action(
        detail=True,
        methods=["get"],
        orders={"-number": ("-number",), "number": ("number",)},
    )
    def versions(self, request: ApiRequest, pk: int) -> Response:
        """Every version that clocks are counted by, the newest first."""
        rows: Any = Calendar.objects.get(pk=pk).versions.all()
        page: Any = self.paginate_queryset(rows) or []
        return self.get_paginated_response([_version_out(version) for version in page])


def _version(pk: int, number: int | None) -> CalendarVersion:
    """Raises Calendar.DoesNotExist, CalendarVersion.DoesNotExist."""
    row = Calendar.objects.select_related("current").get(pk=pk)
    if number is None and row.current is not None:
        return row.current
    found: CalendarVersion = row.versions.get(number=number or 0)
    return found


def _due(version: CalendarVersion, asked: dict[str, Any]) -> dict[str, Any]:
    """`DeadlineOut`. Raises InvalidError (seconds)."""
    said, hours, start = version.known(), version.hours(), asked["start"].astimezone(UTC)
    try:
        due = deadline(hours, start, asked["seconds"])
    except NeverOpenError:
        refusal = _("These hours hold too little open time for that.")
        raise InvalidError("seconds", refusal) from None
    return {
        "start": start,
        "seconds": asked["seconds"],
        "due_at": due,
        "time_zone": hours.tz,
        "version": version.number,
        "days": [_day_out(day) for day in counted(said, hours, start, due)],
        "unknown_years": unknown_years(said, start, due),
    }


def _day_out(day: CountedDay) -> dict[str, Any]:
    return {
        **{name: getattr(day, name) for name in ("on", "kind", "name", "name_zh", "seconds")},
        "stretches": [{"opens": opens, "closes": closes} for opens, closes in day.stretches],
    }


def _version_out(version: CalendarVersion) -> dict[str, Any]:
    """`CalendarVersionOut`."""
    said = version.known()
    return {
        "number": version.number,
        "made_at": version.made_at,
        "made_by": version.made_by_id,
        "time_zone": said["tz"],
        **{name: said[name] for name in ("week", "days", "names", "country", "years")},
    }
