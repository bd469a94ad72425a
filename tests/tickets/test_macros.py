"""Quick replies: what their texts may hold, who keeps them; a reply with one is a reply (W1)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from csservice.ledger.models import Entry
from csservice.lib.errors import ChangedError, InvalidError, RefusedError
from teams.models import Group, User
from tests.factories import T0, after, make_category, make_customer, make_macro, make_ticket
from tests.tickets.support import NOW, kinds, unchanged
from tickets import actions, macros
from tickets.models import Macro, MacroUse, Message, Ticket

HI: dict[str, Any] = {"scope": "own", "shortcut": "hi", "name": "Hi", "text_en": "Hello {customer}"}
WAIT = {"do": "wait", "for": "customer", "reason": "Passport"}
PRIORITY = {"do": "priority", "value": "high"}
VALUES = dict.fromkeys(macros.PLACEHOLDERS, "x")


# ---- rules ----------------------------------------------------------------------------------
@given(st.text(max_size=80), st.dictionaries(st.sampled_from(macros.PLACEHOLDERS), st.text()))
def test_filling_in_reads_no_value_again_and_leaves_other_words(
    text: str, values: dict[str, str]
) -> None:
    filled = macros.fill(text, values)
    for piece in macros.HOLE.split(text)[::2]:
        assert piece in filled
    if not macros.HOLE.search(text):
        assert filled == text


@given(st.text(max_size=40))
def test_a_value_is_never_a_template(value: str) -> None:
    assert macros.fill("{customer}", {"customer": value, "number": "7"}) == value


@given(st.text(max_size=80))
def test_what_is_known_can_be_filled_in_whole(text: str) -> None:
    if not macros.unknown(text):
        assert not macros.HOLE.search(macros.fill(text, VALUES))


def test_a_name_that_nothing_is_known_for_is_found() -> None:
    assert macros.unknown("Dear {customer}, {balance} {}") == ["balance", ""]
    assert macros.unknown("A set {1, 2} of { one }") == ["1, 2", " one "]
    assert macros.unknown("{customer} {due} { \n }") == []


@pytest.mark.parametrize(
    ("language", "english", "chinese", "is_told"),
    [
        ("en", "Hello", "您好", ("Hello", True)),
        ("zh-hans", "Hello", "您好", ("您好", True)),
        ("zh-hans", "Hello", "", ("Hello", False)),
        ("en", "", "您好", ("您好", False)),
    ],
)
def test_the_customers_language_picks_the_text_and_what_is_missing_is_said(
    language: str, english: str, chinese: str, is_told: tuple[str, bool]
) -> None:
    assert macros.in_language(language, english, chinese) == is_told


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("/Greet", "greet"), ("问候", "问候"), ("a b", ""), ("", ""), ("x" * 25, ""), ("a/b", "")],
)
def test_a_shortcut_is_one_word(typed: str, kept: str) -> None:
    assert macros.shortcut_of(typed) == kept


@pytest.mark.parametrize(
    ("steps", "fault"),
    [
        ([{"do": "close"}], "unknown"),
        ([{}], "unknown"),
        ([PRIORITY, PRIORITY], "twice"),
        ([{"do": "priority", "value": "urgent"}], "value"),
        ([{"do": "note", "text": " "}], "text"),
        ([{**WAIT, "for": "expert"}], "for"),
        ([{**WAIT, "reason": "x" * 201}], "reason"),
        ([{**WAIT, "reason": None}], "reason"),
    ],
)
def test_a_wrong_step_is_named(steps: list[dict[str, Any]], fault: str) -> None:
    choices = {"value": {"high"}, "for": {"customer"}}
    with pytest.raises(ValueError, match=f"^{fault}$"):
        macros.steps_of(steps, choices)


def test_steps_are_kept_in_the_order_in_which_they_are_done() -> None:
    choices = {"value": {"high"}, "for": {"customer"}}
    found = macros.steps_of([WAIT | {"more": "x"}, {"do": "complaint"}, PRIORITY], choices)
    assert found == [PRIORITY, {"do": "complaint"}, WAIT]


def test_often_and_lately_weighs_more() -> None:
    today = date(2026, 3, 1)
    found = macros.weights(
        [(1, today, 3), (2, today - timedelta(days=14), 4), (2, today, 1), (3, today, 1)], today
    )
    assert found == {1: 3.0, 2: 3.0, 3: 1.0}


# ---- keeping --------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_specialist_keeps_their_own(owner: User) -> None:
    made = actions.save_macro(None, by=owner, now=T0, **HI, steps=[WAIT])
    assert (made.owner, made.scope, made.steps) == (owner, "own", [WAIT])
    actions.save_macro(made.pk, by=owner, now=T0, text_zh="您好，{customer}")
    actions.save_macro(made.pk, by=owner, now=T0, text_zh="您好，{customer}")
    made.refresh_from_db()
    assert made.version == 2
    assert [entry.kind for entry in Entry.objects.all()] == ["macro.made", "macro.changed"]


@pytest.mark.django_db
@pytest.mark.parametrize("scope", ["everybody", "group"])
def test_shared_ones_are_kept_by_managers(
    scope: str, owner: User, manager: User, group: Group
) -> None:
    fields = HI | {"scope": scope, "group": group}
    with unchanged(), pytest.raises(PermissionDenied):
        actions.save_macro(None, by=owner, now=T0, **fields)
    made = actions.save_macro(None, by=manager, now=T0, **fields)
    assert made.scope == scope
    with unchanged(), pytest.raises(PermissionDenied):
        actions.save_macro(made.pk, by=owner, now=T0, name="Mine")
    with unchanged(), pytest.raises(PermissionDenied):
        actions.retire_macro(made.pk, by=owner, now=T0)


@pytest.mark.django_db
def test_who_does_not_work_tickets_has_none_of_their_own(director: User) -> None:
    with pytest.raises(PermissionDenied):
        actions.save_macro(None, by=director, now=T0, **HI)
    assert not Macro.objects.exists()


@pytest.mark.django_db
def test_another_persons_own_is_not_there(owner: User, colleague: User, manager: User) -> None:
    made = actions.save_macro(None, by=owner, now=T0, **HI)
    for who in (colleague, manager):
        with unchanged(), pytest.raises(Macro.DoesNotExist):
            actions.save_macro(made.pk, by=who, now=T0, name="Mine")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("over", "field", "said"),
    [
        ({"name": " "}, "name", "Enter the name."),
        ({"shortcut": "two words"}, "shortcut", "Enter a shortcut"),
        ({"shortcut": "TAKEN"}, "shortcut", "this one is taken"),
        ({"text_en": ""}, "text_en", "in one language at least"),
        ({"text_en": "Hello {balance}"}, "text_en", "Nothing is known for {balance}."),
        ({"text_zh": "您好 {}"}, "text_zh", "{customer} {specialist}"),
        ({"steps": [{"do": "close"}]}, "steps", "Choose one of the steps."),
        ({"scope": "team"}, "scope", "Choose whom it is for."),
        ({"scope": "group"}, "group", "Choose the group."),
    ],
)
def test_a_wrong_one_is_refused_and_nothing_is_written(
    over: dict[str, Any], field: str, said: str, manager: User
) -> None:
    make_macro(shortcut="taken")
    with unchanged(), pytest.raises(InvalidError) as refused:
        actions.save_macro(None, by=manager, now=T0, **HI | {"scope": "everybody"} | over)
    assert refused.value.field == field
    assert said in str(refused.value)
    assert Macro.objects.count() == 1


@pytest.mark.django_db
def test_a_shortcut_means_one_thing_to_the_same_people(owner: User, group: Group) -> None:
    make_macro(shortcut="hi")
    make_macro(shortcut="hi", group=group)
    actions.save_macro(None, by=owner, now=T0, **HI)
    for fields in ({}, {"group": group}, {"owner": owner}):
        with transaction.atomic(), pytest.raises(IntegrityError):
            make_macro(shortcut="hi", **fields)
    make_macro(shortcut="hi", active=False)


@pytest.mark.django_db
def test_a_retired_one_comes_back_unless_its_shortcut_is_taken(manager: User) -> None:
    macro = make_macro(shortcut="hi")
    actions.retire_macro(macro.pk, by=manager, now=T0)
    with unchanged(), pytest.raises(RefusedError, match="retired already"):
        actions.retire_macro(macro.pk, by=manager, now=T0)
    other = make_macro(shortcut="hi")
    with unchanged(), pytest.raises(InvalidError, match="taken"):
        actions.retire_macro(macro.pk, by=manager, now=T0, active=True)
    actions.retire_macro(other.pk, by=manager, now=T0)
    assert actions.retire_macro(macro.pk, by=manager, now=T0, active=True).active
    assert [e.kind for e in Entry.objects.about("macro", macro.pk)] == [
        "macro.retired",
        "macro.restored",
    ]


@pytest.mark.django_db
def test_a_change_on_what_others_changed_is_refused(manager: User) -> None:
    macro = make_macro()
    actions.save_macro(macro.pk, by=manager, now=T0, name="One", seen=1)
    with unchanged(), pytest.raises(ChangedError):
        actions.save_macro(macro.pk, by=manager, now=T0, name="Two", seen=1)


# ---- using ----------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_reply_with_one_stops_the_five_minutes(ticket: Ticket, owner: User) -> None:
    macro = make_macro(text_en="Hello {customer}, I am {specialist}: {subject}, #{number}.")
    actions.use_macro(ticket.pk, by=owner, macro=macro.pk, now=NOW)
    ticket.refresh_from_db()
    macro.refresh_from_db()
    said = Message.objects.get(ticket=ticket)
    assert said.first_response
    assert said.text == (
        f"Hello {ticket.customer.name}, I am {owner.name}: {ticket.subject}, #{ticket.pk}."
    )
    assert ticket.responded_at == NOW
    assert (macro.uses, macro.last_used_at) == (1, NOW)
    assert kinds(ticket) == ["ticket.responded", "ticket.macro_used"]


@pytest.mark.django_db
def test_the_text_goes_out_as_it_was_edited(ticket: Ticket, owner: User) -> None:
    macro = make_macro()
    actions.use_macro(ticket.pk, by=owner, macro=macro.pk, text="Other words", now=NOW)
    assert Message.objects.get(ticket=ticket).text == "Other words"


@pytest.mark.django_db
def test_a_chinese_customer_reads_chinese(group: Group, owner: User) -> None:
    customer = make_customer(name="李娜", language="zh-hans")
    ticket = make_ticket(group=group, owner=owner, customer=customer)
    macro = make_macro(text_zh="{customer}，最迟 {due}")
    filled = macro.filled(ticket, owner)
    assert filled.text.startswith("李娜，最迟 2026 年")
    assert (filled.language, filled.translated) == ("zh-hans", True)
    untold = make_macro(text_zh="").filled(ticket, owner)
    assert (untold.language, untold.translated) == ("en", False)


@pytest.mark.django_db
def test_what_it_sets_is_set_with_the_reply(group: Group, owner: User) -> None:
    ticket = make_ticket(step="resolution", group=group, owner=owner)
    note = {"do": "note", "text": "Asked for the passport"}
    macro = make_macro(steps=[PRIORITY, {"do": "complaint"}, note, WAIT])
    actions.use_macro(ticket.pk, by=owner, macro=macro.pk, now=NOW)
    ticket.refresh_from_db()
    assert (ticket.priority, ticket.is_complaint, ticket.waiting_on) == ("high", True, "customer")
    assert ticket.waiting_reason == "Passport"
    assert list(ticket.messages.order_by("pk").values_list("kind", flat=True)) == ["reply", "note"]
    assert Entry.objects.get(kind="ticket.macro_used").data["steps"] == [
        *("priority", "complaint", "note", "wait")
    ]


@pytest.mark.django_db
def test_a_step_that_is_not_open_takes_the_reply_with_it(ticket: Ticket, owner: User) -> None:
    macro = make_macro(steps=[PRIORITY, WAIT])
    with unchanged(), pytest.raises(RefusedError, match="send the text alone"):
        actions.use_macro(ticket.pk, by=owner, macro=macro.pk, now=NOW)
    assert not MacroUse.objects.exists()
    actions.use_macro(ticket.pk, by=owner, macro=macro.pk, steps=False, now=NOW)
    ticket.refresh_from_db()
    assert ticket.responded_at == NOW
    assert (ticket.priority, ticket.waiting_on) == ("normal", "nobody")


@pytest.mark.django_db
def test_only_what_is_at_hand_and_in_use_can_be_used(
    ticket: Ticket, owner: User, colleague: User, other_group: Group
) -> None:
    for macro in (
        make_macro(active=False),
        make_macro(owner=colleague),
        make_macro(group=other_group),
    ):
        with unchanged(), pytest.raises(InvalidError) as refused:
            actions.use_macro(ticket.pk, by=owner, macro=macro.pk, now=NOW)
        assert refused.value.field == "macro"


@pytest.mark.django_db
def test_strangers_and_directors_answer_nothing(
    ticket: Ticket, stranger: User, director: User
) -> None:
    macro = make_macro()
    with unchanged(), pytest.raises(Ticket.DoesNotExist):
        actions.use_macro(ticket.pk, by=stranger, macro=macro.pk, now=NOW)
    with unchanged(), pytest.raises(PermissionDenied):
        actions.use_macro(ticket.pk, by=director, macro=macro.pk, now=NOW)


@pytest.mark.django_db
def test_uses_are_counted_by_person_and_day(ticket: Ticket, owner: User, colleague: User) -> None:
    macro = make_macro()
    for by, at in ((owner, NOW), (owner, NOW), (colleague, NOW), (owner, after(90_000))):
        actions.use_macro(ticket.pk, by=by, macro=macro.pk, text="Hello there", now=at)
    assert sorted(MacroUse.objects.values_list("n", flat=True)) == [1, 1, 2]
    counted: Any = Macro.objects.counted(NOW.date() + timedelta(days=1))
    assert [(row.uses, row.lately) for row in counted] == [(4, 1)]


@pytest.mark.django_db
def test_what_fits_the_ticket_is_offered(group: Group, owner: User) -> None:
    cards, loans = make_category(), make_category()
    ticket = make_ticket(step="analysis", group=group, owner=owner, category=cards, channel="web")
    fits = [make_macro(), make_macro(category=cards), make_macro(channel="web", segment="personal")]
    for over in ({"category": loans}, {"channel": "phone"}, {"segment": "corporate"}):
        make_macro(**over)
    assert set(Macro.objects.at_hand(owner).fitting(ticket)) == set(fits)
