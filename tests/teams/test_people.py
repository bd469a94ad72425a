"""Writes of people: done and on record, or refused and nothing written (T1-T4)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from csservice.ledger.models import Entry
from csservice.lib.errors import InvalidError, RefusedError
from teams import actions
from teams.models import ApiToken, Group, User
from tests.factories import (
    T0,
    make_group,
    make_manager,
    make_skill,
    make_token,
    make_user,
)

pytestmark = pytest.mark.django_db
WHY = "grew into it"


def role_of(user: User) -> str:
    return str(User.objects.get(pk=user.pk).role)


def only_entry(kind: str) -> Entry:
    return Entry.objects.get(kind=kind)


def new(by: User, **over: Any) -> User:
    fields = {
        "username": "li.na",
        "name": "Li Na",
        "email": "li.na@bank.example",
        "role": "specialist",
    }
    return actions.add_person(by=by, now=T0, **fields | over)


# ---- adding ---------------------------------------------------------------------------------
def test_a_manager_adds_a_specialist_to_their_own_group(manager: User, group: Group) -> None:
    skill = make_skill()
    person = new(manager, groups=[group], speaks=["zh-hans", "en", "en"], skills=[skill])
    assert person.speaks == ["en", "zh-hans"]
    assert list(person.skills.all()) == [skill]
    assert list(group.staff.filter(pk=person.pk)) == [person]
    assert not person.has_usable_password()
    entry = only_entry("person.added")
    assert entry.data == {"role": "specialist", "groups": [group.pk]}
    assert "Li" not in str(entry.data)


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"username": " "}, "username"),
        ({"username": "two words"}, "username"),
        ({"username": "OWNER"}, "username"),
        ({"name": " "}, "name"),
        ({"email": " "}, "email"),
        ({"email": "Taken@bank.example"}, "email"),
        ({"role": "king"}, "role"),
        ({"speaks": ["xx"]}, "speaks"),
        ({"groups": []}, "groups"),
    ],
)
def test_a_wrong_person_is_refused_by_field_and_not_written(
    manager: User, owner: User, group: Group, over: dict[str, Any], field: str
) -> None:
    make_user(email="taken@bank.example")
    before = User.objects.count()
    with pytest.raises(InvalidError) as refusal:
        new(manager, **{"groups": [group]} | over)
    assert refusal.value.field == field
    assert User.objects.count() == before
    assert not Entry.objects.exists()


@pytest.mark.parametrize("role", ["manager", "director"])
def test_a_manager_makes_no_peer(manager: User, group: Group, role: str) -> None:
    with pytest.raises(PermissionDenied):
        new(manager, role=role, groups=[group])
    assert not User.objects.filter(username="li.na").exists()


def test_a_manager_adds_nobody_to_anothers_group(manager: User, other_group: Group) -> None:
    with pytest.raises(PermissionDenied):
        new(manager, groups=[other_group])
    assert not User.objects.filter(username="li.na").exists()


def test_a_director_adds_anybody_anywhere(director: User, other_group: Group) -> None:
    assert new(director, role="manager").role == "manager"
    assert new(director, username="x", email="x@bank.example", groups=[other_group]).pk


def test_two_who_take_one_name_at_once_are_told(
    director: User, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("teams.actions.people.checked_username", lambda _name: "owner")
    with pytest.raises(RefusedError, match="just saved"):
        new(director)
    assert not Entry.objects.exists()


# ---- details --------------------------------------------------------------------------------
def test_details_change_and_the_ledger_names_the_fields_only(manager: User, owner: User) -> None:
    skill = make_skill()
    actions.change_person(
        owner.pk, by=manager, now=T0, name="New Name", email="n@b.example", skills=[skill]
    )
    owner.refresh_from_db()
    assert (owner.name, owner.email) == ("New Name", "n@b.example")
    assert only_entry("person.changed").data == {"fields": ["email", "name", "skills"]}


def test_details_that_stay_leave_no_trace(manager: User, owner: User) -> None:
    actions.change_person(owner.pk, by=manager, now=T0, name=owner.name, skills=[])
    assert not Entry.objects.exists()


def test_an_address_of_a_colleague_is_refused(manager: User, owner: User, colleague: User) -> None:
    with pytest.raises(InvalidError):
        actions.change_person(owner.pk, by=manager, now=T0, email=colleague.email.upper())
    assert not Entry.objects.exists()


# ---- who may --------------------------------------------------------------------------------
DEEDS: dict[str, Callable[[User, User], object]] = {
    "change_person": lambda by, who: actions.change_person(who.pk, by=by, now=T0, name="x"),
    "change_role": lambda by, who: actions.change_role(
        who.pk, by=by, role="support", reason=WHY, now=T0
    ),
    "set_groups": lambda by, who: actions.set_groups(who.pk, by=by, groups=[], reason=WHY, now=T0),
    "deactivate": lambda by, who: actions.deactivate(who.pk, by=by, reason=WHY, now=T0),
    "activate": lambda by, who: actions.activate(who.pk, by=by, reason=WHY, now=T0),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_a_specialist_changes_nobody(deed: str, owner: User, colleague: User) -> None:
    with pytest.raises(PermissionDenied):
        DEEDS[deed](owner, colleague)
    assert not Entry.objects.exists()


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("whom", ["stranger", "director", "other_manager"])
def test_a_manager_changes_only_people_of_their_groups(
    deed: str, whom: str, manager: User, stranger: User, director: User, group: Group
) -> None:
    peer = make_manager()
    peer.memberships.create(group=group)
    target = {"stranger": stranger, "director": director, "other_manager": peer}[whom]
    with pytest.raises(PermissionDenied):
        DEEDS[deed](manager, target)
    assert not Entry.objects.exists()
    assert role_of(target) == target.role


@pytest.mark.parametrize("deed", DEEDS)
def test_who_is_no_director_any_more_changes_nobody(deed: str, director: User, owner: User) -> None:
    """The person asking is as old as their request; their row says what holds now."""
    User.objects.filter(pk=director.pk).update(role="specialist")
    with pytest.raises(PermissionDenied):
        DEEDS[deed](director, owner)
    assert not Entry.objects.exists()


@pytest.mark.parametrize("deed", ["change_role", "set_groups", "deactivate"])
def test_a_change_says_why(deed: str, director: User, owner: User) -> None:
    needed: dict[str, dict[str, Any]] = {
        "change_role": {"role": "support"},
        "set_groups": {"groups": []},
        "deactivate": {},
    }
    with pytest.raises(InvalidError) as refusal:
        getattr(actions, deed)(owner.pk, by=director, reason="  ", now=T0, **needed[deed])
    assert refusal.value.field == "reason"
    assert not Entry.objects.exists()
    assert owner.memberships.exists()


# ---- role -----------------------------------------------------------------------------------
def test_a_role_changes_on_record_and_ends_sessions(manager: User, owner: User) -> None:
    epoch, hashed = owner.session_epoch, owner.get_session_auth_hash()
    person = actions.change_role(owner.pk, by=manager, role="support", reason=WHY, now=T0)
    assert person.session_epoch == epoch + 1
    assert person.get_session_auth_hash() != hashed
    assert role_of(owner) == "support"
    entry = only_entry("person.role_changed")
    assert entry.data == {"before": "specialist", "after": "support", "reason": WHY}
    assert (entry.by_id, entry.key) == (manager.pk, str(owner.pk))


def test_nobody_changes_their_own_role_so_the_last_director_stays(director: User) -> None:
    with pytest.raises(RefusedError, match="own role"):
        actions.change_role(director.pk, by=director, role="manager", reason=WHY, now=T0)
    with pytest.raises(RefusedError, match="themselves"):
        actions.deactivate(director.pk, by=director, reason=WHY, now=T0)
    assert role_of(director) == "director"
    assert not Entry.objects.exists()


def test_a_manager_of_groups_keeps_the_role_until_the_groups_have_another(
    director: User, manager: User
) -> None:
    for deed in ("change_role", "deactivate"):
        with pytest.raises(RefusedError, match="another manager"):
            DEEDS[deed](director, manager)
    assert role_of(manager) == "manager"
    assert not Entry.objects.exists()


@pytest.mark.parametrize("role", ["specialist", "king"])
def test_the_same_or_an_unknown_role_is_refused(director: User, owner: User, role: str) -> None:
    with pytest.raises(InvalidError):
        actions.change_role(owner.pk, by=director, role=role, reason=WHY, now=T0)
    assert not Entry.objects.exists()


def test_a_manager_promotes_nobody_to_manager(manager: User, owner: User) -> None:
    with pytest.raises(PermissionDenied):
        actions.change_role(owner.pk, by=manager, role="manager", reason=WHY, now=T0)
    assert role_of(owner) == "specialist"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_directors_who_demote_each_other_one_remains(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A barrier between read and write: without the lock on the directors both would go."""
    pair = [make_user(role="director"), make_user(role="director")]
    meet, become = Barrier(2), User.become

    def become_after_meeting(self: User, role: str) -> None:
        with suppress(BrokenBarrierError):
            meet.wait(timeout=0.5)
        become(self, role)

    def demote(place: int) -> str:
        by, other = pair[place], pair[1 - place]
        try:
            actions.change_role(other.pk, by=by, role="specialist", reason=WHY, now=T0)
        except PermissionDenied:
            return "refused"
        finally:
            connection.close()
        return "done"

    monkeypatch.setattr(User, "become", become_after_meeting)
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(demote, range(2)))
    assert sorted(outcomes) == ["done", "refused"]
    assert User.objects.filter(role="director").count() == 1
    assert Entry.objects.filter(kind="person.role_changed").count() == 1


# ---- groups ---------------------------------------------------------------------------------
def test_groups_change_on_record_with_the_reason(
    director: User, owner: User, group: Group, other_group: Group
) -> None:
    actions.set_groups(owner.pk, by=director, groups=[other_group], reason=WHY, now=T0)
    assert list(owner.memberships.values_list("group", flat=True)) == [other_group.pk]
    assert only_entry("person.groups_changed").data == {
        "before": [group.pk],
        "after": [other_group.pk],
        "reason": WHY,
    }


def test_groups_that_stay_leave_no_trace(director: User, owner: User, group: Group) -> None:
    actions.set_groups(owner.pk, by=director, groups=[group], reason=WHY, now=T0)
    assert not Entry.objects.exists()


def test_a_manager_gives_and_takes_only_their_own_groups(
    manager: User, owner: User, group: Group, other_group: Group
) -> None:
    with pytest.raises(PermissionDenied):
        actions.set_groups(owner.pk, by=manager, groups=[group, other_group], reason=WHY, now=T0)
    owner.memberships.create(group=other_group)
    with pytest.raises(PermissionDenied):
        actions.set_groups(owner.pk, by=manager, groups=[group], reason=WHY, now=T0)
    assert owner.memberships.count() == 2
    mine = make_group(manager=manager)
    actions.set_groups(owner.pk, by=manager, groups=[group, other_group, mine], reason=WHY, now=T0)
    assert owner.memberships.count() == 3


# ---- leaving and coming back ----------------------------------------------------------------
def test_who_leaves_is_away_signed_out_and_without_tokens(manager: User, owner: User) -> None:
    owner.presence = "available"
    owner.save()
    make_token(owner)
    person = actions.deactivate(owner.pk, by=manager, reason="moved abroad", now=T0)
    person.refresh_from_db()
    assert (person.is_active, person.presence, person.presence_at) == (False, "away", T0)
    assert person.session_epoch == owner.session_epoch + 1
    assert not ApiToken.objects.live(T0).exists()
    assert only_entry("person.deactivated").data == {"reason": "moved abroad"}


def test_leaving_twice_and_coming_back_while_here_are_refused(manager: User, owner: User) -> None:
    with pytest.raises(RefusedError):
        actions.activate(owner.pk, by=manager, reason=WHY, now=T0)
    actions.deactivate(owner.pk, by=manager, reason=WHY, now=T0)
    with pytest.raises(RefusedError, match="before"):
        actions.deactivate(owner.pk, by=manager, reason=WHY, now=T0)
    assert Entry.objects.count() == 1
    actions.activate(owner.pk, by=manager, reason="is back", now=T0)
    owner.refresh_from_db()
    assert owner.is_active
    assert only_entry("person.activated").data == {"reason": "is back"}


# ---- presence and preferences ---------------------------------------------------------------
def test_presence_is_set_once_and_on_record(owner: User) -> None:
    for _twice in range(2):
        actions.set_presence(owner.pk, by=owner, presence="busy", now=T0)
    owner.refresh_from_db()
    assert (owner.presence, owner.presence_at) == ("busy", T0)
    assert only_entry("person.presence_changed").data == {"before": "away", "after": "busy"}


def test_a_manager_marks_their_people_away_and_a_colleague_does_not(
    manager: User, owner: User, colleague: User, stranger: User
) -> None:
    actions.set_presence(owner.pk, by=manager, presence="busy", now=T0)
    for by, whom in ((colleague, owner), (manager, stranger)):
        with pytest.raises(User.DoesNotExist):
            actions.set_presence(whom.pk, by=by, presence="available", now=T0)
    with pytest.raises(InvalidError):
        actions.set_presence(owner.pk, by=owner, presence="asleep", now=T0)
    assert Entry.objects.count() == 1


def test_preferences_are_ones_own_and_known(owner: User, colleague: User) -> None:
    actions.save_preferences(owner.pk, by=owner, now=T0, theme="dark", announce=False)
    owner.refresh_from_db()
    assert (owner.theme, owner.announce) == ("dark", False)
    assert only_entry("person.preferences_changed").data == {"fields": ["announce", "theme"]}
    with pytest.raises(InvalidError):
        actions.save_preferences(owner.pk, by=owner, now=T0, theme="pink")
    with pytest.raises(User.DoesNotExist):
        actions.save_preferences(colleague.pk, by=owner, now=T0, theme="dark")
    actions.save_preferences(owner.pk, by=owner, now=T0, theme="dark")
    assert Entry.objects.count() == 1


def test_the_first_account_of_an_installation_is_a_director() -> None:
    root = User.objects.create_superuser("root", email="r@bank.example", password="x", name="R")
    assert root.role == "director"
