"""Pages of courses: browsed, begun, read and passed; written and published (L1-L4)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from rest_framework.test import APIClient

from teams.models import User
from tests.factories import T0, make_group, make_manager, make_product, make_user
from tests.training.factories import (
    make_begun,
    make_course,
    make_draft,
    make_lesson,
    make_lesson_file,
    make_need,
)
from training.models import Course, Enrolment, LessonFile, Record

pytestmark = pytest.mark.django_db


def test_a_learner_begins_reads_and_passes_a_course(owner: User, owner_browser: Client) -> None:
    course = make_course(name="Listening", roles=["specialist"])
    lesson = make_lesson(course=course)
    assert "Required course" in owner_browser.get("/training/").content.decode()
    begun = owner_browser.post(f"/training/courses/{course.pk}/begin/")
    assert begun.headers["Location"] == f"/training/courses/{course.pk}/lessons/{lesson.pk}/"
    read = owner_browser.get(begun.headers["Location"]).content.decode()
    assert "<h2>Listen</h2>" in read
    assert "<em>speak</em>" in read
    assert "Read, finish" in read
    passed = owner_browser.post(begun.headers["Location"], follow=True).content.decode()
    assert "You have passed this course" in passed
    assert Record.objects.get().user == owner
    mine = owner_browser.get("/training/").content.decode()
    assert "Required course" not in mine
    assert "Listening" in mine


def test_the_second_lesson_follows_the_first(owner: User, owner_browser: Client) -> None:
    begun = make_begun(user=owner)
    one, two = make_lesson(course=begun.course), make_lesson(course=begun.course)
    address = f"/training/courses/{begun.course_id}/lessons/"
    sent = owner_browser.post(f"{address}{one.pk}/")
    assert sent.headers["Location"] == f"{address}{two.pk}/"
    back = owner_browser.post(f"{address}{two.pk}/")
    assert back.headers["Location"] == f"/training/courses/{begun.course_id}/"


def test_a_product_lesson_says_what_the_catalogue_says_today(
    owner: User, owner_browser: Client
) -> None:
    product = make_product(name="Gold plan", features="Free for a year", risk_level="R4")
    lesson = make_lesson(course=make_course(), product=product)
    address = f"/training/courses/{lesson.version.course_id}/lessons/{lesson.pk}/"
    assert "Free for a year" in owner_browser.get(address).content.decode()
    product.features = "Free for two years"
    product.save()
    shown = owner_browser.get(address).content.decode()
    assert "Free for two years" in shown
    assert "C4" in shown


def test_a_course_that_others_come_before_is_not_begun(owner_browser: Client, owner: User) -> None:
    first, course = make_course(name="Basics"), make_course()
    course.needs_first.add(first)
    shown = owner_browser.get(f"/training/courses/{course.pk}/").content.decode()
    assert "Pass this first" in shown
    refused = owner_browser.post(f"/training/courses/{course.pk}/begin/")
    assert refused.status_code == 422
    assert not Enrolment.objects.exists()


def test_my_training_says_what_is_late_and_what_is_to_be_learnt(
    owner: User, owner_browser: Client
) -> None:
    make_begun(user=owner, course=make_course(name="Late one"), due_on="2020-01-01")
    make_need(user=owner)
    shown = owner_browser.get("/training/").content.decode()
    assert "days late" in shown
    assert "Learning need" in shown
    assert "1 is late." in shown


def test_a_draft_is_for_authors_only(owner_browser: Client, manager_browser: Client) -> None:
    course = Course.objects.create(name="Secret", area="service")
    draft = make_draft(course=course)
    lesson = make_lesson(course=course, version=draft)
    file = make_lesson_file(lesson=lesson)
    for address in (
        f"/training/courses/{course.pk}/",
        f"/training/courses/{course.pk}/lessons/{lesson.pk}/",
        f"/training/courses/{course.pk}/files/{file.pk}/",
    ):
        assert owner_browser.get(address).status_code == 404
        assert manager_browser.get(address).status_code == 200
    assert "Secret" not in owner_browser.get("/training/catalogue/").content.decode()


def test_a_file_is_a_download_and_never_a_page(owner_browser: Client) -> None:
    file = make_lesson_file(lesson=make_lesson(course=make_course()))
    course = file.lesson.version.course_id
    answer = owner_browser.get(f"/training/courses/{course}/files/{file.pk}/")
    assert answer.content == b"%PDF-1.4 lesson"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_an_author_writes_a_course_in_the_browser_and_publishes_it(
    manager_browser: Client, owner_browser: Client
) -> None:
    said = {"name": "Fees", "name_zh": "费用", "area": "product", "minutes": "20"}
    made = manager_browser.post("/training/courses/new/", said)
    course = Course.objects.get(name="Fees")
    assert made.headers["Location"] == f"/training/courses/{course.pk}/write/"
    lesson = {"title": "Fee one", "text": "# Fees\n\n- one", "text_zh": "# 费用"}
    address = f"/training/courses/{course.pk}/write/new/"
    preview = manager_browser.post(address, lesson | {"do": "preview"}).content.decode()
    assert "<h2>费用</h2>" in preview
    assert "Nothing is saved yet" in preview
    assert not course.versions.get().lessons.exists()
    leaf = SimpleUploadedFile("fees.pdf", b"%PDF-1.4 fees")
    assert manager_browser.post(address, lesson | {"files": [leaf]}).status_code == 302
    published = manager_browser.post(f"/training/courses/{course.pk}/do/publish/", follow=True)
    assert "Version 1 is on offer" in published.content.decode()
    assert LessonFile.objects.get().name == "fees.pdf"
    owner_browser.cookies["django_language"] = "zh-hans"
    assert "Fees" in owner_browser.get("/training/catalogue/").content.decode()


def test_a_wrong_course_is_shown_again_with_what_is_wrong(manager_browser: Client) -> None:
    make_course(name="Fees")
    said = {"name": "Fees", "area": "product", "minutes": "20"}
    answer = manager_browser.post("/training/courses/new/", said)
    assert answer.status_code == 422
    assert "There is a course with this name" in answer.content.decode()


def test_an_author_says_how_a_draft_is_tested(manager_browser: Client) -> None:
    course = make_course()
    address = f"/training/courses/{course.pk}/test/"
    assert manager_browser.get(address).status_code == 422
    manager_browser.post(f"/training/courses/{course.pk}/do/draft/")
    assert "of 0" in manager_browser.get(address).content.decode()
    said = {"pass_mark": "70", "minutes": "10", "attempts": "2", "draw.product.easy": "3"}
    manager_browser.post(address, said)
    draft = course.versions.get(number=2)
    assert draft.draws == [{"area": "product", "difficulty": "easy", "n": 3}]
    assert (draft.pass_mark, draft.time_limit_s, draft.attempts) == (70, 600, 2)
    refused = manager_browser.post(f"/training/courses/{course.pk}/do/publish/")
    assert refused.status_code == 422
    assert "Write a lesson before you publish" in refused.content.decode()


def test_lessons_are_moved_and_removed_on_the_page(manager_browser: Client) -> None:
    course = make_course()
    draft = make_draft(course=course)
    one, two = (make_lesson(course=course, version=draft, title=t) for t in ("One", "Two"))
    address = f"/training/courses/{course.pk}/write/"
    manager_browser.post(f"{address}{two.pk}/up/")
    assert list(draft.lessons.order_by("position")) == [two, one]
    file = make_lesson_file(lesson=two)
    manager_browser.post(f"/training/courses/{course.pk}/files/{file.pk}/remove/")
    assert not LessonFile.objects.exists()
    manager_browser.post(f"{address}{two.pk}/remove/")
    assert list(draft.lessons.all()) == [one]


def test_a_manager_has_somebody_take_a_course(
    manager: User, owner: User, manager_browser: Client
) -> None:
    course = make_course()
    said = {"user": owner.pk, "due_on": "2026-12-24"}
    manager_browser.post(f"/training/courses/{course.pk}/give/", said)
    row = Enrolment.objects.get()
    assert (row.user, row.why, str(row.due_on)) == (owner, "manager", "2026-12-24")
    other = make_user(groups=[make_group()])
    wrong = manager_browser.post(f"/training/courses/{course.pk}/give/", {"user": other.pk})
    assert wrong.status_code == 422


def test_one_leaves_a_course_of_ones_own_choice(owner: User, owner_browser: Client) -> None:
    own = make_begun(user=owner)
    owner_browser.post(f"/training/courses/{own.course_id}/leave/")
    own.refresh_from_db()
    assert own.left_at is not None


@pytest.mark.parametrize("address", ["/training/", "/training/catalogue/"])
def test_a_page_runs_the_same_queries_for_one_course_and_for_many(
    address: str, owner: User, owner_browser: Client, sql_of: Callable[..., list[str]]
) -> None:
    def add() -> None:
        make_lesson(course=make_course(roles=["specialist"]))
        make_lesson(course=make_begun(user=owner).course)
        course = make_course()
        fields = {"area": "service", "way": "course", "at": T0, "source": f"x:{course.pk}"}
        Record.objects.create(user=owner, course=course, **fields)

    add()
    owner_browser.get(address)
    one = sql_of(lambda: owner_browser.get(address))
    for _ in range(9):
        add()
    many = sql_of(lambda: owner_browser.get(address))
    assert len(one) == len(many) <= 24, "\n".join(many)


# ---- for programs -------------------------------------------------------------------------------
def test_a_program_writes_a_course_and_a_person_passes_it(
    api_of: Callable[[User], APIClient],
) -> None:
    author, who = api_of(make_manager()), api_of(learner := make_user())
    made = author.post("/api/v1/courses/", {"name": "Fees", "area": "product"}, format="json")
    assert made.status_code == 201
    address = made.headers["Location"]
    lesson = author.post(f"{address}lessons/", {"title": "One", "text": "x"}, format="json")
    wrong = author.patch(address, {"minutes": 0}, format="json")
    assert wrong.status_code == 400
    assert author.post(f"{address}publish/").json()["current"]
    shown = who.get(f"{address}versions/").json()
    assert [row["title"] for row in shown[0]["lessons"]] == ["One"]
    begun = who.post("/api/v1/enrolments/", {"course": made.json()["id"]}, format="json")
    assert begun.status_code == 201
    read = {"lesson": lesson.json()["id"]}
    done = who.post(f"{begun.headers['Location']}read/", read, format="json")
    assert done.json()["passed_at"]
    assert Record.objects.get().user == learner
    assert who.post(f"{begun.headers['Location']}leave/").status_code == 409


def test_the_api_keeps_who_may_not_out(api: APIClient) -> None:
    course = make_course()
    assert api.post(f"/api/v1/courses/{course.pk}/retire/").status_code == 403
    other = make_begun(user=make_user())
    assert api.get(f"/api/v1/enrolments/{other.pk}/").status_code == 404
    given = {"course": course.pk, "user": make_user().pk}
    assert api.post("/api/v1/enrolments/", given, format="json").status_code == 403
