"""Customers (N1) and the catalogue (N3, W2): made, changed, found, unmasked on record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied

from csservice.ledger.models import Entry
from csservice.lib.errors import ChangedError, InvalidError, RefusedError
from teams.models import User
from tests.factories import (
    QUESTIONS,
    T0,
    make_category,
    make_contact,
    make_contact_person,
    make_customer,
    make_guide,
    make_identifier,
    make_product,
)
from tests.tickets.support import unchanged
from tickets import actions
from tickets.actions import catalogue
from tickets.models import Customer, Guide, Identifier, Product

pytestmark = pytest.mark.django_db


def make(by: User, **over: Any) -> Customer:
    return actions.make_customer(by=by, now=T0, **{"segment": "personal", "name": "刘敏"} | over)


def entry_of(kind: str) -> Entry:
    return Entry.objects.get(kind=kind)


# ---- customers ------------------------------------------------------------------------------
def test_a_customer_is_made_with_all_that_finds_them(owner: User) -> None:
    customer = make(
        owner,
        contacts=[
            {"kind": "phone", "value": "138 0013 8000", "preferred": True},
            {"kind": "email", "value": "Min@X.cn"},
        ],
        identifiers=[{"kind": "id_card", "number": "11010519491231002x"}],
        persons=[{"name": "Li Lei", "position": "Treasurer"}],
    )
    for words in ("lm", "8000", "min@x.cn", "002x", "lei"):
        assert Customer.objects.found_by(words).get() == customer, words
    identifier = customer.identifiers.get()
    assert (identifier.number(), identifier.suffix) == ("11010519491231002X", "002X")
    assert "1101051949" not in identifier.sealed
    assert not Customer.objects.found_by("1101051949").exists()
    assert (entry_of("customer.made").key, entry_of("customer.made").data) == (str(customer.pk), {})


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"name": " "}, "name"),
        ({"contacts": [{"kind": "phone", "value": "12"}]}, "phone"),
        ({"contacts": [{"kind": "email", "value": "x"}]}, "email"),
        ({"contacts": [{"kind": "wechat", "value": " "}]}, "wechat"),
        ({"persons": [{"name": " "}]}, "persons"),
        ({"identifiers": [{"kind": "card", "number": " "}]}, "number"),
        (
            {
                "contacts": [
                    {"kind": "wechat", "value": "a", "preferred": True},
                    {"kind": "wechat", "value": "b", "preferred": True},
                ]
            },
            "contacts",
        ),
    ],
)
def test_a_fault_is_named_and_nothing_is_written(
    over: dict[str, Any], field: str, owner: User
) -> None:
    with unchanged(), pytest.raises(InvalidError) as refusal:
        make(owner, **over)
    assert refusal.value.field == field


def test_a_number_belongs_to_one_customer(owner: User) -> None:
    first = make_identifier(number="6222000011112222")
    twice = [{"kind": "account", "number": "6222 0000 1111 2222"}]
    with unchanged(), pytest.raises(InvalidError, match=f"Customer {first.customer_id} already"):
        make(owner, identifiers=twice)
    actions.change_customer(first.customer_id, by=owner, now=T0, identifiers=twice)
    assert Identifier.objects.count() == 1


def test_who_keeps_no_customers_changes_none(support: User) -> None:
    customer = make_customer()
    with unchanged(), pytest.raises(PermissionDenied):
        make(support)
    with unchanged(), pytest.raises(PermissionDenied):
        actions.change_customer(customer.pk, by=support, now=T0, name="X")
    with unchanged(), pytest.raises(PermissionDenied):
        actions.unmask(customer.pk, by=support, what="contact", key=1, reason="I want to", now=T0)


def test_a_change_says_which_fields_changed_and_not_to_what(owner: User) -> None:
    customer = make_customer(name="Liu Min", notes="old")
    done = actions.change_customer(
        customer.pk, by=owner, now=T0, seen=1, name=" 刘敏 ", notes="old", risk_profile="C3"
    )
    assert (done.name, done.version) == ("刘敏", 2)
    assert entry_of("customer.changed").data == {"fields": ["name", "risk_profile"]}
    assert Customer.objects.found_by("lm").get() == customer
    with unchanged(), pytest.raises(ChangedError):
        actions.change_customer(customer.pk, by=owner, now=T0, seen=1, name="Late")
    with unchanged(), pytest.raises(InvalidError):
        actions.change_customer(customer.pk, by=owner, now=T0, name="")


def test_contacts_and_persons_that_are_given_replace_the_lists(owner: User) -> None:
    person = make_contact_person(name="Li Lei")
    customer = person.customer
    kept = make_contact(customer=customer, value="13800138000", person=person, preferred=True)
    make_contact(customer=customer, value="13900139000")
    actions.change_customer(
        customer.pk,
        by=owner,
        now=T0,
        contacts=[
            {"kind": "phone", "value": "13800138000"},
            {"kind": "email", "value": "a@x.cn", "preferred": True},
        ],
        persons=[{"name": "Han Meimei"}],
    )
    now = customer.contacts.order_by("pk")
    assert [(c.value, c.preferred, c.person) for c in now] == [
        (kept.value, False, None),
        ("a@x.cn", True, None),
    ]
    assert list(customer.persons.values_list("name", flat=True)) == ["Han Meimei"]
    actions.change_customer(
        customer.pk, by=owner, now=T0, persons=[{"name": "Han Meimei", "position": "CFO"}]
    )
    assert customer.persons.get().position == "CFO"
    assert customer.contacts.count() == 2


def test_likely_doubles_are_named(owner: User) -> None:
    same_number = make_contact(value="13800138000").customer
    same_name = make_customer(name="Ada Lovelace")
    contacts = [{"kind": "phone", "value": "138 0013 8000"}, {"kind": "email", "value": "no"}]
    assert actions.doubles(name="ada lovelace ", contacts=contacts) == [same_number, same_name]
    assert actions.doubles(name=" ", contacts=[]) == []
    for _ in range(6):
        make_customer(name="Ada Lovelace")
    assert len(actions.doubles(name="Ada Lovelace", contacts=contacts)) == 5


@pytest.mark.parametrize("what", ["contact", "identifier"])
def test_unmasking_needs_a_reason_and_is_on_record(what: str, owner: User) -> None:
    customer = make_customer()
    contact = make_contact(customer=customer, value="13800138000")
    identifier = make_identifier(customer=customer, number="6222000011112222")
    key = contact.pk if what == "contact" else identifier.pk
    clear = "+8613800138000" if what == "contact" else "6222000011112222"
    with unchanged(), pytest.raises(InvalidError) as refusal:
        actions.unmask(customer.pk, by=owner, what=what, key=key, reason=" ", now=T0)
    assert refusal.value.field == "reason"
    assert (
        actions.unmask(customer.pk, by=owner, what=what, key=key, reason="Call back", now=T0)
        == clear
    )
    entry = entry_of("customer.unmasked")
    assert entry.data == {"what": what, "of": key, "reason": "Call back"}
    assert clear not in str(entry.data)


def test_what_is_another_customers_is_not_unmasked(owner: User) -> None:
    theirs, customer = make_identifier(), make_customer()
    with unchanged(), pytest.raises(ObjectDoesNotExist):
        actions.unmask(
            customer.pk, by=owner, what="identifier", key=theirs.pk, reason="Call", now=T0
        )


# ---- the catalogue --------------------------------------------------------------------------
PRODUCT = {"code": "steady", "name": " Steady ", "kind": "wealth", "risk_level": "R2"}


def test_a_product_is_made_and_changed_on_record(manager: User) -> None:
    product = catalogue.save_product(None, by=manager, now=T0, **PRODUCT)
    assert product.name == "Steady"
    assert entry_of("product.made").key == str(product.pk)
    catalogue.save_product(product.pk, by=manager, now=T0, risk_level="R3", name="Steady")
    product.refresh_from_db()
    assert (product.risk_level, product.code) == ("R3", "steady")
    assert entry_of("product.changed").data == {"fields": ["risk_level"]}
    with unchanged():
        catalogue.save_product(product.pk, by=manager, now=T0, risk_level="R3")


def test_a_category_is_made_and_changed_on_record(manager: User) -> None:
    category = catalogue.save_category(None, by=manager, now=T0, code="cards", name="Cards")
    catalogue.save_category(category.pk, by=manager, now=T0, active=False)
    assert entry_of("category.changed").data == {"fields": ["active"]}


@pytest.mark.parametrize(
    ("over", "field"),
    [({"name": " "}, "name"), ({"code": ""}, "code"), ({"code": "taken"}, "code")],
)
def test_a_product_has_a_name_and_a_code_of_its_own(
    over: dict[str, str], field: str, manager: User
) -> None:
    make_product(code="taken")
    with unchanged(), pytest.raises(InvalidError) as refusal:
        catalogue.save_product(None, by=manager, now=T0, **PRODUCT | over)
    assert refusal.value.field == field


def test_a_specialist_keeps_no_catalogue(owner: User) -> None:
    category = make_category()
    calls: tuple[Callable[[], object], ...] = (
        lambda: catalogue.save_product(None, by=owner, now=T0, **PRODUCT),
        lambda: catalogue.save_category(None, by=owner, now=T0, code="c", name="C"),
        lambda: catalogue.publish_guide(category.pk, by=owner, questions=QUESTIONS, now=T0),
    )
    for call in calls:
        with unchanged(), pytest.raises(PermissionDenied):
            call()
    assert not Product.objects.exists()


def test_a_changed_guide_is_the_next_version(manager: User) -> None:
    first = make_guide()
    changed = [QUESTIONS[0]]
    guide = catalogue.publish_guide(first.category_id, by=manager, questions=changed, now=T0)
    assert (guide.version, guide.made_by, guide.in_force) == (2, manager, True)
    assert Guide.objects.in_force().get() == guide
    assert entry_of("guide.published").data == {"version": 2, "questions": 1}
    with unchanged(), pytest.raises(RefusedError, match="in force already"):
        catalogue.publish_guide(first.category_id, by=manager, questions=changed, now=T0)


def test_the_first_guide_of_a_category(manager: User, director: User) -> None:
    for by in (manager, director):
        category = make_category()
        guide = catalogue.publish_guide(category.pk, by=by, questions=QUESTIONS, now=T0)
        assert guide.version == 1


def test_a_faulty_guide_does_not_come_into_force(manager: User) -> None:
    for questions, said in (
        ([], "Add at least one question."),
        ([QUESTIONS[1]], "Question lost_on: it follows an answer that is not asked before it."),
    ):
        category = make_category()
        with unchanged(), pytest.raises(InvalidError) as refusal:
            catalogue.publish_guide(category.pk, by=manager, questions=questions, now=T0)
        assert (refusal.value.field, str(refusal.value)) == ("questions", said)
        assert not Guide.objects.exists()
