"""The pages and the API of the bank, of tests and of marking."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from teams.models import User
from tests.factories import after, make_user
from tests.training.bank import (
    OPTIONS,
    answer_all,
    make_attempt,
    make_enrolment,
    make_question,
    make_tested_course,
    right,
    wrong,
)
from training import actions
from training.models import Attempt, AttemptItem, Question

pytestmark = pytest.mark.django_db
Browser = Callable[[User], Client]
HTMX: dict[str, Any] = {"HTTP_HX_REQUEST": "true"}


def sent(form: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """An answer as the page's form sends it."""
    if "chosen" in given:
        return form | {"answer": [str(place) for place in given["chosen"]]}
    if "text" in given:
        return form | {"answer": given["text"]}
    ranks = given.get("places") or given.get("pairs") or {}
    return form | {f"p.{place}": str(end) for place, end in ranks.items()}


# ---- the learner --------------------------------------------------------------------------------
@pytest.mark.usefixtures("clock")
def test_one_begins_answers_every_kind_hands_in_and_sees_the_key(
    owner: User, owner_browser: Client
) -> None:
    kinds = ("single", "multiple", "ordering", "matching")
    attempt = make_attempt(owner, kinds=kinds)
    url = f"/training/tests/{attempt.pk}/"
    begun = owner_browser.post(f"/training/tests/of/{attempt.enrolment_id}/begin/")
    assert begun.headers["Location"] == url
    for item in attempt.items.select_related("question").order_by("position"):
        page = owner_browser.get(url)  # the first that is not answered
        assert page.context["item"] == item
        assert page.content.decode().count("<form") >= 1
        body = sent({"seen": "0", "window": "w"}, right(item))
        assert owner_browser.post(f"{url}{item.position}/", body).status_code == 302
    assert "4 of 4 questions answered" in owner_browser.get(f"{url}?q=end").content.decode()
    done = owner_browser.post(f"{url}hand-in/", follow=True)
    told = done.content.decode()
    assert "Passed" in told
    assert "Right would be" in told
    assert "Because the card could be used" in told


@pytest.mark.usefixtures("clock")
def test_a_silent_save_answers_with_the_state_alone(owner: User, owner_browser: Client) -> None:
    attempt = make_attempt(owner)
    item = attempt.items.select_related("question").get(position=1)
    url = f"/training/tests/{attempt.pk}/1/"
    body = sent({"seen": "0", "window": "first"}, wrong(item))
    saved = owner_browser.post(url, body, **HTMX)
    assert saved.status_code == 200
    assert saved.content.decode().lstrip().startswith('<p class="test-saved"')
    assert "Saved" in saved.content.decode()
    stale = owner_browser.post(url, sent({"seen": "0", "window": "b"}, right(item)), **HTMX)
    assert stale.status_code == 422
    assert "another window" in stale.content.decode()
    item.refresh_from_db()
    assert item.given == wrong(item)


def test_after_the_deadline_every_page_leads_to_the_result(
    owner: User, owner_browser: Client, clock: Any
) -> None:
    attempt = make_attempt(owner, time_limit_s=600)
    item = attempt.items.select_related("question").get(position=1)
    url, body = f"/training/tests/{attempt.pk}/", sent({"seen": "0"}, right(item))
    clock.tick(601)
    late = owner_browser.post(f"{url}1/", body, **HTMX)
    assert late.headers["HX-Redirect"] == f"{url}result/"
    attempt.refresh_from_db()
    assert (attempt.ended, attempt.closed_at) == ("ran_out", after(600))
    item.refresh_from_db()
    assert item.given == {}
    for again in (owner_browser.get(url), owner_browser.post(f"{url}hand-in/")):
        assert again.headers["Location"] == f"{url}result/"
    assert "Time ran out" in owner_browser.get(f"{url}result/").content.decode()


@pytest.mark.usefixtures("clock")
def test_the_key_stays_hidden_while_one_may_try_again(owner: User, owner_browser: Client) -> None:
    attempt = make_attempt(owner, attempts=2)
    answer_all(attempt, hits=1)
    actions.hand_in(attempt.pk, by=owner, now=after(60))
    told = owner_browser.get(f"/training/tests/{attempt.pk}/result/").content.decode()
    assert "Not passed" in told
    assert "Wrong" in told
    assert "Right would be" not in told
    assert "Because the card could be used" not in told
    second = actions.start_test(attempt.enrolment_id, by=owner, now=after(90))
    actions.hand_in(second.pk, by=owner, now=after(99))
    ended = owner_browser.get(f"/training/tests/{attempt.pk}/result/").content.decode()
    assert "Right would be" in ended


@pytest.mark.usefixtures("clock")
def test_the_gain_is_told_with_both_tests(owner: User, owner_browser: Client) -> None:
    for _n in range(4):
        make_question()
    course = make_tested_course(n=4, pretest=True, pass_mark=70)
    enrolment = make_enrolment(owner, course=course)
    listed = f"/training/tests/of/{enrolment.pk}/"
    assert "Begin the test before the lessons" in owner_browser.get(listed).content.decode()
    told = ""
    for purpose, hits in (("before", 2), ("after", 3)):
        attempt = actions.start_test(enrolment.pk, by=owner, now=after(1), purpose=purpose)
        answer_all(attempt, hits=hits, now=after(2))
        actions.hand_in(attempt.pk, by=owner, now=after(3))
        told = owner_browser.get(f"/training/tests/{attempt.pk}/result/").content.decode()
    assert "Before the lessons 50, after them 75." in told
    assert "Gain 0.50" in told
    assert "Gain 0.50" in owner_browser.get(listed).content.decode()


@pytest.mark.usefixtures("clock")
def test_what_may_not_begin_says_why(owner: User, owner_browser: Client) -> None:
    enrolment = make_enrolment(owner)
    page = owner_browser.post(f"/training/tests/of/{enrolment.pk}/begin/", follow=True)
    assert "too few questions" in page.content.decode()
    assert not Attempt.objects.exists()


def test_nobody_sees_anothers_test(
    owner: User, colleague: User, manager: User, browser_of: Browser
) -> None:
    attempt = make_attempt(owner)
    for other in (colleague, manager):
        client = browser_of(other)
        for path in ("", "result/"):
            assert client.get(f"/training/tests/{attempt.pk}/{path}").status_code == 404
        assert client.post(f"/training/tests/{attempt.pk}/hand-in/").status_code == 404


def test_the_page_gives_no_key_away(owner: User, owner_browser: Client) -> None:
    attempt = make_attempt(owner, kinds=("matching",))
    item = attempt.items.select_related("question").get()
    item.shown = {"options": [0, 1], "partners": [1, 0]}
    item.save()
    page = owner_browser.get(f"/training/tests/{attempt.pk}/").content.decode()
    assert '<option value="1">Payments</option>' in page.replace("\n", "")
    assert "why" not in page
    assert "Because the card" not in page


# ---- authors ------------------------------------------------------------------------------------
def body_of(kind: str, **over: Any) -> dict[str, Any]:
    lines = OPTIONS[kind]
    body: dict[str, Any] = {
        "kind": kind,
        "text": "What first?",
        "text_zh": "先做什么？",
        "area": "emergency",
        "difficulty": "hard",
        "points": "2",
        "options-TOTAL_FORMS": str(len(lines)),
        "options-INITIAL_FORMS": "0",
    }
    for n, line in enumerate(lines):
        body |= {f"options-{n}-{name}": value for name, value in line.items() if value}
    return body | over


@pytest.mark.parametrize("kind", list(OPTIONS))
def test_an_author_writes_a_question_of_each_kind(manager_browser: Client, kind: str) -> None:
    assert manager_browser.get(f"/training/bank/new/?kind={kind}").status_code == 200
    assert manager_browser.post("/training/bank/new/", body_of(kind)).status_code == 302
    made = Question.objects.get()
    assert (made.kind, made.points, len(made.options)) == (kind, 2, len(OPTIONS[kind]))
    assert manager_browser.get(f"/training/bank/{made.pk}/").status_code == 200


def test_a_changed_question_is_a_new_one_and_answers_keep_theirs(
    owner: User, manager_browser: Client
) -> None:
    attempt = make_attempt(owner)
    item = attempt.items.select_related("question").get(position=1)
    url = f"/training/bank/{item.question_id}/"
    same = {"area": "communication", "difficulty": "easy", "points": "1"}
    body = body_of("single", **same | {"options-INITIAL_FORMS": "3"})
    assert manager_browser.post(url, body).status_code == 302
    made = Question.objects.latest("pk")
    old = Question.objects.get(pk=item.question_id)
    assert made.replaces == old
    assert old.retired_at is not None
    assert old.text.startswith("Question")
    item.refresh_from_db()
    assert item.question == old
    page = manager_browser.get(url).content.decode()
    assert "A newer wording has taken its place" in page
    assert "Somebody has changed" in manager_browser.post(url, body).content.decode()
    assert manager_browser.post(f"/training/bank/{made.pk}/", body).status_code == 302
    assert Question.objects.latest("pk") == made  # nothing changed, nothing written


@pytest.mark.parametrize(
    ("kind", "over", "said"),
    [
        ("single", {"text": ""}, "Question"),
        ("single", {"options-1-right": "on"}, "exactly one"),
        ("multiple", {"options-0-right": "", "options-1-right": ""}, "at least one"),
        ("single", {"options-TOTAL_FORMS": "1"}, "at least two"),
        ("matching", {"options-0-partner": ""}, "what belongs to each"),
        ("ordering", {"options-1-text": "Greet"}, "the same"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(
    manager_browser: Client, kind: str, over: dict[str, Any], said: str
) -> None:
    refused = manager_browser.post("/training/bank/new/", body_of(kind, **over))
    assert refused.status_code == 422
    assert said in refused.content.decode()
    assert not Question.objects.exists()


def test_what_a_course_needs_is_not_retired(manager_browser: Client) -> None:
    one, _two = make_question(), make_question()
    course = make_tested_course()
    page = manager_browser.post(f"/training/bank/{one.pk}/retire/", follow=True)
    assert f"The test of “{course}” needs it" in page.content.decode()
    one.refresh_from_db()
    assert one.retired_at is None
    make_question()
    manager_browser.post(f"/training/bank/{one.pk}/retire/")
    one.refresh_from_db()
    assert one.retired_at is not None


def test_the_bank_is_narrowed_and_says_which_tests_it_cannot_draw(manager_browser: Client) -> None:
    make_question(text="About loans", kind="text"), make_question(area="product")
    course = make_tested_course(n=5)
    page = manager_browser.get("/training/bank/").content.decode()
    assert f"<b>{course}</b>: Communication, Easy: the test draws 5 questions" in page
    for query, n in (("q=loans", 1), ("area=product", 1), ("kind=ordering", 0), ("", 2)):
        found = manager_browser.get(f"/training/bank/?{query}", **HTMX)
        assert found.content.decode().count('data-l="Area"') == n, query


def test_results_of_courses_are_told(manager_browser: Client, owner: User) -> None:
    attempt = make_attempt(owner)
    answer_all(attempt)
    actions.hand_in(attempt.pk, by=owner, now=after(60))
    (row,) = manager_browser.get("/training/bank/courses/").context["rows"]
    assert (row.n, row.passed, row.mean, row.pairs, row.gain) == (1, 1, 100, 0, None)


@pytest.mark.parametrize("path", ["bank/", "bank/new/", "bank/courses/", "bank/marking/"])
def test_a_specialist_reaches_no_page_of_authors(owner_browser: Client, path: str) -> None:
    assert owner_browser.get(f"/training/{path}").status_code == 403


# ---- trainers -----------------------------------------------------------------------------------
@pytest.mark.usefixtures("clock")
def test_a_trainer_marks_without_a_name(owner: User, manager_browser: Client) -> None:
    attempt = make_attempt(owner, kinds=("text",))
    answer_all(attempt)
    actions.hand_in(attempt.pk, by=owner, now=after(60))
    item = attempt.items.get()
    listed = manager_browser.get("/training/bank/marking/").content.decode()
    page = manager_browser.get(f"/training/bank/marking/{item.pk}/").content.decode()
    assert "I would listen first" in page
    for text in (listed, page):
        assert owner.name not in text
        assert owner.username not in text
    wrong_points = manager_browser.post(f"/training/bank/marking/{item.pk}/", {"points": "9"})
    assert wrong_points.status_code == 422
    done = manager_browser.post(f"/training/bank/marking/{item.pk}/", {"points": "1"})
    assert done.headers["Location"] == "/training/bank/marking/"
    assert Attempt.objects.get().passed
    assert manager_browser.get(f"/training/bank/marking/{item.pk}/").status_code == 404


# ---- numbers of queries -------------------------------------------------------------------------
def test_lists_ask_the_same_for_one_and_for_ten(
    manager: User, browser_of: Browser, sql_of: Callable[..., list[str]]
) -> None:
    client = browser_of(manager)

    def fill(n: int) -> None:
        for _n in range(n):
            attempt = make_attempt(make_user(), kinds=("text", "single"))
            answer_all(attempt)
            actions.hand_in(attempt.pk, by=attempt.enrolment.user, now=after(60))

    def asked(path: str) -> int:
        client.get(path)
        return len(sql_of(lambda: client.get(path)))

    paths = [f"/training/bank/{path}" for path in ("", "marking/", "courses/")]
    fill(1)
    first = [asked(path) for path in paths]
    fill(9)
    assert [asked(path) for path in paths] == first
    assert all(n < 15 for n in first)


# ---- API ----------------------------------------------------------------------------------------
def test_programs_take_a_test(owner: User, api: APIClient, clock: Any) -> None:
    make_question(), make_question()
    enrolment = make_enrolment(owner, course=make_tested_course(time_limit_s=600))
    made = api.post("/api/v1/attempts/", {"enrolment": enrolment.pk}, format="json")
    assert made.status_code == 201
    test = made.json()
    url = f"/api/v1/attempts/{test['id']}/"
    assert [len(item["options"]) for item in test["items"]] == [3, 3]
    assert "right" not in made.content.decode()
    for item in AttemptItem.objects.select_related("question"):
        body = {"position": item.position, "given": right(item), "seen": 0}
        assert api.post(f"{url}answer/", body, format="json").status_code == 200
    stale = {"position": 1, "given": {}, "seen": 0}
    assert api.post(f"{url}answer/", stale, format="json").status_code == 412
    faulty = {"position": 1, "given": {"chosen": [9]}}
    assert api.post(f"{url}answer/", faulty, format="json").status_code == 400
    nowhere = {"position": 7, "given": {}}
    assert api.post(f"{url}answer/", nowhere, format="json").status_code == 404
    done = api.post(f"{url}hand_in/").json()
    assert (done["score"], done["passed"], done["ended"]) == ("100.00", True, "handed_in")
    assert api.post(f"{url}hand_in/").status_code == 409
    assert [row["id"] for row in api.get("/api/v1/attempts/").json()["results"]] == [test["id"]]
    clock.tick(1)


def test_a_program_that_reads_a_test_that_ran_out_closes_it(
    owner: User, api: APIClient, clock: Any
) -> None:
    attempt = make_attempt(owner, time_limit_s=600)
    clock.tick(601)
    read = api.get(f"/api/v1/attempts/{attempt.pk}/").json()
    assert (read["ended"], read["score"]) == ("ran_out", "0.00")
    assert api.post(f"/api/v1/attempts/{attempt.pk}/hand_in/").status_code == 409


def test_programs_of_authors_keep_the_bank(
    manager: User, owner: User, api_of: Callable[[User], APIClient]
) -> None:
    body = {
        "kind": "single",
        "area": "product",
        "difficulty": "easy",
        "text": "What is a fund?",
        "options": OPTIONS["single"],
    }
    client = api_of(manager)
    assert api_of(owner).post("/api/v1/questions/", body, format="json").status_code == 403
    assert api_of(owner).get("/api/v1/questions/").status_code == 403
    made = client.post("/api/v1/questions/", body, format="json")
    assert made.status_code == 201
    url = f"/api/v1/questions/{made.json()['id']}/"
    revised = client.post(f"{url}revise/", body | {"text": "What is it?"}, format="json")
    assert revised.json()["replaces"] == made.json()["id"]
    assert client.post(f"{url}revise/", body, format="json").status_code == 412
    assert client.post(f"{url}retire/").status_code == 412
    faulty = client.post("/api/v1/questions/", body | {"options": []}, format="json")
    assert (faulty.status_code, faulty.json()["errors"][0]["field"]) == (400, "options")
    rows = client.get("/api/v1/questions/?area=product").json()["results"]
    assert [row["id"] for row in rows] == [revised.json()["id"]]
    assert len(client.get("/api/v1/questions/?retired=true").json()["results"]) == 1
    last = f"/api/v1/questions/{revised.json()['id']}/retire/"
    assert client.post(last).json()["retired_at"] is not None
    assert client.post(last).status_code == 409
