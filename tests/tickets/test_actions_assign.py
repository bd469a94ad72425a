"""Who works a ticket: the rule, taking, reassigning, absence (T5); presence on a ticket; notes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile

from csservice.lib.errors import InvalidError, RefusedError
from teams.models import Group, User
from tests.factories import (
    T0,
    after,
    make_category,
    make_customer,
    make_group,
    make_skill,
    make_ticket,
    make_user,
    make_viewer,
)
from tests.tickets.support import NOW, kinds, last, unchanged
from tickets import actions
from tickets.actions import files
from tickets.models import Attachment, Customer, Mention, Message, Ticket

pytestmark = pytest.mark.django_db


def there(group: Group, **over: Any) -> User:
    """Somebody available in the group."""
    return make_user(groups=[group], presence="available", **over)


def receive(by: User, customer: Customer | None = None, **over: Any) -> Ticket:
    customer = customer or make_customer()
    return actions.receive(by=by, channel="web", subject="Card", customer=customer, now=T0, **over)


# ---- the rule -------------------------------------------------------------------------------
def test_a_new_ticket_goes_to_whoever_has_the_least_work(owner: User, group: Group) -> None:
    busy, free = there(group), there(group)
    make_ticket(owner=busy, group=group)
    make_ticket(owner=free, group=group, step="feedback")
    ticket = receive(owner)
    assert (ticket.owner, ticket.group) == (free, group)
    assert ticket.assigned_because == {
        "rule": "least_work",
        "load": 0,
        "among": 2,
        "missed": [],
        "segment": "personal",
        "language": "en",
    }


@pytest.mark.parametrize(
    "why",
    [
        {"presence": "away"},
        {"presence": "busy"},
        {"is_active": False, "presence": "available"},
        {"role": "director", "presence": "available"},
    ],
)
def test_nobody_gets_a_ticket_who_is_not_there_to_work_it(
    why: dict[str, Any], owner: User, group: Group
) -> None:
    make_user(groups=[group], **why)
    ticket = receive(owner)
    assert (ticket.owner, ticket.group) == (None, group)
    assert ticket.assigned_because == {"rule": "nobody"}


def test_the_segment_decides_the_group(owner: User, group: Group) -> None:
    there(group)
    banker = there(make_group(segment="corporate"))
    assert receive(owner, make_customer(segment="corporate")).owner == banker


def test_the_language_outweighs_the_skill_and_the_ticket_says_what_is_missing(
    owner: User, group: Group
) -> None:
    skill = make_skill()
    there(group, speaks=["zh-hans"], skills=[skill])
    speaks = there(group, speaks=["en"])
    ticket = receive(owner, category=make_category(skill=skill))
    assert ticket.owner == speaks
    assert ticket.assigned_because["missed"] == ["skill"]


def test_the_skill_of_the_category_is_asked_for(owner: User, group: Group) -> None:
    skill = make_skill()
    there(group)
    expert = there(group, skills=[skill])
    assert receive(owner, category=make_category(skill=skill)).owner == expert


def test_a_group_that_is_named_keeps_the_ticket(owner: User, group: Group) -> None:
    there(group)
    other = make_group()
    assert (receive(owner, group=other).owner, receive(owner, group=other).group) == (None, other)


# ---- what waits finds an owner --------------------------------------------------------------
def test_waiting_tickets_go_to_whoever_comes_the_oldest_first(group: Group) -> None:
    young, old = make_ticket(group=group), make_ticket(group=group, received_at=after(-60))
    assert actions.assign_waiting(now=NOW, limit=9) == 0
    comes = there(group)
    assert actions.assign_waiting(now=NOW, limit=1) == 1
    old.refresh_from_db()
    assert (old.owner, old.version) == (comes, 2)
    assert last(old).data["because"]["rule"] == "least_work"
    assert actions.assign_waiting(now=NOW, limit=9) == 1
    assert actions.assign_waiting(now=NOW, limit=9) == 0
    young.refresh_from_db()
    assert young.assigned_because["load"] == 1


def test_a_ticket_leaves_its_group_when_only_another_has_somebody(group: Group) -> None:
    ticket, other = make_ticket(group=group, category=make_category()), make_group()
    helper = there(other)
    assert actions.assign_waiting(now=NOW, limit=9) == 1
    ticket.refresh_from_db()
    assert (ticket.owner, ticket.group) == (helper, other)


def test_who_goes_away_leaves_what_is_unanswered_to_the_next(
    ticket: Ticket, owner: User, group: Group
) -> None:
    answered = make_ticket(owner=owner, group=group, step="analysis")
    free = there(group)
    assert actions.release_absent(now=NOW, limit=9) == 1
    ticket.refresh_from_db()
    answered.refresh_from_db()
    assert (ticket.owner, answered.owner) == (free, owner)
    assert kinds(ticket) == ["ticket.assigned"]
    assert actions.release_absent(now=NOW, limit=9) == 0


def test_with_nobody_there_the_ticket_goes_back_to_the_queue(ticket: Ticket, owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(is_active=False, presence="available")
    assert actions.release_absent(now=NOW, limit=9) == 1
    ticket.refresh_from_db()
    assert (ticket.owner, ticket.assigned_because) == (None, {"rule": "absent"})
    assert last(ticket).data == {"before": owner.pk}


def test_somebody_who_is_there_keeps_their_tickets(ticket: Ticket, owner: User) -> None:
    for presence in ("available", "busy"):
        User.objects.filter(pk=owner.pk).update(presence=presence)
        assert actions.release_absent(now=NOW, limit=9) == 0


def test_a_manager_moves_what_waits_with_one_person(
    ticket: Ticket, owner: User, manager: User, colleague: User
) -> None:
    unseen = make_ticket(owner=owner)
    with unchanged(), pytest.raises(PermissionDenied):
        actions.release_waiting(owner.pk, by=colleague, now=NOW)
    assert actions.release_waiting(owner.pk, by=manager, now=NOW) == 1
    unseen.refresh_from_db()
    ticket.refresh_from_db()
    assert (unseen.owner, ticket.owner) == (owner, None)


# ---- taking and giving ----------------------------------------------------------------------
def test_anybody_of_the_group_takes_a_ticket_that_is_nobodys(
    group: Group, owner: User, support: User
) -> None:
    ticket = make_ticket(group=group)
    done = actions.assign(ticket.pk, by=owner, to=owner, now=NOW)
    assert (done.owner, done.assigned_because) == (owner, {"rule": "taken", "by": owner.pk})
    assert last(ticket).data == {"owner": owner.pk, "before": None}


def test_only_a_manager_gives_or_takes_away(
    ticket: Ticket, owner: User, colleague: User, manager: User
) -> None:
    with unchanged(), pytest.raises(PermissionDenied):
        actions.assign(ticket.pk, by=owner, to=colleague, now=NOW)
    with unchanged(), pytest.raises(PermissionDenied):
        actions.assign(ticket.pk, by=colleague, to=colleague, now=NOW)
    done = actions.assign(ticket.pk, by=manager, to=colleague, now=NOW)
    assert (done.owner, done.assigned_because["rule"]) == (colleague, "manager")


def test_a_ticket_is_given_to_somebody_who_works_tickets(
    ticket: Ticket, manager: User, director: User
) -> None:
    for nobody in (director, make_user(is_active=False)):
        with unchanged(), pytest.raises(InvalidError) as refusal:
            actions.assign(ticket.pk, by=manager, to=nobody, now=NOW)
        assert refusal.value.field == "to"


def test_nobody_takes_over_by_doing_what_the_owner_decides(group: Group, owner: User) -> None:
    free = make_ticket(group=group)
    calls: tuple[Callable[[], object], ...] = (
        lambda: actions.wait(free.pk, by=owner, reason="Passport", now=NOW),
        lambda: actions.hand_over(free.pk, by=owner, to=group, reason="x", context="", now=NOW),
    )
    for call in calls:
        with unchanged(), pytest.raises(RefusedError, match="Nobody owns this ticket yet"):
            call()


# ---- notes and mentions ---------------------------------------------------------------------
def test_a_note_names_colleagues_who_may_see_it(
    ticket: Ticket, owner: User, colleague: User, director: User
) -> None:
    text = "@colleague and @director: mail a@b.example, see @colleague."
    actions.note(ticket.pk, by=owner, text=text, now=NOW)
    assert set(Mention.objects.values_list("user", "seen_at")) == {
        (colleague.pk, None),
        (director.pk, None),
    }
    assert set(last(ticket).data["mentioned"]) == {colleague.pk, director.pk}
    assert actions.see_mentions(ticket.pk, by=colleague, now=NOW) == 1
    assert actions.see_mentions(ticket.pk, by=colleague, now=after(999)) == 0
    assert Mention.objects.get(user=colleague).seen_at == NOW


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Ask @nobody", "Nobody here is called @nobody"),
        ("Ask @stranger", "may not see this ticket"),
    ],
)
def test_a_note_names_nobody_who_is_not_there_or_may_not_see_it(
    text: str, said: str, ticket: Ticket, owner: User, stranger: User
) -> None:
    with unchanged(), pytest.raises(InvalidError, match=said):
        actions.note(ticket.pk, by=owner, text=text, now=NOW)


def test_the_director_reads_no_mentions_by_working(ticket: Ticket, director: User) -> None:
    with pytest.raises(PermissionDenied):
        actions.see_mentions(ticket.pk, by=director, now=NOW)


# ---- two people on one ticket ---------------------------------------------------------------
def test_who_has_the_ticket_open_is_seen_for_half_a_minute(
    ticket: Ticket, owner: User, colleague: User, manager: User
) -> None:
    make_viewer(ticket=ticket, user=manager, seen_at=NOW)
    assert [viewer.user for viewer in actions.look(ticket.pk, by=owner, now=NOW)] == [manager]
    seen = actions.look(ticket.pk, by=colleague, now=after(150), writing=True)
    assert {viewer.user for viewer in seen} == {owner, manager}
    assert [v.writing for v in actions.look(ticket.pk, by=owner, now=after(151))] == [True]
    assert ticket.viewers.count() == 3
    assert kinds(ticket) == []


# ---- attachments ----------------------------------------------------------------------------
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("photo.png", PNG, "image/png"),
        ("..\\..\\photo.png", PNG, "image/png"),
        ("paper.pdf", b"%PDF-1.4 text", "application/pdf"),
        ("list.csv", b"a,b\n1,2\n", "text/csv"),
        ("page.html.txt", b"plain words", "text/plain"),
    ],
)
def test_what_a_file_is_is_found_from_its_bytes(
    name: str, content: bytes, kind: str, ticket: Ticket, owner: User
) -> None:
    actions.respond(ticket.pk, by=owner, text="Here", now=NOW, files=[upload(name, content)])
    row = Attachment.objects.get()
    assert (row.type, row.size, row.message.kind) == (kind, len(content), "reply")
    assert "/" not in row.name
    assert "\\" not in row.name
    assert row.file.read() == content


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.txt", b""),
        ("page.html", b"<html>"),
        ("page.txt", b"  <script>alert(1)</script>"),
        ("page.txt", b"\xef\xbb\xbf<svg>"),
        ("picture.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("photo.png", b"plain words"),
        ("run.exe", b"MZ" + b"\0" * 64),
        ("data.txt", b"a\0b"),
    ],
)
def test_what_could_do_harm_is_not_taken_and_nothing_is_written(
    name: str, content: bytes, ticket: Ticket, owner: User
) -> None:
    with unchanged(), pytest.raises(InvalidError, match="cannot be attached") as refusal:
        actions.note(ticket.pk, by=owner, text="Here", now=NOW, files=[upload(name, content)])
    assert refusal.value.field == "files"
    assert not Attachment.objects.exists()


def test_files_are_neither_too_many_nor_too_large(
    ticket: Ticket, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LARGEST", 20)
    six = [upload("a.txt", b"words") for _ in range(6)]
    with unchanged(), pytest.raises(InvalidError, match="at most 5"):
        actions.note(ticket.pk, by=owner, text="Here", now=NOW, files=six)
    large = [upload("a.txt", b"words" * 5)]
    with unchanged(), pytest.raises(InvalidError, match="too large"):
        actions.note(ticket.pk, by=owner, text="Here", now=NOW, files=large)
    actions.note(ticket.pk, by=owner, text="Here", now=NOW, files=six[:5])
    assert Message.objects.get().attachments.count() == 5
