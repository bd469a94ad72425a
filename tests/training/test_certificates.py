"""Certificates: earned, run out, taken back, verified by their code; pages and API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from rest_framework.test import APIClient

from csservice.lib.errors import InvalidError, RefusedError
from teams.models import Group, User
from tests.factories import T0, after
from tests.training.factories import make_certificate, make_course
from training import actions
from training.actions._book import book
from training.models import Area, Certificate, Course

pytestmark = pytest.mark.django_db
YEAR = timedelta(days=365)


def passes(user: User, course: Course, *, at: datetime = T0, days: int | None = None) -> None:
    until = at + timedelta(days=days) if days else None
    told: dict[str, Any] = {"area": course.area, "way": "course", "course": course, "by": None}
    book(user, source=f"enrolment:{course.pk}.{at}", at=at, now=at, valid_until=until, **told)


def test_an_area_is_certified_when_everything_that_is_required_is_passed(owner: User) -> None:
    one = make_course(roles=["specialist"], valid_days=400)
    two = make_course(roles=["specialist"], valid_days=100)
    make_course(roles=["support"])  # of others
    make_course()  # of nobody
    passes(owner, one, days=400)
    assert not Certificate.objects.exists()
    passes(owner, two, days=100)
    found = Certificate.objects.get()
    assert (found.user, found.area, found.name) == (owner, one.area, str(owner))
    assert found.valid_until == T0 + timedelta(days=100)  # the first that runs out


def test_where_nothing_is_required_a_pass_is_enough_for_a_year(owner: User) -> None:
    passes(owner, make_course())
    assert Certificate.objects.get().valid_until == T0 + YEAR


def test_a_failed_test_or_a_pass_that_has_run_out_certifies_nobody(owner: User) -> None:
    course = make_course()
    told: dict[str, Any] = {"area": course.area, "way": "course", "course": course, "by": None}
    book(owner, source="enrolment:1", at=T0, now=T0, passed=False, **told)
    book(owner, source="enrolment:2", at=T0 - 2 * YEAR, now=T0, **told)
    assert not Certificate.objects.exists()


def test_passing_again_makes_a_new_term_and_the_same_term_is_one(owner: User) -> None:
    course = make_course(valid_days=100)
    passes(owner, course, days=100)
    passes(owner, course, days=100)
    assert Certificate.objects.count() == 1
    passes(owner, course, at=T0 + timedelta(days=90), days=100)
    terms = Certificate.objects.order_by("valid_until").values_list("valid_until", flat=True)
    assert list(terms) == [T0 + timedelta(days=100), T0 + timedelta(days=190)]


def test_who_holds_all_four_is_certified_until_the_first_runs_out(
    owner: User, group: Group, manager: User
) -> None:
    group.certified_only = True
    for place, area in enumerate(Area.values):
        owner.refresh_from_db()
        assert owner.learns_in(group, T0)
        passes(owner, make_course(area=area), days=100 + place)
    owner.refresh_from_db()
    assert owner.certified_until == T0 + timedelta(days=100)
    assert not owner.learns_in(group, T0)
    assert owner.learns_in(group, T0 + timedelta(days=100))
    group.certified_only = False
    assert not owner.learns_in(group, T0 + timedelta(days=100))
    found = Certificate.objects.filter(user=owner)[0]
    actions.revoke_certificate(found.pk, by=manager, now=after(9), reason="Passed with help")
    owner.refresh_from_db()
    assert owner.certified_until is None


def test_one_is_taken_back_once_with_a_reason_and_never_ones_own(
    owner: User, manager: User, stranger: User
) -> None:
    found = make_certificate(user=owner)
    with pytest.raises(PermissionDenied):
        actions.revoke_certificate(found.pk, by=stranger, now=after(9), reason="No")
    with pytest.raises(InvalidError):
        actions.revoke_certificate(found.pk, by=manager, now=after(9), reason=" ")
    done = actions.revoke_certificate(found.pk, by=manager, now=after(9), reason="Helped")
    assert not done.holds(after(10))
    with pytest.raises(RefusedError, match="not valid"):
        actions.revoke_certificate(found.pk, by=manager, now=after(9), reason="Again")
    own = make_certificate(user=manager)
    with pytest.raises(Certificate.DoesNotExist):
        actions.revoke_certificate(
            make_certificate(user=stranger).pk, by=manager, now=after(9), reason="No"
        )
    with pytest.raises(RefusedError, match="their own"):
        actions.revoke_certificate(own.pk, by=manager, now=after(9), reason="No")


def test_anybody_with_the_code_verifies_it_and_sees_no_more(
    client: Client, owner: User, manager: User, clock: Any
) -> None:
    found = make_certificate(user=owner)
    shown = client.get(f"/c/{found.code}/").content.decode()
    assert "Valid" in shown
    assert str(owner) in shown
    assert owner.email not in shown
    actions.revoke_certificate(found.pk, by=manager, now=clock.now, reason="Helped by a friend")
    shown = client.get(f"/c/{found.code}/").content.decode()
    assert "Taken back" in shown
    assert "friend" not in shown
    assert client.get("/c/nonsense/").status_code == 404


def test_the_pdf_is_one_and_the_same_each_time(
    browser_of: Callable[[User], Client], owner: User
) -> None:
    found = make_certificate(user=owner, name="王芳 Wang Fang")
    address = f"/training/certificates/{found.pk}/pdf/"
    first = browser_of(owner).get(address)
    assert first["Content-Type"] == "application/pdf"
    assert first.content.startswith(b"%PDF-")
    assert first.content == browser_of(owner).get(address).content


def test_the_pages_list_and_take_back(
    browser_of: Callable[[User], Client], manager: User, owner: User, clock: Any
) -> None:
    found = make_certificate(user=owner)
    client = browser_of(manager)
    assert str(owner) in client.get("/training/certificates/").content.decode()
    address = f"/training/certificates/{found.pk}/revoke/"
    assert client.post(address, {"reason": ""}).status_code == 422
    assert client.post(address, {"reason": "Helped"}).status_code == 302
    assert str(owner) not in client.get("/training/certificates/").content.decode()
    assert "Taken back" in client.get("/training/certificates/?show=all").content.decode()


def test_programs_read_and_take_back(
    api_of: Callable[[User], APIClient], manager: User, owner: User, clock: Any
) -> None:
    found = make_certificate(user=owner)
    mine = api_of(owner).get("/api/v1/certificates/?valid=true").json()["results"]
    assert [row["code"] for row in mine] == [found.code]
    address = f"/api/v1/certificates/{found.pk}/revoke/"
    done = api_of(manager).post(address, {"reason": "Helped"}, format="json")
    assert done.json()["revoked_because"] == "Helped"
    assert api_of(owner).get("/api/v1/certificates/?valid=true").json()["results"] == []
