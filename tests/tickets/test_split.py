"""A second matter becomes a ticket of its own, with clocks of its own, and back (rule 18)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.test import Client
from rest_framework.test import APIClient

from csservice.ledger.models import Entry
from csservice.lib.errors import ChangedError, InvalidError, RefusedError
from teams.models import Group, User
from tests.factories import after, make_group, make_ticket, make_user
from tests.tickets.support import came, clock_of, kinds, last, unchanged
from tickets import actions
from tickets.models import Attachment, Message, Ticket

pytestmark = pytest.mark.django_db
LOAN = "And what would a loan cost me?"
V1 = "/api/v1/tickets/"


@pytest.fixture
def parent(owner: User, group: Group) -> Ticket:
    """A card was lost; answered; then the customer asks for a loan besides."""
    ticket = came(owner, group=group, description="My card is lost")
    actions.assign(ticket.pk, by=owner, to=owner, now=after(30))
    actions.respond(ticket.pk, by=owner, text="We block it", now=after(60))
    return actions.hear(ticket.pk, by=owner, text=LOAN, channel="phone", now=after(600))


def words_of(ticket: Ticket, text: str = LOAN) -> int:
    return Message.objects.get(ticket=ticket, text=text).pk


def split(parent: Ticket, by: User, **over: Any) -> Ticket:
    given: dict[str, Any] = {"subject": "A loan", "now": after(900)} | over
    if "messages" not in given:
        given["messages"] = [words_of(parent)]
    return actions.split(parent.pk, by=by, **given)


def clocks_of(ticket: Ticket) -> list[tuple[Any, ...]]:
    return list(ticket.clocks.order_by("pk").values_list("metric", "state", "due_at", "snapshot"))


# ---- the rule ------------------------------------------------------------------------------------
def test_the_child_starts_its_own_clocks_and_says_where_it_came_from(
    parent: Ticket, owner: User
) -> None:
    child = split(parent, owner)
    child.refresh_from_db()
    assert (child.split_from, child.customer) == (parent, parent.customer)
    assert child.group == parent.group
    assert (child.subject, child.description, child.channel) == ("A loan", LOAN, "phone")
    assert (child.step, child.owner, child.received_at) == ("reception", owner, after(900))
    assert (child.respond_by, clock_of(child).started_at) == (after(1200), after(900))
    assert clock_of(child, "resolution").started_at == after(900)
    copy = child.messages.get()
    assert (copy.text, copy.at, copy.kind) == (LOAN, after(600), "contact")


def test_the_parents_clocks_and_conversation_stay_as_they_were(parent: Ticket, owner: User) -> None:
    before, said = clocks_of(parent), parent.messages.count()
    child = split(parent, owner)
    assert clocks_of(parent) == before
    assert parent.messages.count() == said
    assert Message.objects.get(pk=words_of(parent)).split_to == child
    call_command("verify_clocks", stdout=StringIO())


def test_both_are_on_record_and_the_new_words_find_the_child(parent: Ticket, owner: User) -> None:
    child = split(parent, owner)
    assert (last(parent).kind, last(parent).data["into"]) == ("ticket.split", child.pk)
    assert kinds(child) == ["ticket.received", "ticket.split_off"]
    assert last(child).data["parent"] == parent.pk
    assert list(Ticket.objects.found_by("loan").order_by("pk")) == [parent, child]


def test_the_words_it_began_with_can_go_too_and_only_once(parent: Ticket, owner: User) -> None:
    child = split(parent, owner, messages=[], opening=True)
    assert (child.description, child.split_opening) == ("My card is lost", True)
    assert not child.messages.exists()
    with unchanged(), pytest.raises(InvalidError):
        split(parent, owner, messages=[], opening=True)


def test_files_go_along(parent: Ticket, owner: User) -> None:
    message = Message.objects.get(pk=words_of(parent))
    Attachment.objects.create(
        message=message, name="pay.pdf", type="application/pdf", size=9, digest="d", file="a/d"
    )
    child = split(parent, owner)
    file = Attachment.objects.get(message__ticket=child)
    assert (file.name, file.file.name) == ("pay.pdf", "a/d")


def test_another_group_gets_it_by_the_rule_of_assignment(parent: Ticket, owner: User) -> None:
    loans = make_group(name="Loans")
    free = make_user(groups=[loans], presence="available")
    child = split(parent, owner, group=loans)
    assert (child.group, child.owner) == (loans, free)


# ---- refusals ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"subject": " "}, "subject"),
        ({"messages": []}, "messages"),
        ({"messages": [10**9]}, "messages"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_written(
    over: dict[str, Any], field: str, parent: Ticket, owner: User
) -> None:
    with unchanged(), pytest.raises(InvalidError) as refused:
        split(parent, owner, **over)
    assert refused.value.field == field


def test_only_the_customers_own_words_go(parent: Ticket, owner: User) -> None:
    ours = words_of(parent, "We block it")
    with unchanged(), pytest.raises(InvalidError):
        split(parent, owner, messages=[ours])


def test_the_same_words_do_not_go_twice(parent: Ticket, owner: User) -> None:
    split(parent, owner)
    with unchanged(), pytest.raises(InvalidError, match="already"):
        split(parent, owner)


def test_a_colleague_a_stranger_and_a_director_may_not(
    parent: Ticket, colleague: User, stranger: User, director: User, manager: User
) -> None:
    for by, error in (
        (colleague, RefusedError),
        (stranger, Ticket.DoesNotExist),
        (director, PermissionDenied),
    ):
        with unchanged(), pytest.raises(error):
            split(parent, by)
    assert split(parent, manager).owner == manager


def test_who_read_an_older_state_is_told(parent: Ticket, owner: User) -> None:
    with unchanged(), pytest.raises(ChangedError):
        split(parent, owner, seen=parent.version - 1)


# ---- undo ----------------------------------------------------------------------------------------
def test_an_undone_split_ends_the_child_unmeasured_and_frees_its_words(
    parent: Ticket, owner: User
) -> None:
    before = clocks_of(parent)
    child = split(parent, owner)
    undone = actions.unsplit(child.pk, by=owner, now=after(1000))
    assert (undone.step, undone.outcome, undone.merged_into) == ("closed", "duplicate", parent)
    assert {row.state for row in child.clocks.all()} == {"cancelled"}
    assert clocks_of(parent) == before
    assert [last(child).kind, last(parent).kind] == ["ticket.unsplit", "ticket.rejoined"]
    assert split(parent, owner).pk != child.pk
    call_command("verify_clocks", stdout=StringIO())


def _answered(child: Ticket, by: User) -> None:
    actions.respond(child.pk, by=by, text="About 4 %", now=after(950))


def _noted(child: Ticket, by: User) -> None:
    actions.note(child.pk, by=by, text="Ask for the payslip", now=after(950))


def _closed(child: Ticket, by: User) -> None:
    Ticket.objects.filter(split_off=child).update(
        step="closed", outcome="solved", resolved_at=after(920), closed_at=after(920)
    )


@pytest.mark.parametrize("meanwhile", [_answered, _noted, _closed])
def test_a_split_that_somebody_went_on_with_is_not_undone(
    meanwhile: Callable[[Ticket, User], None], parent: Ticket, owner: User
) -> None:
    child = split(parent, owner)
    meanwhile(child, owner)
    with unchanged(), pytest.raises(RefusedError):
        actions.unsplit(child.pk, by=owner, now=after(1000))


def test_the_last_instant_of_the_day_still_undoes_it(parent: Ticket, owner: User) -> None:
    child = split(parent, owner)
    end = after(900) + timedelta(hours=24)
    with unchanged(), pytest.raises(RefusedError, match="24 hours"):
        actions.unsplit(child.pk, by=owner, now=end + timedelta(microseconds=1))
    assert actions.unsplit(child.pk, by=owner, now=end).step == "closed"


def test_what_was_not_split_off_has_nothing_to_undo(parent: Ticket, owner: User) -> None:
    with unchanged(), pytest.raises(RefusedError, match="nothing to undo"):
        actions.unsplit(parent.pk, by=owner, now=after(1000))


# ---- page ----------------------------------------------------------------------------------------
def test_the_page_offers_the_customers_words_and_splits_without_a_script(
    parent: Ticket, owner_browser: Client
) -> None:
    url = f"/t/{parent.pk}/"
    assert f'href="{url}split/"' in owner_browser.get(url).content.decode()
    form = owner_browser.get(f"{url}split/").content.decode()
    assert "My card is lost" in form
    assert LOAN in form
    assert "We block it" not in form
    sent = {"messages": [words_of(parent)], "subject": "A loan"}
    assert owner_browser.post(f"{url}split/", sent).status_code == 302
    child = Ticket.objects.get(split_from=parent)
    page = owner_browser.get(f"/t/{child.pk}/").content.decode()
    assert f'href="{url}"' in page
    assert "Undo the split" in page
    told = owner_browser.get(url).content.decode()
    assert f"split #{child.pk} off from it" in told
    assert owner_browser.post(f"/t/{child.pk}/unsplit/").status_code == 302
    child.refresh_from_db()
    assert child.step == "closed"


def test_an_empty_choice_keeps_what_was_typed(parent: Ticket, owner_browser: Client) -> None:
    with unchanged():
        answer = owner_browser.post(f"/t/{parent.pk}/split/", {"subject": "A loan"})
    assert answer.status_code == 422
    assert 'value="A loan"' in answer.content.decode()


def test_words_that_are_gone_are_not_offered_again(
    parent: Ticket, owner: User, owner_browser: Client
) -> None:
    split(parent, owner)
    split(parent, owner, messages=[], opening=True)
    form = owner_browser.get(f"/t/{parent.pk}/split/").content.decode()
    assert LOAN not in form
    assert "Everything the customer said here" in form


def test_the_clock_of_the_child_is_explained_with_its_origin(
    parent: Ticket, owner: User, owner_browser: Client, api: APIClient
) -> None:
    child = split(parent, owner)
    said = f"Split off from #{parent.pk}"
    url = f"/t/{child.pk}/clocks/first_response/1/"
    assert said in owner_browser.get(url).content.decode()
    body = api.get(f"{V1}{child.pk}/explain/").json()
    assert body["split_from"] == parent.pk
    assert said in body["sentences"][0]
    assert api.get(f"{V1}{parent.pk}/explain/").json()["split_from"] is None


# ---- API -----------------------------------------------------------------------------------------
def test_the_api_answers_the_ticket_and_names_the_new_one(
    parent: Ticket, owner: User, api: APIClient
) -> None:
    sent = {"messages": [words_of(parent)], "subject": "A loan"}
    answer = api.post(f"{V1}{parent.pk}/split/", sent)
    assert answer.status_code == 200, answer.content
    child = Ticket.objects.get(split_from=parent)
    assert answer["Location"] == f"{V1}{child.pk}/"
    assert api.get(answer["Location"]).json()["split_from"] == parent.pk
    with unchanged():
        assert api.post(f"{V1}{parent.pk}/split/", sent).status_code == 400
    assert api.post(f"{V1}{child.pk}/unsplit/").json()["merged_into"] == parent.pk
    with unchanged():
        assert api.post(f"{V1}{child.pk}/unsplit/").status_code == 409


def test_a_ticket_of_nobody_may_be_split_by_who_works_the_group(owner: User, group: Group) -> None:
    ticket = make_ticket(group=group, description="A card, and a loan")
    child = split(ticket, owner, messages=[], opening=True)
    assert child.owner == owner
    assert Entry.objects.filter(kind="ticket.split").count() == 1


# ---- tickets from before there were clocks (rule 19) ---------------------------------------------
def test_a_ticket_from_before_the_clocks_is_explained_and_nothing_is_written(
    owner: User, group: Group, api: APIClient, owner_browser: Client
) -> None:
    ticket = make_ticket(group=group, owner=owner, respond_by=after(417))
    ticket.clocks.all().delete()
    with unchanged():
        body = api.get(f"{V1}{ticket.pk}/explain/").json()
        page = owner_browser.get(f"/t/{ticket.pk}/clocks/first_response/1/").content.decode()
        panel = owner_browser.get(f"/t/{ticket.pk}/").content.decode()
        assert api.get(f"{V1}{ticket.pk}/explain/?metric=update").status_code == 404
    assert (body["recorded"], body["target_s"], body["cycle"]) == (False, 417, 1)
    assert body["due"] == ticket.respond_by.isoformat().replace("+00:00", "Z")
    assert "adopt_clocks" in body["sentences"][-1]
    assert "from before the clocks" in page
    assert "From before the clocks" in panel
    actions.respond(ticket.pk, by=owner, text="Hello there", now=after(400))
    again = api.get(f"{V1}{ticket.pk}/explain/").json()
    assert (again["recorded"], again["due"], again["state"]) == (True, body["due"], "met")
