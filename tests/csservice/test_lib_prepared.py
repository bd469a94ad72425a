"""Reads compiled once: the same rows as the queryset they were made of, for every value."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import Q, QuerySet

from csservice.ledger.models import Entry
from csservice.lib.prepared import Prepared
from teams.models import Group, Membership, User
from tests import factories
from tests.factories import T0

pytestmark = pytest.mark.django_db


def people(pk: int) -> QuerySet[User]:
    rows: QuerySet[User] = User.objects.filter(pk=pk)
    return rows


def test_each_call_reads_for_its_own_values() -> None:
    one, two = factories.make_user(username="one"), factories.make_user(username="two")
    read = Prepared(people)
    assert [read(one.pk), read(two.pk), read(one.pk)] == [[one], [two], [one]]
    assert read(two.pk + 1000) == []
    assert read(10**30) == []


def test_each_call_reads_what_is_there_now() -> None:
    one = factories.make_user(username="one")
    read = Prepared(people)
    read(one.pk)
    User.objects.filter(pk=one.pk).update(name="Changed")
    assert read(one.pk)[0].name == "Changed"


def test_the_recipe_is_asked_once_for_each_shape() -> None:
    asked: list[Any] = []

    def recipe(groups: list[int], *, active: bool) -> QuerySet[Membership]:
        asked.append((len(groups), active))
        return Membership.objects.filter(group__in=groups, user__is_active=active)

    read = Prepared(recipe)
    for groups, active in (([1], True), ([2], True), ([1, 2], True), ([3, 4], True), ([1], False)):
        read(groups, active=active)
    assert asked == [(1, True), (2, True), (1, False)]


def test_a_list_finds_each_of_its_values_and_an_empty_one_finds_nothing() -> None:
    group, other = factories.make_group(name="A"), factories.make_group(name="B")
    read = Prepared(lambda keys: Group.objects.filter(pk__in=keys).order_by("pk"))
    assert read([group.pk, other.pk]) == [group, other]
    assert read([]) == []


def test_a_value_may_stand_in_two_places_and_as_text() -> None:
    person = factories.make_user(username="one")
    Entry.objects.create(at=T0, kind="person.made", subject="person", key=str(person.pk))
    read = Prepared(lambda pk: Entry.objects.filter(Q(key=str(pk)) | Q(by_id=pk)).values("key"))
    assert read(person.pk) == [{"key": str(person.pk)}]


def test_a_value_that_becomes_part_of_another_is_refused() -> None:
    with pytest.raises(ValueError, match="as it is"):
        Prepared(lambda word: User.objects.filter(name__icontains=word))("Ann")


def test_related_rows_come_with_theirs() -> None:
    person, group = factories.make_user(username="one"), factories.make_group(name="A")
    Membership.objects.create(user=person, group=group)
    joined = Prepared(lambda pk: Membership.objects.filter(user=pk).select_related("group"))
    (row,) = joined(person.pk)
    assert row.group == group
    fetched = Prepared(lambda pk: people(pk).prefetch_related("groups_served"))
    assert list(fetched(person.pk)[0].groups_served.all()) == [group]
