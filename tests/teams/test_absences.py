"""Days away: noted once, by whoever runs the person, and nobody else's business."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from csservice.ledger.models import Entry
from csservice.lib.errors import InvalidError, RefusedError
from teams import actions
from teams.models import Absence, Group, User
from tests.conftest import Clock
from tests.factories import T0, make_absence, make_manager, make_user

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2026, 3, 2), date(2026, 3, 6)
V1 = "/api/v1/absences/"


def note(person: User, *, by: User, **over: Any) -> Absence:
    fields: dict[str, Any] = {"starts_on": FIRST, "ends_on": LAST, "kind": "sickness"}
    return actions.note_absence(person.pk, by=by, now=T0, **fields | over)


def test_a_manager_notes_days_away_and_the_ledger_does_not_say_why(
    owner: User, manager: User
) -> None:
    row = note(owner, by=manager)
    assert (row.starts_on, row.ends_on, row.kind, row.noted_by) == (
        *(FIRST, LAST, "sickness"),
        manager,
    )
    said = Entry.objects.get(kind="person.away")
    assert said.data == {
        "absence": row.pk,
        "starts_on": "2026-03-02",
        "ends_on": "2026-03-06",
    }


@pytest.mark.parametrize(
    ("day", "away"),
    [("2026-03-01", False), ("2026-03-02", True), ("2026-03-06", True), ("2026-03-07", False)],
)
def test_the_first_and_the_last_day_are_days_away(owner: User, day: str, away: bool) -> None:
    make_absence(user=owner)
    assert Absence.objects.on(date.fromisoformat(day)).exists() is away


def test_absences_of_some_people_in_some_days(owner: User, colleague: User, stranger: User) -> None:
    mine, theirs = make_absence(user=owner), make_absence(user=colleague)
    make_absence(user=stranger)
    found = Absence.objects.of([owner.pk, colleague.pk], LAST, date(2026, 4, 1))
    assert set(found) == {mine, theirs}
    assert not Absence.objects.of([owner.pk], date(2026, 3, 7), date(2026, 4, 1)).exists()


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"ends_on": date(2026, 3, 1)}, "ends_on"),
        ({"ends_on": date(2029, 3, 1)}, "ends_on"),
        ({"kind": "party"}, "kind"),
        ({"starts_on": LAST, "ends_on": date(2026, 3, 20)}, "starts_on"),
    ],
)
def test_wrong_days_are_refused_and_nothing_is_written(
    owner: User, manager: User, over: dict[str, Any], field: str
) -> None:
    make_absence(user=owner)
    with pytest.raises(InvalidError) as refused:
        note(owner, by=manager, **{"starts_on": FIRST, "ends_on": LAST} | over)
    assert refused.value.field == field
    assert Absence.objects.count() == 1
    assert not Entry.objects.exists()


def test_only_whoever_runs_the_person_notes_and_takes_back(owner: User, colleague: User) -> None:
    row = make_absence(user=owner)
    for who in (owner, colleague, make_manager(), make_user(role="support")):
        with pytest.raises(PermissionDenied):
            note(owner, by=who, starts_on=date(2026, 4, 1), ends_on=date(2026, 4, 1))
        with pytest.raises(PermissionDenied):
            actions.withdraw_absence(owner.pk, by=who, absence=row.pk, now=T0)
    assert Absence.objects.get() == row
    assert not Entry.objects.exists()


def test_days_are_taken_back_once_and_never_through_another_person(
    owner: User, colleague: User, manager: User
) -> None:
    row = make_absence(user=owner)
    with pytest.raises(RefusedError):
        actions.withdraw_absence(colleague.pk, by=manager, absence=row.pk, now=T0)
    actions.withdraw_absence(owner.pk, by=manager, absence=row.pk, now=T0)
    with pytest.raises(RefusedError):
        actions.withdraw_absence(owner.pk, by=manager, absence=row.pk, now=T0)
    assert Entry.objects.filter(kind="person.not_away").count() == 1


def test_the_page_shows_them_to_the_person_and_whoever_runs_them(
    owner: User, owner_browser: Client, stranger_browser: Client, manager_browser: Client
) -> None:
    make_absence(user=owner, starts_on=date(2026, 1, 5), ends_on=date(2030, 1, 9), kind="sickness")
    url = reverse("member", args=[owner.pk])
    for browser in (owner_browser, manager_browser):
        assert "Sickness" in browser.get(url).content.decode()
    assert "Sickness" not in stranger_browser.get(url).content.decode()


def test_a_manager_notes_and_takes_back_on_the_page(
    owner: User, manager_browser: Client, clock: Clock
) -> None:
    url = reverse("member-verb", args=[owner.pk, "absence"])
    sent = {"starts_on": "2026-03-02", "ends_on": "2026-03-06", "kind": "leave"}
    form = {f"absence-{name}": value for name, value in sent.items()}
    assert manager_browser.post(url, form).status_code == 302
    row = Absence.objects.get(user=owner)
    again = manager_browser.post(url, form)
    assert again.status_code == 422
    assert "Some of these days are noted already." in again.content.decode()
    back = reverse("member-verb", args=[owner.pk, "withdraw"])
    assert manager_browser.post(back, {"withdraw-absence": row.pk}).status_code == 302
    late = manager_browser.post(back, {"withdraw-absence": row.pk})
    assert late.status_code == 422
    assert "This absence was taken back already." in late.content.decode()
    assert not Absence.objects.exists()


def test_a_program_notes_asks_and_takes_back(
    owner: User, manager: User, group: Group, api_of: Callable[[User], APIClient]
) -> None:
    program = api_of(manager)
    body = {"user": owner.pk, "starts_on": "2026-03-02", "ends_on": "2026-03-06", "kind": "leave"}
    made = program.post(V1, body)
    assert made.status_code == 201
    assert program.get(made["Location"]).json()["kind"] == "leave"
    assert program.post(V1, body).status_code == 400
    assert program.post(V1, body | {"kind": "party"}).status_code == 400
    assert len(program.get(V1, {"on": "2026-03-04"}).json()["results"]) == 1
    assert program.get(V1, {"on": "2026-03-07"}).json()["results"] == []
    assert program.delete(made["Location"]).status_code == 204
    assert program.delete(made["Location"]).status_code == 404


def test_a_list_runs_the_same_queries_for_one_row_and_for_many(
    owner: User, api: APIClient, sql_of: Callable[..., list[str]]
) -> None:
    make_absence(user=owner)
    api.get(V1)
    one = sql_of(lambda: api.get(V1))
    for _n in range(9):
        make_absence(user=owner)
    many = sql_of(lambda: api.get(V1))
    assert len(one) == len(many) <= 5, "\n".join(many)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_who_note_the_same_days_one_is_told_so(
    owner: User, manager: User, director: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A barrier between read and write: without the row lock both would pass it together."""
    meet, create = Barrier(2), Absence.objects.create

    def create_after_meeting(**fields: Any) -> Absence:
        with suppress(BrokenBarrierError):
            meet.wait(timeout=0.3)
        return create(**fields)

    def tried(by: User) -> str:
        try:
            note(owner, by=by)
        except InvalidError:
            return "refused"
        finally:
            connection.close()
        return "noted"

    monkeypatch.setattr(Absence.objects, "create", create_after_meeting)
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(tried, [manager, director]))
    assert sorted(outcomes) == ["noted", "refused"]
    assert Absence.objects.count() == 1
