"""Adding and changing customers: masked, row by row, and never doubled unasked (N1)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.factories import make_contact_person
from tests.tickets.conftest import NUMBER
from tickets.models import Customer

pytestmark = pytest.mark.django_db


def rows(**changed: Any) -> dict[str, Any]:
    """The customer form as a browser sends it: one empty row of each kind."""
    return {
        "segment": "personal",
        "name": "Li Na",
        "other_name": "",
        "language": "en",
        "risk_profile": "",
        "since": "",
        "notes": "",
        "seen": "",
        "contacts-TOTAL_FORMS": "1",
        "contacts-INITIAL_FORMS": "0",
        "contacts-0-kind": "phone",
        "contacts-0-value": "",
        "persons-TOTAL_FORMS": "1",
        "persons-INITIAL_FORMS": "0",
        "persons-0-name": "",
        "persons-0-position": "",
        "identifiers-TOTAL_FORMS": "1",
        "identifiers-INITIAL_FORMS": "0",
        "identifiers-0-kind": "account",
        "identifiers-0-number": "",
    } | changed


def test_a_customer_is_added_with_contact_person_and_number(owner_browser: Client) -> None:
    sent = rows(
        segment="corporate",
        name="Baltic Freight",
        risk_profile="C3",
        since="2016-05-01",
        preferred="new-0",
        **{
            "contacts-0-value": "138 0013 8000",
            "persons-0-name": "Anna Kask",
            "identifiers-0-number": NUMBER,
        },
    )
    answer = owner_browser.post("/customers/new/", sent)
    made = Customer.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/customers/{made.pk}/")
    contact = made.contacts.get()
    assert (contact.value, contact.preferred) == ("+8613800138000", True)
    assert made.persons.get().name == "Anna Kask"
    assert made.identifiers.get().suffix == "7730"
    assert made.risk_profile == "C3"


def test_a_wrong_number_is_said_at_its_field_and_nothing_is_written(owner_browser: Client) -> None:
    answer = owner_browser.post("/customers/new/", rows(**{"contacts-0-value": "12"}))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert page.count("Enter a phone number, for example +86 138 0013 8000.") == 2
    assert 'href="#id_contacts-0-value"' in page
    assert not Customer.objects.exists()


def test_a_name_is_asked_for(owner_browser: Client) -> None:
    answer = owner_browser.post("/customers/new/", rows(name=" "))
    assert answer.status_code == 422
    assert "<title>Error: " in answer.content.decode()
    assert not Customer.objects.exists()


def test_who_may_be_the_same_is_named_and_nothing_is_written(
    owner_browser: Client, li_na: Customer
) -> None:
    sent = rows(name="Another Name", **{"contacts-0-value": "13800138000"})
    answer = owner_browser.post("/customers/new/", sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'href="/customers/{li_na.pk}/"' in page
    assert 'value="13800138000"' in page, "what was typed is kept"
    assert Customer.objects.count() == 1


def test_saving_anyway_makes_the_second_one(owner_browser: Client, li_na: Customer) -> None:
    sent = rows(name="李娜", anyway="1")
    assert owner_browser.post("/customers/new/", sent).status_code == 302
    assert Customer.objects.count() == 2


def test_a_number_of_somebody_else_is_refused(owner_browser: Client, li_na: Customer) -> None:
    sent = rows(name="Chen Wei", **{"identifiers-0-number": NUMBER})
    answer = owner_browser.post("/customers/new/", sent)
    assert answer.status_code == 422
    assert "already has this number" in answer.content.decode()
    assert Customer.objects.count() == 1


def test_one_more_row_needs_no_script_and_judges_nothing(owner_browser: Client) -> None:
    sent = rows(name="", more="contacts", **{"contacts-0-value": "not yet"})
    answer = owner_browser.post("/customers/new/", sent)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'name="contacts-1-value"' in page
    assert 'name="persons-1-name"' not in page
    assert 'value="not yet"' in page
    assert "field-error" not in page


def test_a_search_that_found_nobody_fills_in_the_name(owner_browser: Client) -> None:
    page = owner_browser.get("/customers/new/", {"name": "Li Na"}).content.decode()
    assert 'value="Li Na"' in page
    assert "error-summary" not in page


def test_contacts_are_kept_dropped_and_preferred_without_being_shown(
    owner_browser: Client, li_na: Customer
) -> None:
    url = f"/customers/{li_na.pk}/edit/"
    page = owner_browser.get(url).content.decode()
    assert "+86 •••• 8000" in page
    assert "13800138000" not in page
    old = li_na.contacts.get()
    sent = rows(
        name="李娜", seen=li_na.version, preferred="new-0", drop="",
        **{"contacts-0-kind": "email", "contacts-0-value": "LiNa@mail.example"},
    )  # fmt: skip
    assert owner_browser.post(url, sent).status_code == 302
    assert set(li_na.contacts.values_list("value", "preferred")) == {
        ("+8613800138000", False),
        ("lina@mail.example", True),
    }
    li_na.refresh_from_db()
    dropping = rows(name="李娜", seen=li_na.version, drop=str(old.pk))
    assert owner_browser.post(url, dropping).status_code == 302
    assert li_na.contacts.get().value == "lina@mail.example"


def test_an_emptied_name_removes_the_person_and_a_new_position_stands(
    owner_browser: Client, li_na: Customer
) -> None:
    make_contact_person(customer=li_na, name="Anna Kask", position="Clerk")
    make_contact_person(customer=li_na, name="Bo Lin")
    sent = rows(
        seen=li_na.version,
        **{
            "persons-TOTAL_FORMS": "2",
            "persons-INITIAL_FORMS": "2",
            "persons-0-name": "Anna Kask",
            "persons-0-position": "Treasurer",
            "persons-1-name": "",
            "persons-1-position": "",
        },
    )
    assert owner_browser.post(f"/customers/{li_na.pk}/edit/", sent).status_code == 302
    assert list(li_na.persons.values_list("name", "position")) == [("Anna Kask", "Treasurer")]


def test_of_two_who_change_a_customer_the_second_is_told(
    owner_browser: Client, li_na: Customer
) -> None:
    url, sent = f"/customers/{li_na.pk}/edit/", rows(name="First", seen=li_na.version)
    assert owner_browser.post(url, sent).status_code == 302
    answer = owner_browser.post(url, sent | {"name": "Second"})
    assert answer.status_code == 409
    assert "has changed since you opened the page" in answer.content.decode()
    assert 'value="Second"' in answer.content.decode()
    li_na.refresh_from_db()
    assert li_na.name == "First"


def test_support_adds_and_changes_nobody(support_browser: Client, li_na: Customer) -> None:
    assert support_browser.post("/customers/new/", rows()).status_code == 403
    assert support_browser.post(f"/customers/{li_na.pk}/edit/", rows()).status_code == 403
    assert Customer.objects.get().name == "李娜"
