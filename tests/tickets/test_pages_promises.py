"""Pages of SLA policies: a list in words, an editor in times, a preview of open tickets (W1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from csservice.ledger.models import Entry
from teams.models import Group, User
from tests.conftest import Clock as Stands
from tests.factories import T0, after, make_calendar, make_category, make_customer, make_product
from tests.tickets.promises import due, received, said, save, standard
from tickets import actions
from tickets.forms.promises import PolicyForm
from tickets.models import SlaPolicy
from tickets.policy import DEFAULT, normal

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true"}
LIST, NEW = "/settings/promises/", "/settings/promises/new/"


def typed(**over: Any) -> dict[str, Any]:
    """What the form of the promise of the plan sends when nothing is changed."""
    form = PolicyForm(None, said=normal(DEFAULT), name="Standard", name_zh="标准")
    known = {name: form[name].value() for name in form.fields}
    sent = {name: value for name, value in known.items() if value not in (None, [])}
    return sent | over


def first(time: str, **over: Any) -> dict[str, Any]:
    names = [f"first_response_{priority}" for priority in ("high", "normal", "low")]
    return typed(**dict.fromkeys(names, time), **over)


def edit() -> str:
    return f"/settings/promises/{standard().pk}/"


def text(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.fixture
def ticket(group: Group, owner: User, clock: Stands) -> Any:
    """A contact of T0; it is two minutes later."""
    found = received(group, owner)
    clock.now = after(120)
    return found


# ---- the list -------------------------------------------------------------------------------
def test_policies_are_listed_in_order_with_targets_in_words(
    manager: User, manager_browser: Client, ticket: Any
) -> None:
    cards = make_category(name="Cards", name_zh="银行卡")
    save(manager, said(when={"category": [cards.pk], "segment": ["corporate"]}), name="VIP")
    page = text(manager_browser.get(LIST))
    assert page.index("VIP") < page.index("Standard")
    for words in ("5:00", "30 min", "4 h", "3:00, 4:15", "75%, 90%", "4:30", "Corporate", "Cards"):
        assert words in page
    assert "1 open ticket" in page
    assert "0 open tickets" in page
    manager_browser.post("/language/", {"language": "zh-hans", "next": "/"})
    page = text(manager_browser.get(LIST))
    for words in ("标准", "银行卡", "30 分钟", "4 小时", "服务承诺"):
        assert words in page


def test_the_list_costs_the_same_for_ten_policies(
    manager: User, manager_browser: Client, sql_of: Callable[..., list[str]]
) -> None:
    def more(n: int) -> None:
        known = said(when={"category": [make_category().pk], "product": [make_product().pk]})
        known["targets"]["resolution"]["hours"] = make_calendar().pk
        save(manager, known, name=f"policy {n}")

    more(0)
    manager_browser.get(LIST)
    one = sql_of(lambda: manager_browser.get(LIST))
    for n in range(1, 10):
        more(n)
    ten = sql_of(lambda: manager_browser.get(LIST))
    assert len(ten) == len(one), "\n".join(ten)
    assert len(one) <= 12


def test_a_policy_is_moved_and_taken_out_of_force(manager: User, manager_browser: Client) -> None:
    row = save(manager, said(when={"segment": ["corporate"]}), name="VIP")
    at = f"/settings/promises/{row.pk}"
    assert manager_browser.post(f"{at}/move/", {"to": "down"})["Location"] == LIST
    assert [one.name for one in SlaPolicy.objects.in_order()] == ["Standard", "VIP"]
    refused = manager_browser.post(f"{at}/move/", {"to": "down"})
    assert (refused.status_code, "tried last already" in text(refused)) == (422, True)
    part = text(manager_browser.post(f"{at}/move/", {"to": "up"}, headers=HX))
    assert part.lstrip().startswith('<div id="section"')
    assert "Not in force" in text(manager_browser.post(f"{at}/force/", {}, headers=HX))
    assert manager_browser.post(f"{at}/force/", {"active": "on"})["Location"] == LIST
    refused = manager_browser.post(f"{edit()}force/", {"active": "off"}, headers=HX)
    assert (refused.status_code, "has to remain" in text(refused)) == (422, True)
    assert standard().active


def test_a_policy_that_no_ticket_reaches_says_so(manager: User, manager_browser: Client) -> None:
    assert "Never reached" not in text(manager_browser.get(LIST))
    save(manager, said(), name="For all")
    assert "Never reached" in text(manager_browser.get(LIST))


# ---- the editor -----------------------------------------------------------------------------
def test_what_is_not_changed_is_no_version(manager_browser: Client, ticket: Any) -> None:
    assert manager_browser.post(edit(), typed())["Location"] == LIST
    assert standard().current.number == 1  # type: ignore[union-attr]
    assert not Entry.objects.filter(subject="promise").exists()


def test_the_form_reads_what_it_writes_in_chinese(manager_browser: Client) -> None:
    manager_browser.post("/language/", {"language": "zh-hans", "next": "/"})
    page = text(manager_browser.get(edit()))
    assert 'value="30 分钟"' in page
    sent = typed(resolution_high="5 小时", name_zh="标准")
    assert manager_browser.post(edit(), sent)["Location"] == LIST
    version = standard().current
    assert version.said().targets["resolution"].seconds["high"] == 18_000  # type: ignore[union-attr]


def test_a_new_policy_says_all_that_was_typed(manager_browser: Client) -> None:
    cards, calendar = make_category(), make_calendar()
    sent = typed(
        name="VIP",
        name_zh="贵宾",
        resolution_high="2 h",
        resolution_normal="6h",
        resolution_low="2 d",
        resolution_hours=str(calendar.pk),
        resolution_warn="1 h, 50%",
        resolution_hand_on="90 min",
        next_response_high="",
        next_response_normal="",
        next_response_low="",
        pause_customer=["resolution"],
        when_category=[str(cards.pk)],
        when_priority=["high"],
        rung0_at="50%",
        rung0_to="manager",
    )
    sent.pop("pause_hold")
    assert manager_browser.post(NEW, sent)["Location"] == LIST
    known = SlaPolicy.objects.get(name="VIP").current.said()  # type: ignore[union-attr]
    assert known.when == {"category": (cards.pk,), "priority": ("high",)}
    assert "next_response" not in known.targets
    target = known.targets["resolution"]
    assert target.seconds == {"high": 7200, "normal": 21_600, "low": 172_800}
    assert (target.hours, target.hand_on_s) == (calendar.pk, 5400)
    assert (target.warn_s, target.warn_shares) == ((3600,), (0.5,))
    assert known.pauses["customer"] == ("resolution",)
    assert "hold" not in known.pauses
    assert known.ladder[0].to == "manager"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("first_response_high", "", "First response, priority High: enter a time as 5:00"),
        ("resolution_normal", "5", "Resolution, priority Normal: enter a time as 5:00"),
        ("resolution_low", "500 d", "enter a time from 1 second to 400 days"),
        ("resolution_warn", "soon", "“soon” is no time"),
        ("resolution_warn", "120%", "warn after the start and before the end"),
        ("resolution_hand_on", "x", "Resolution: hand on: enter a time"),
        ("resolution_hours", "17", "Select a valid choice"),
        ("name", "", "Enter the name."),
        ("rung0_at", "often", "Escalation: enter a share"),
        ("rung0_to", "", "Escalation: choose who is told."),
    ],
)
def test_what_cannot_be_read_is_said_at_its_field(
    field: str, value: str, words: str, manager_browser: Client, ticket: Any
) -> None:
    answer = manager_browser.post(edit(), typed(**{field: value}), headers=HX)
    page = text(answer)
    assert answer.status_code == 422
    assert words in page
    assert f'href="#id_{field}"' in page
    assert standard().current.number == 1  # type: ignore[union-attr]


def test_a_first_response_is_always_promised(manager_browser: Client) -> None:
    answer = manager_browser.post(edit(), first(""))
    assert answer.status_code == 422
    assert "Promise a first response" in text(answer)


def test_the_first_response_is_not_offered_to_pause(manager_browser: Client) -> None:
    assert 'name="pause_customer" value="resolution"' in text(manager_browser.get(edit()))
    assert 'name="pause_customer" value="first_response"' not in text(manager_browser.get(edit()))
    answer = manager_browser.post(edit(), typed(pause_customer=["first_response"]))
    assert answer.status_code == 422


def test_the_last_policy_for_everybody_gets_no_conditions(
    manager_browser: Client, ticket: Any
) -> None:
    answer = manager_browser.post(edit(), typed(when_segment=["corporate"]))
    assert answer.status_code == 422
    assert "has to remain" in text(answer)


# ---- the preview ----------------------------------------------------------------------------
def test_a_change_that_touches_open_tickets_is_shown_first(
    manager_browser: Client, ticket: Any
) -> None:
    sent = first("10 min")
    answer = manager_browser.post(edit(), sent, headers=HX)
    page = text(answer)
    assert answer.status_code == 200
    assert "This touches 1 open ticket" in page
    assert f"#{ticket.pk}" in page
    assert 'value="keep" checked' in page
    assert 'name="first_response_high" value="10 min"' in page
    assert standard().current.number == 1  # type: ignore[union-attr]
    assert text(manager_browser.post(edit(), sent)).count("<h1") == 1


@pytest.mark.parametrize(
    ("apply", "seconds"), [("keep", 300), ("fresh", 720), ("recompute", 600), ("", 300)]
)
def test_the_open_tickets_take_the_way_that_was_chosen(
    apply: str, seconds: int, manager_browser: Client, ticket: Any
) -> None:
    sent = first("10 min", do="confirm") | ({"apply": apply} if apply else {})
    answer = manager_browser.post(edit(), sent, headers=HX)
    assert answer["HX-Redirect"] == LIST
    assert due(ticket) == after(seconds)
    assert standard().current.number == 2  # type: ignore[union-attr]


def test_one_may_go_back_from_the_preview(manager_browser: Client, ticket: Any) -> None:
    answer = manager_browser.post(edit(), first("10 min", do="back"), headers=HX)
    assert answer.status_code == 200
    assert 'value="10 min"' in text(answer)
    assert standard().current.number == 1  # type: ignore[union-attr]


def test_of_two_who_edit_the_second_is_told(
    manager: User, manager_browser: Client, ticket: Any
) -> None:
    known = said()
    del known["targets"]["acceptance"]
    save(manager, known, standard())
    answer = manager_browser.post(edit(), first("10 min", do="confirm", seen="1"))
    assert answer.status_code == 422
    assert "changed this policy since" in text(answer)
    assert standard().current.number == 2  # type: ignore[union-attr]


def test_the_preview_costs_the_same_for_ten_tickets(
    group: Group,
    owner: User,
    manager_browser: Client,
    ticket: Any,
    sql_of: Callable[..., list[str]],
) -> None:
    manager_browser.post(edit(), first("10 min"))
    one = sql_of(lambda: manager_browser.post(edit(), first("10 min")))
    for _n in range(9):
        received(group, owner)
    ten = sql_of(lambda: manager_browser.post(edit(), first("10 min")))
    assert len(ten) == len(one), "\n".join(ten)


# ---- versions -------------------------------------------------------------------------------
def test_an_old_version_is_read_as_it_was(manager: User, manager_browser: Client) -> None:
    known = said()
    known["targets"]["first_response"]["seconds"]["low"] = 1800
    save(manager, known, standard())
    page = text(manager_browser.get(edit()))
    assert "The first version" in page
    at = f"{edit()}versions/1/"
    assert "30 min" not in text(manager_browser.get(at)).split("Next response")[0]
    assert "30 min" in text(manager_browser.get(f"{edit()}versions/2/")).split("Next response")[0]
    assert manager_browser.get(f"{edit()}versions/3/").status_code == 404


def test_settings_link_to_the_policies_of_who_may(
    manager_browser: Client, owner_browser: Client
) -> None:
    assert f'href="{LIST}"' in text(manager_browser.get("/settings/skills/"))
    assert f'href="{LIST}"' not in text(owner_browser.get("/settings/api/"))


def test_a_new_contact_is_promised_what_was_saved(
    group: Group, owner: User, manager_browser: Client
) -> None:
    manager_browser.post(NEW, first("2 min", name="VIP", when_segment=["personal"]))
    ticket = actions.receive(
        by=owner, customer=make_customer(), group=group, channel="web", subject="x", now=T0
    )
    assert due(ticket) == after(120)


def test_a_version_says_what_it_changed(manager: User, manager_browser: Client) -> None:
    cards, calendar = make_category(name="Cards"), make_calendar(name="Tuesdays")
    row = save(manager, said(when={"channel": ["phone"]}))
    known = said(when={"category": [cards.pk]}, pauses={}, ladder=[])
    known["targets"]["resolution"]["hours"] = calendar.pk
    save(manager, known, row)
    at = f"/settings/promises/{row.pk}/"
    page = text(manager_browser.get(at))
    assert "Resolution, Pauses, Conditions, Escalation" in page
    page = text(manager_browser.get(f"{at}versions/2/"))
    for words in ("Cards", "Tuesdays", "Never", "Nobody"):
        assert words in page
    always = said(when={"category": [cards.pk]})
    always["targets"]["resolution"]["hours"] = "always"
    save(manager, always, row)
    assert "Day and night" in text(manager_browser.get(f"{at}versions/3/"))
