"""Every verb of a ticket over the API: its way, its 409, its If-Match."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from rest_framework.test import APIClient

from csservice.ledger.models import Entry
from teams.models import Group, User
from tests.factories import (
    ANSWERS,
    after,
    make_category,
    make_guide,
    make_message,
    make_product,
    make_ticket,
    make_user,
)
from tests.tickets.support import kinds, unchanged
from tickets.api.verbs import TicketVerbs
from tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db
V1 = "/api/v1/tickets/"
REASON = {"reason": "A reason"}


class Way(NamedTuple):
    """A verb: the state it starts from, what is sent, what then is on the ticket, the event."""

    state: dict[str, Any]
    sent: Callable[[Ticket, User], dict[str, Any]]
    then: dict[str, Any]
    kind: str
    closed_to: dict[str, Any] | None = None


def _analysis(ticket: Ticket, by: User) -> dict[str, Any]:
    guide = make_guide()
    return {
        "need": "A new card",
        "category": guide.category_id,
        "answers": ANSWERS,
        "solution": "Send one",
        "product": make_product().pk,
    }


def _into(ticket: Ticket, by: User) -> dict[str, Any]:
    return {"into": make_ticket(customer=ticket.customer, group=ticket.group).pk}


def _words(**sent: Any) -> Callable[[Ticket, User], dict[str, Any]]:
    return lambda ticket, by: sent


def _held(ticket: Ticket, by: User) -> dict[str, Any]:
    """A colleague's reply that waits."""
    return {"message": make_message(ticket=ticket, kind="held", author=make_user()).pk}


def _given_back(ticket: Ticket, by: User) -> dict[str, Any]:
    return _held(ticket, by) | REASON


ANALYSIS, RESOLUTION = {"step": "analysis"}, {"step": "resolution"}
FEEDBACK, CLOSED = {"step": "feedback"}, {"step": "closed"}
RATED = FEEDBACK | {"satisfaction": "refused"}
WAITS = ANALYSIS | {"waiting_on": "customer"}
ENDED = {"step": "feedback", "outcome": "solved"}
SPLIT = {"split_from": "another"}
MERGED = CLOSED | {"outcome": "duplicate", "merged_into": "another"}
OFFERED = ANALYSIS | {"waiting_on": "expert", "handed_to": "by"}
WAYS = {
    "respond": Way({}, _words(text="Hello there"), {"owner": "by"}, "ticket.responded", CLOSED),
    "note": Way({}, _words(text="For us"), {"step": "reception"}, "ticket.noted"),
    "log_call": Way(ANALYSIS, _words(text="Called"), ANALYSIS, "ticket.replied", CLOSED),
    "hear": Way(
        WAITS,
        _words(text="It came", channel="phone"),
        {"waiting_on": "nobody"},
        "ticket.heard",
        CLOSED,
    ),
    "record_basics": Way(
        {}, _words(reply_language="en"), {"reply_language": "en"}, "ticket.basics_recorded", CLOSED
    ),
    "analyse": Way(ANALYSIS, _analysis, RESOLUTION, "ticket.analysed", RESOLUTION),
    "hand_over": Way(
        ANALYSIS,
        lambda t, by: {"to": {"group": t.group_id}, "context": "All told"} | REASON,
        {"waiting_on": "expert"},
        "ticket.handed_over",
        {},
    ),
    "accept": Way(OFFERED, _words(), {"owner": "by"}, "ticket.accepted", ANALYSIS),
    "return_back": Way(OFFERED, _words(**REASON), ANALYSIS, "ticket.returned", ANALYSIS),
    "wait": Way(ANALYSIS, _words(**{"for": "customer"}, **REASON), WAITS, "ticket.waiting", WAITS),
    "resume": Way(WAITS, _words(), {"waiting_on": "nobody"}, "ticket.resumed", ANALYSIS),
    "resolve": Way(
        RESOLUTION, _words(outcome="solved", summary="Sent"), ENDED, "ticket.resolved", ANALYSIS
    ),
    "satisfaction": Way(
        FEEDBACK, _words(score=4, channel="phone"), {"score": 4}, "feedback.received", ANALYSIS
    ),
    "close": Way(RATED, _words(), CLOSED, "ticket.closed", FEEDBACK),
    "reopen": Way(FEEDBACK, _words(**REASON), {"reopens": 1}, "ticket.reopened", ANALYSIS),
    "assign": Way({}, lambda t, by: {"to": by.pk}, {"owner": "by"}, "ticket.assigned", CLOSED),
    "merge": Way(ANALYSIS, _into, CLOSED, "ticket.merged", FEEDBACK),
    "mark_complaint": Way({}, _words(), {"is_complaint": True}, "ticket.complaint_marked"),
    "set_aside": Way(
        FEEDBACK | {"heard_at": after(7200)},
        _words(),
        {"heard_at": None},
        "ticket.set_aside",
        CLOSED,
    ),
    "release_reply": Way({}, _held, {"step": "reception"}, "ticket.responded", CLOSED),
    "return_reply": Way({}, _given_back, {"responded_at": None}, "ticket.noted"),
    "unmerge": Way(MERGED, _words(), RESOLUTION, "ticket.unmerged", FEEDBACK),
    "split": Way(
        ANALYSIS | {"description": "A card and a loan"},
        _words(subject="A loan", opening=True),
        ANALYSIS,
        "ticket.split",
        CLOSED,
    ),
    "unsplit": Way(SPLIT, _words(), CLOSED, "ticket.unsplit", FEEDBACK),
    "waive": Way(
        ANALYSIS | {"responded_at": after(400)},
        _words(metric="first_response", **REASON),
        {},
        "clock.waiver_asked",
    ),
}


def _ticket(state: dict[str, Any], group: Group, by: User) -> Ticket:
    state = {key: by if value == "by" else value for key, value in state.items()}
    if state.get("merged_into") == "another":
        state["merged_into"] = make_ticket(group=group, owner=by)
        state["customer"] = state["merged_into"].customer
    if state.get("split_from") == "another":
        state["split_from"] = make_ticket(group=group, owner=by)
    if "handed_to" not in state:
        state["owner"] = by
    return make_ticket(group=group, **state)


def test_every_verb_of_the_api_has_its_way_here() -> None:
    apart = {"macro", "tick"}  # tests/tickets/test_api_macros.py
    assert {action.__name__ for action in TicketVerbs.get_extra_actions()} - apart == set(WAYS)


@pytest.mark.parametrize("verb", WAYS)
def test_a_verb_does_what_it_says_and_answers_the_ticket(
    verb: str, api: APIClient, owner: User, group: Group, clock: Any
) -> None:
    way = WAYS[verb]
    ticket = _ticket(way.state, group, owner)
    answer = api.post(f"{V1}{ticket.pk}/{verb}/", way.sent(ticket, owner))
    assert answer.status_code == 200, answer.content
    body = answer.json()
    expected = {key: owner.pk if value == "by" else value for key, value in way.then.items()}
    assert {key: body[key] for key in expected} == expected
    assert answer["ETag"] == f'"{body["version"]}"'
    assert body["version"] > ticket.version
    ticket.refresh_from_db()
    assert body["moves"] == ticket.offered
    assert kinds(ticket)[-1] == way.kind
    assert body == api.get(f"{V1}{ticket.pk}/").json()


@pytest.mark.parametrize("verb", [verb for verb, way in WAYS.items() if way.closed_to is not None])
def test_a_verb_that_is_not_open_is_409_with_what_is(
    verb: str, api: APIClient, owner: User, group: Group, clock: Any
) -> None:
    way = WAYS[verb]
    assert way.closed_to is not None
    ticket = _ticket(way.closed_to, group, owner)
    sent = way.sent(ticket, owner)
    with unchanged():
        answer = api.post(f"{V1}{ticket.pk}/{verb}/", sent)
    assert answer.status_code == 409, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["moves"] == ticket.offered


@pytest.mark.parametrize("verb", WAYS)
def test_a_verb_on_a_ticket_that_changed_since_is_412(
    verb: str, api: APIClient, owner: User, group: Group, clock: Any
) -> None:
    way = WAYS[verb]
    ticket = _ticket(way.state, group, owner)
    sent, url = way.sent(ticket, owner), f"{V1}{ticket.pk}/{verb}/"
    for tag in ('"7"', '"x"', "1", '"' + "9" * 30 + '"'):
        with unchanged():
            answer = api.post(url, sent, HTTP_IF_MATCH=tag)
        assert answer.status_code == 412, tag
    assert api.post(url, sent, HTTP_IF_MATCH='"1"').status_code == 200


@pytest.mark.parametrize("verb", WAYS)
def test_a_strangers_ticket_is_404_and_nothing_is_written(
    verb: str, stranger: User, api_of: Callable[[User], APIClient], owner: User, group: Group
) -> None:
    way = WAYS[verb]
    ticket = _ticket(way.state, group, owner)
    sent = way.sent(ticket, owner)
    with unchanged():
        answer = api_of(stranger).post(f"{V1}{ticket.pk}/{verb}/", sent)
    assert answer.status_code == {"merge": 400, "assign": 403}.get(verb, 404)


@pytest.mark.parametrize(
    ("verb", "state", "sent", "field"),
    [
        ("respond", {}, {}, "text"),
        ("respond", {}, {"text": "  "}, "text"),
        ("respond", {}, {"text": "…"}, "text"),
        ("note", {}, {"text": "@nobody.here look"}, "text"),
        ("hear", {}, {"text": "x", "channel": "owl"}, "channel"),
        ("record_basics", {}, {"customer": 10**30}, "customer"),
        ("record_basics", {}, {"identity_check": "maybe"}, "identity_check"),
        ("analyse", ANALYSIS, {"need": "n", "solution": "s"}, "category"),
        ("analyse", ANALYSIS, {"need": "n", "solution": "s", "category": 10**30}, "category"),
        ("hand_over", ANALYSIS, {"to": 10**30} | REASON, "to"),
        ("hand_over", ANALYSIS, {"to": {"group": "x"}} | REASON, "to"),
        ("hand_over", ANALYSIS, {"to": True} | REASON, "to"),
        ("hand_over", ANALYSIS, {"to": 1, "reason": ""}, "reason"),
        ("wait", ANALYSIS, {"for": "godot"} | REASON, "for"),
        ("resolve", RESOLUTION, {"outcome": "magic", "summary": "s"}, "outcome"),
        ("satisfaction", FEEDBACK, {}, "score"),
        ("satisfaction", FEEDBACK, {"score": 6}, "score"),
        ("satisfaction", FEEDBACK, {"score": 5, "channel": "link"}, "channel"),
        ("assign", {}, {"to": 10**30}, "to"),
        ("merge", {}, {"into": 10**30}, "into"),
        ("split", {}, {"messages": [1]}, "subject"),
        ("split", {}, {"subject": "A loan"}, "messages"),
        ("split", {}, {"subject": "A loan", "messages": [10**30]}, "messages.0"),
        ("split", {}, {"subject": "A loan", "opening": True, "group": 10**30}, "group"),
        ("mark_complaint", {}, {"marked": "perhaps"}, "marked"),
    ],
)
def test_a_wrong_word_is_400_with_its_field_and_nothing_is_written(
    verb: str,
    state: dict[str, Any],
    sent: dict[str, Any],
    field: str,
    api: APIClient,
    owner: User,
    group: Group,
) -> None:
    ticket = _ticket(state, group, owner)
    with unchanged():
        answer = api.post(f"{V1}{ticket.pk}/{verb}/", sent)
    assert answer.status_code == 400, answer.content
    assert field in {error["field"] for error in answer.json()["errors"]}


def test_an_answer_that_the_guide_does_not_know_names_the_question(
    api: APIClient, owner: User, group: Group
) -> None:
    ticket, guide = _ticket(ANALYSIS, group, owner), make_guide()
    sent = {"need": "n", "solution": "s", "category": guide.category_id, "answers": {"lost": "?"}}
    answer = api.post(f"{V1}{ticket.pk}/analyse/", sent)
    assert answer.json()["errors"][0]["field"] == "answers.lost"


def test_a_draft_stays_in_the_analysis(api: APIClient, owner: User, group: Group) -> None:
    ticket = _ticket(ANALYSIS, group, owner)
    sent = {"need": "Half", "solution": "x", "category": make_category().pk, "draft": True}
    body = api.post(f"{V1}{ticket.pk}/analyse/", sent).json()
    assert (body["step"], body["need"]) == ("analysis", "Half")


def test_an_internal_reply_is_a_note(api: APIClient, ticket: Ticket) -> None:
    body = api.post(f"{V1}{ticket.pk}/respond/", {"text": "For us", "internal": True}).json()
    assert body["responded_at"] is None
    assert Message.objects.get().kind == "note"


def test_a_customer_may_refuse_to_rate(api: APIClient, owner: User, group: Group) -> None:
    ticket = _ticket(FEEDBACK, group, owner)
    body = api.post(f"{V1}{ticket.pk}/satisfaction/", {"refused": True}).json()
    assert (body["satisfaction"], body["score"]) == ("refused", None)
    assert Entry.objects.get().kind == "feedback.refused"


def test_a_whole_service_by_programs_alone(
    api: APIClient, owner: User, group: Group, clock: Any
) -> None:
    """From reception to satisfaction, each verb offered before it is called."""
    sent = {"channel": "web", "subject": "Lost card", "group": group.pk}
    body = api.post(V1, sent | {"customer": {"name": "Ada", "email": "ada@x.example"}}).json()
    guide, url = make_guide(), f"{V1}{body['number']}/"
    steps: list[tuple[str, dict[str, Any], str]] = [
        ("assign", {"to": owner.pk}, "reception"),
        ("respond", {"text": "We block it now."}, "reception"),
        ("record_basics", {}, "analysis"),
        (
            "analyse",
            {"need": "n", "solution": "s", "category": guide.category_id, "answers": ANSWERS},
            "resolution",
        ),
        ("resolve", {"outcome": "solved", "summary": "Blocked; a new one sent."}, "feedback"),
        ("satisfaction", {"score": 5}, "feedback"),
        ("close", {}, "closed"),
    ]
    for verb, words, step in steps:
        clock.tick(10)
        assert verb in body["moves"]
        body = api.post(f"{url}{verb}/", words).json()
        assert body["step"] == step, body
    assert body["clocks"]["first_response"] == {
        "due": "2026-01-05T09:05:00Z",
        "state": "met",
        "seconds": 20,
    }
