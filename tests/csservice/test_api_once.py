"""Safe retries: the same key and body get the same answer, and the deed is done once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from csservice.ledger.models import Entry
from teams.models import Group, IdempotencyKey, User
from tests.factories import T0, make_contact, make_customer, make_group, make_user
from tickets import actions
from tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db
V1 = "/api/v1"
KEY: dict[str, Any] = {"HTTP_IDEMPOTENCY_KEY": "key-1"}


def test_the_same_key_and_body_get_the_same_answer_done_once(
    api: APIClient, ticket: Ticket
) -> None:
    url = f"{V1}/tickets/{ticket.pk}/respond/"
    first = api.post(url, {"text": "Hello there"}, **KEY)
    again = api.post(url, {"text": "Hello there"}, **KEY)
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    assert first["ETag"] == again["ETag"]
    assert "Idempotent-Replayed" not in first
    assert again["Idempotent-Replayed"] == "true"
    assert Message.objects.count() == 1


def test_a_contact_is_taken_in_once(api: APIClient, group: Group) -> None:
    sent = {"channel": "web", "subject": "Card", "customer": {"name": "Ada"}}
    answers = [api.post(f"{V1}/tickets/", sent, **KEY) for _n in range(3)]
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer["Location"] for answer in answers}) == 1
    assert Ticket.objects.count() == 1


def test_another_body_or_address_under_the_same_key_is_422(api: APIClient, ticket: Ticket) -> None:
    url = f"{V1}/tickets/{ticket.pk}/note/"
    api.post(url, {"text": "One"}, **KEY)
    for other in (url, f"{V1}/tickets/{ticket.pk}/respond/"):
        answer = api.post(other, {"text": "Two"}, **KEY)
        assert answer.status_code == 422
        assert answer["Content-Type"] == "application/problem+json"
    assert Message.objects.count() == 1


def test_a_key_is_one_persons(
    api: APIClient, colleague: User, api_of: Callable[[User], APIClient], ticket: Ticket
) -> None:
    url = f"{V1}/tickets/{ticket.pk}/note/"
    api.post(url, {"text": "One"}, **KEY)
    assert api_of(colleague).post(url, {"text": "Two"}, **KEY).status_code == 200
    assert Message.objects.count() == 2


def test_a_day_later_the_key_is_free_again(api: APIClient, ticket: Ticket, clock: Any) -> None:
    url = f"{V1}/tickets/{ticket.pk}/note/"
    api.post(url, {"text": "One"}, **KEY)
    clock.tick(timedelta(hours=24).total_seconds())
    answer = api.post(url, {"text": "Two"}, **KEY)
    assert answer.status_code == 200
    assert "Idempotent-Replayed" not in answer
    assert Message.objects.count() == 2


def test_a_refusal_does_nothing_and_keeps_nothing(api: APIClient, ticket: Ticket) -> None:
    url = f"{V1}/tickets/{ticket.pk}/close/"
    assert api.post(url, {}, **KEY).status_code == 409
    assert not IdempotencyKey.objects.exists()
    assert api.post(f"{V1}/tickets/{ticket.pk}/note/", {"text": "x"}, **KEY).status_code == 200


def test_a_crash_between_deed_and_answer_leaves_neither(
    api: APIClient, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_args: Any) -> None:
        raise SystemExit

    url = f"{V1}/tickets/{ticket.pk}/note/"
    with monkeypatch.context() as broken:
        broken.setattr("csservice.lib.once._keep", crash)
        with pytest.raises(SystemExit):
            api.post(url, {"text": "One"}, **KEY)
    assert not Message.objects.exists()
    assert not Entry.objects.exists()
    assert not IdempotencyKey.objects.exists()
    assert api.post(url, {"text": "One"}, **KEY).status_code == 200
    assert Message.objects.count() == 1


def test_what_is_masked_elsewhere_is_not_kept_in_clear(api: APIClient) -> None:
    contact = make_contact(value="13800138000")
    url = f"{V1}/customers/{contact.customer_id}/unmask/"
    sent = {"what": "contact", "key": contact.pk, "reason": "To call back"}
    assert api.post(url, sent, **KEY).json() == {"value": "+8613800138000"}
    assert "13800138000" not in str(IdempotencyKey.objects.values_list("body").get())
    assert api.post(url, sent, **KEY).json() == {"value": "+8613800138000"}
    assert Entry.objects.filter(kind="customer.unmasked").count() == 1


@pytest.mark.parametrize("key", ["", "a b", "x" * 129, "é"])
def test_a_key_that_is_none_is_400(key: str, api: APIClient, ticket: Ticket) -> None:
    url = f"{V1}/tickets/{ticket.pk}/note/"
    answer = api.post(url, {"text": "One"}, HTTP_IDEMPOTENCY_KEY=key)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"
    assert not Message.objects.exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_does_it_and_both_get_its_answer(
    api_of: Callable[[User], APIClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A barrier in the deed: without the claimed key both would do it together."""
    group = make_group()
    owner = make_user(groups=[group])
    customer = make_customer()
    meet, receive = Barrier(2), actions.receive

    def receive_after_meeting(**known: Any) -> Ticket:
        with suppress(BrokenBarrierError):
            meet.wait(timeout=0.3)
        return receive(**known)

    def take_in(program: APIClient) -> Any:
        sent = {"channel": "web", "subject": "Card", "customer": customer.pk}
        try:
            return program.post(f"{V1}/tickets/", sent, **KEY)
        finally:
            connection.close()

    monkeypatch.setattr(actions, "receive", receive_after_meeting)
    programs = [api_of(owner), api_of(owner)]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(take_in, programs))
    assert {answer.status_code for answer in answers} == {201}
    assert answers[0].json() == answers[1].json()
    assert Ticket.objects.count() == 1


def test_keys_are_read_at_the_edges_clock(api: APIClient, ticket: Ticket, clock: Any) -> None:
    api.post(f"{V1}/tickets/{ticket.pk}/note/", {"text": "One"}, **KEY)
    assert IdempotencyKey.objects.get().made_at == T0 == timezone.now()
