"""SLA policies: kept in versions, refused when they cannot be kept (W1)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import translation

from csservice.ledger.models import Entry
from csservice.lib.errors import ChangedError, InvalidError, RefusedError
from teams.models import User
from tests.tickets.promises import NOW, Said, first_within, said, save, standard
from tickets import actions
from tickets.actions import policies
from tickets.models import SlaPolicy, SlaPolicyVersion
from tickets.policy import DEFAULT, normal, text

pytestmark = pytest.mark.django_db


# ---- versions -------------------------------------------------------------------------------
def test_what_is_written_of_the_promise_of_the_plan_is_the_text_that_is_there() -> None:
    assert text(normal(DEFAULT)) == standard().current.spec  # type: ignore[union-attr]


def test_a_change_is_a_version_and_on_record(manager: User) -> None:
    row = save(manager, first_within(240), standard(), name_zh="标准")
    assert row.current
    assert row.current.number == 2
    assert row.current.made_by == manager
    entry = Entry.objects.get()
    assert (entry.kind, entry.subject, entry.key) == ("promise.changed", "promise", str(row.pk))
    assert json.loads(entry.data["before"]["said"])["targets"]["first_response"]["seconds"] == {
        "high": 300,
        "normal": 300,
        "low": 300,
    }
    assert entry.data["after"]["version"] == 2
    assert entry.data["apply"] == "keep"


def test_what_says_nothing_new_is_no_version_and_no_record(manager: User) -> None:
    row = standard()
    save(manager, said(), row, name_zh=row.name_zh)
    assert SlaPolicyVersion.objects.count() == 1
    assert not Entry.objects.exists()
    save(manager, said(), row, name_zh="普通")
    assert SlaPolicyVersion.objects.count() == 1
    assert Entry.objects.get().data["after"]["name_zh"] == "普通"


def test_a_new_policy_is_tried_before_the_one_for_everybody(manager: User) -> None:
    row = save(manager, said(when={"segment": ["corporate"]}))
    assert [one.name for one in SlaPolicy.objects.in_order()] == ["VIP", "Standard"]
    assert Entry.objects.get().kind == "promise.added"
    assert row.active
    save(manager, said(), name="For all")
    assert [one.name for one in SlaPolicy.objects.in_order()] == ["VIP", "Standard", "For all"]


def test_a_policy_is_moved_up_and_down(manager: User) -> None:
    row = save(manager, said(when={"segment": ["corporate"]}))
    with pytest.raises(RefusedError):
        actions.move_policy(row.pk, by=manager, up=True, now=NOW)
    actions.move_policy(row.pk, by=manager, up=False, now=NOW)
    assert [one.name for one in SlaPolicy.objects.in_order()] == ["Standard", "VIP"]
    assert Entry.objects.last().kind == "promise.moved"  # type: ignore[union-attr]
    with pytest.raises(RefusedError):
        actions.move_policy(row.pk, by=manager, up=False, now=NOW)


def test_a_policy_is_taken_out_of_force_and_back(manager: User) -> None:
    row = save(manager, said(when={"segment": ["corporate"]}))
    assert not actions.set_policy_active(row.pk, by=manager, active=False, now=NOW).active
    assert actions.set_policy_active(row.pk, by=manager, active=True, now=NOW).active
    actions.set_policy_active(row.pk, by=manager, active=True, now=NOW)
    kinds = list(Entry.objects.values_list("kind", flat=True).order_by("pk"))
    assert kinds == ["promise.added", "promise.deactivated", "promise.activated"]


# ---- refusals -------------------------------------------------------------------------------
def test_one_policy_is_for_everybody(manager: User) -> None:
    row = standard()
    with pytest.raises(RefusedError):
        actions.set_policy_active(row.pk, by=manager, active=False, now=NOW)
    with pytest.raises(RefusedError):
        save(manager, said(when={"segment": ["corporate"]}), row)
    assert standard().active
    assert SlaPolicyVersion.objects.count() == 1
    assert not Entry.objects.exists()
    save(manager, said(), name="For all")
    assert not actions.set_policy_active(row.pk, by=manager, active=False, now=NOW).active


def no_first() -> Said:
    known = said()
    del known["targets"]["first_response"]
    return known


def with_target(**over: Any) -> Said:
    known = said()
    known["targets"]["resolution"] |= over
    return known


WRONG: list[tuple[Said, str]] = [
    (no_first(), "first_response"),
    (first_within(0), "first_response"),
    (first_within(401 * 86_400), "first_response"),
    (with_target(seconds={"high": 1}), "resolution"),
    (with_target(warn_shares=[1.5]), "resolution"),
    (with_target(warn_s=[-1]), "resolution"),
    (with_target(warn_s=[10**12]), "resolution"),
    (with_target(hand_on_s=0), "resolution"),
    (with_target(hours="sometimes"), "resolution"),
    (with_target(hours=10**30), "resolution"),
    (with_target(hours=True), "resolution"),
    (with_target(warn_s="x"), "targets"),
    (said(targets=[]), "targets"),
    (said(targets={"first_response": 3}), "targets"),
    (said(targets=DEFAULT["targets"] | {"joy": DEFAULT["targets"]["resolution"]}), "joy"),
    (said(pauses={"customer": ["first_response"]}), "pauses"),
    (said(pauses={"customer": ["joy"]}), "pauses"),
    (said(pauses={"lunch": ["resolution"]}), "pauses"),
    (said(when={"mood": ["bad"]}), "when"),
    (said(when={"segment": ["royal"]}), "when"),
    (said(when={"category": [10**30]}), "when"),
    (said(when={"product": ["x"]}), "when"),
    (said(ladder=[{"to": "king", "share": 1}]), "ladder"),
    (said(ladder=[{"to": "owner", "share": 11}]), "ladder"),
    (said(ladder=[{"to": "owner"}]), "targets"),
]


@pytest.mark.parametrize(("what", "field"), WRONG)
def test_what_cannot_be_promised_is_refused_and_nothing_is_written(
    what: Said, field: str, manager: User
) -> None:
    with pytest.raises(InvalidError) as refused:
        save(manager, what)
    assert refused.value.field == field
    assert str(refused.value).endswith(".")
    with translation.override("zh-hans"), pytest.raises(InvalidError) as refused:
        save(manager, what)
    assert str(refused.value).endswith("。")
    assert SlaPolicy.objects.count() == 1
    assert not Entry.objects.exists()


def test_a_name_is_given_and_free(manager: User) -> None:
    for name in (" ", "standard"):
        with pytest.raises(InvalidError) as refused:
            save(manager, said(), name=name)
        assert refused.value.field == "name"
    with pytest.raises(InvalidError):
        save(manager, said(), apply="sometimes")
    assert SlaPolicy.objects.count() == 1


def test_who_has_read_an_older_version_changes_nothing(manager: User) -> None:
    save(manager, first_within(240), standard(), seen=1)
    with pytest.raises(ChangedError):
        save(manager, first_within(180), standard(), seen=1)
    assert standard().current.number == 2  # type: ignore[union-attr]


def test_only_who_sets_policies_does(owner: User, support: User) -> None:
    row = standard()
    calls: list[Callable[[User], Any]] = [
        lambda by: save(by, said()),
        lambda by: actions.move_policy(row.pk, by=by, up=True, now=NOW),
        lambda by: actions.set_policy_active(row.pk, by=by, active=False, now=NOW),
        lambda by: actions.touched(row.pk, said(), by=by, now=NOW),
    ]
    for who in (owner, support):
        for call in calls:
            with pytest.raises(PermissionDenied):
                call(who)
    assert not Entry.objects.exists()


def test_what_is_not_there_is_not_changed(manager: User) -> None:
    with pytest.raises(SlaPolicy.DoesNotExist):
        actions.save_policy(0, by=manager, name="x", name_zh="", said=said(), now=NOW)
    with pytest.raises(SlaPolicy.DoesNotExist):
        actions.move_policy(0, by=manager, up=True, now=NOW)


def test_a_name_taken_between_check_and_write_is_refused(
    manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "_free_name", lambda _rows, _row, name: name)
    with pytest.raises(RefusedError):
        save(manager, said(), name="Standard")
    assert SlaPolicy.objects.count() == 1
    assert not Entry.objects.exists()
