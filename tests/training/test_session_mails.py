"""What comes by mail about a seat, and what calendars make of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from teams.models import User
from tests.conftest import Clock
from tests.factories import T0, after, make_user
from tests.training.factories import make_seat, make_session
from training import actions
from training.models import Session, SessionMail

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(manager: User) -> Session:
    return make_session(trainer=manager, capacity=1, link="https://meet.example/a", name="Funds, 1")


def send() -> list[Any]:
    actions.send_session_mails(now=after(60), limit=50)
    return list(mail.outbox)


def entry_of(message: Any) -> Any:
    """The calendar entry in a mail as a calendar reads it, with its method."""
    ((content, kind),) = message.alternatives
    calendar = Calendar.from_ical(content)
    (event,) = calendar.walk("VEVENT")
    assert kind == f"text/calendar; method={calendar['METHOD']}"
    return calendar["METHOD"], event


def test_an_invitation_is_a_mail_with_a_calendar_entry(session: Session, owner: User) -> None:
    actions.book_seats(session.pk, by=owner, users=[owner.pk], now=T0)
    (sent,) = send()
    assert sent.to == [owner.email]
    assert sent.subject == "You are booked: Funds, 1, Wed 7 Jan 2026, 17:00–18:30"
    assert "Room 2" in sent.body
    assert f"/training/sessions/{session.pk}/" in sent.body
    method, event = entry_of(sent)
    assert (method, event["SEQUENCE"], event["STATUS"]) == ("REQUEST", 0, "CONFIRMED")
    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (
        session.starts_at,
        session.ends_at,
    )
    assert (event["SUMMARY"], event["LOCATION"]) == ("Funds, 1", "Room 2")
    assert event["ATTENDEE"] == f"mailto:{owner.email}"
    assert event["ORGANIZER"].params["CN"] == session.trainer.name
    (part,) = [p for p in sent.message().walk() if p.get_content_type() == "text/calendar"]
    assert (part.get_param("method"), part.get_param("charset")) == ("REQUEST", "utf-8")
    assert b"UID:session." in part.get_payload(decode=True)
    assert SessionMail.objects.get().delivery == "sent"


def test_the_same_entry_is_changed_then_dropped(session: Session, owner: User) -> None:
    actions.book_seats(session.pk, by=owner, users=[owner.pk], now=T0)
    later = session.ends_at + timedelta(hours=1)
    actions.save_session(session.pk, by=session.trainer, now=T0, ends_at=later)
    actions.cancel_session(session.pk, by=session.trainer, reason="Trainer ill", now=T0)
    entries = [entry_of(message) for message in send()]
    assert [(m, e["SEQUENCE"]) for m, e in entries] == [
        ("REQUEST", 0),
        ("REQUEST", 1),
        ("CANCEL", 2),
    ]
    assert len({str(event["UID"]) for _method, event in entries}) == 1
    assert entries[-1][1]["STATUS"] == "CANCELLED"
    assert "Why: Trainer ill" in mail.outbox[-1].body


def test_who_waits_gets_no_entry_until_a_place_is_theirs(session: Session, owner: User) -> None:
    first = make_user()
    for person in (first, owner):
        actions.book_seats(session.pk, by=person, users=[person.pk], now=T0)
    actions.give_up(session.pk, by=first, user=first.pk, now=T0)
    by = {(m.to[0], m.subject.partition(":")[0]): m for m in send()}
    assert by[owner.email, "You are on the waiting list"].alternatives == []
    freed = by[owner.email, "A place became free, you are booked"]
    assert entry_of(freed)[0] == "REQUEST"
    assert entry_of(by[first.email, "You are no longer booked"])[0] == "CANCEL"


def test_a_mail_is_in_its_readers_language(session: Session) -> None:
    reader = make_user(language="zh-hans")
    Session.objects.filter(pk=session.pk).update(name_zh="基金")
    actions.book_seats(session.pk, by=reader, users=[reader.pk], now=T0)
    (sent,) = send()
    assert "基金" in sent.subject
    assert entry_of(sent)[1]["SUMMARY"] == "基金"


def test_a_second_beat_sends_nothing_twice_and_nobody_without_an_address(
    session: Session, owner: User
) -> None:
    silent = make_user(email="")
    for person in (owner, silent):
        actions.book_seats(session.pk, by=person, users=[person.pk], now=T0)
    assert len(send()) == 1
    assert len(send()) == 1


def test_given_up_mails_are_queued_again_by_who_sees_the_status(
    session: Session, owner: User, support: User
) -> None:
    actions.book_seats(session.pk, by=owner, users=[owner.pk], now=T0)
    SessionMail.objects.update(delivery="failed", tries=12)
    with pytest.raises(PermissionDenied):
        actions.send_session_mails_again(by=owner, now=T0)
    assert actions.send_session_mails_again(by=support, now=T0) == 1
    assert len(send()) == 1


def test_one_downloads_ones_own_entries(
    session: Session,
    owner: User,
    owner_browser: Client,
    stranger_browser: Client,
    manager_browser: Client,
    clock: Clock,
) -> None:
    make_seat(session=session, user=owner, sequence=3)
    waiting = make_session(trainer=session.trainer)
    make_seat(session=waiting, user=owner, step="waiting")
    url = reverse("session-calendar", args=[session.pk])
    answer = owner_browser.get(url)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    (event,) = Calendar.from_ical(answer.content).walk("VEVENT")
    assert event["SEQUENCE"] == 2
    assert manager_browser.get(url).status_code == 200
    assert stranger_browser.get(url).status_code == 404
    every = owner_browser.get(reverse("sessions-calendar"))
    (same,) = Calendar.from_ical(every.content).walk("VEVENT")
    assert same["UID"] == event["UID"]
    assert (
        Calendar.from_ical(stranger_browser.get(reverse("sessions-calendar")).content).walk(
            "VEVENT"
        )
        == []
    )


def test_my_calendar_runs_the_same_queries_for_one_session_and_for_many(
    manager: User,
    owner: User,
    owner_browser: Client,
    sql_of: Callable[..., list[str]],
    clock: Clock,
) -> None:
    url = reverse("sessions-calendar")

    def book(n: int) -> None:
        start = after(n * 86_400)
        one = make_session(trainer=manager, starts_at=start, ends_at=start + timedelta(hours=1))
        make_seat(session=one, user=owner)

    book(1)
    owner_browser.get(url)
    one = sql_of(lambda: owner_browser.get(url))
    for n in range(2, 11):
        book(n)
    many = sql_of(lambda: owner_browser.get(url))
    assert len(one) == len(many), "\n".join(many)
