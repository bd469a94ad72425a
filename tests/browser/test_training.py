"""Training from the author to the manager's figures, as people go it (L1-L5, K4).

A course with a test is written and published, the quarter is opened, somebody fails, tries again
and passes, a session's register is taken; the matrix and K4 follow, in both languages.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from teams.models import Group
from tests.browser import bank_world as bank
from tests.browser import course_world as courses
from tests.browser import cycle_world as cycles
from tests.browser import growth_world as growth
from tests.browser import meeting_world as meeting
from tests.browser.conftest import Opens
from tests.browser.looks import LOOKS, SMALL, faults
from tests.browser.world import Page as At
from tests.browser.world import World
from tests.factories import make_calendar, make_user
from training.models import Area, Attempt, Course, CycleMember, Enrolment, Record, Session
from training.quarters import Quarter, bounds

pytestmark = pytest.mark.django_db(transaction=True)
RIGHT, WRONG = ("Block the card", "冻结银行卡"), ("Wait a day", "等一天")
ASKED = (("What comes first?", "首先做什么？"), ("And at night?", "夜间呢？"))
MAIN = "main button[data-ctrl-enter]"


class School:
    """A manager who writes, a colleague who trains, and one who learns."""

    def __init__(self, language: str) -> None:
        self.language = language
        group = Group.objects.create(
            name="Cards", segment="personal", calendar=make_calendar(), manager=None
        )
        mine: dict[str, Any] = {"groups": [group], "language": language}
        self.manager = make_user(name="Ruth Lead", role="manager", language=language)
        self.trainer = make_user(name="Tom Teacher", **mine)
        self.learner = make_user(name="Anna Weber", **mine)
        group.manager = self.manager
        group.save(update_fields=["manager"])

    def said(self, words: tuple[str, str]) -> str:
        return words[self.language != "en"]


# ---- the author ---------------------------------------------------------------------------------
def write_questions(page: Page) -> None:
    for text, text_zh in ASKED:
        page.goto("/training/bank/new/?kind=single")
        page.fill("#id_text", text)
        page.fill("#id_text_zh", text_zh)
        page.select_option("#id_area", "product")
        page.select_option("#id_difficulty", "easy")
        for place, (answer, answer_zh) in enumerate((RIGHT, WRONG)):
            page.fill(f"#id_options-{place}-text", answer)
            page.fill(f"#id_options-{place}-text_zh", answer_zh)
        page.check("#id_options-0-right")
        page.click(MAIN)
        page.wait_for_url("**/training/bank/")


def write_course(page: Page) -> Course:
    """A lesson in both languages and a test of two questions; published."""
    page.goto("/training/catalogue/")
    page.click('a[href$="/courses/new/"]')
    page.fill("#id_name", "Lost cards")
    page.fill("#id_name_zh", "挂失")
    page.select_option("#id_area", "product")
    page.click(MAIN)
    page.wait_for_url("**/write/")
    page.click('a[href$="/write/new/"]')
    page.fill("#id_title", "Stop it first")
    page.fill("#id_title_zh", "先冻结")
    page.fill("#id_text", "# First\n\nBlock the card, *then* ask.")
    page.fill("#id_text_zh", "# 首先\n\n先冻结，*再*询问。")
    page.click(MAIN)
    page.wait_for_url("**/write/")
    page.click('a[href$="/test/"]')
    page.fill('[name="draw.product.easy"]', "2")
    page.click(MAIN)
    page.wait_for_url("**/write/")
    page.click('form[action$="/do/publish/"] button')
    page.locator('form[action$="/do/draft/"]').wait_for()
    course = Course.objects.get()
    assert course.on_offer
    return course


def open_quarter(page: Page) -> None:
    """By the button, and then as if it had been its first day: who opens late is given longer."""
    page.goto("/training/cycles/")
    quarter = Quarter.of(timezone.localdate())
    page.click(f"#open-{quarter}")
    page.locator(f"#q-{quarter}").wait_for()
    days = bounds(quarter)
    CycleMember.objects.update(since=days.first, due_on=days.last)


# ---- the learner --------------------------------------------------------------------------------
def read(page: Page, course: Course, school: School) -> None:
    page.goto("/training/")
    page.locator("table a").first.wait_for()  # the quarter is due
    page.goto("/training/catalogue/")
    page.click(f'main a[href="/training/courses/{course.pk}/"]')
    page.click('form[action$="/begin/"] button')
    page.wait_for_url("**/lessons/*/")
    expect(page.locator("article h1").first).to_have_text(
        school.said(("Stop it first", "先冻结")),
    )
    page.click("main form .btn-primary")
    page.locator('form[action$="/begin/"][action*="/tests/of/"]').wait_for()


def answer(page: Page, school: School, words: tuple[str, str]) -> None:
    """The whole test with the same answer, handed in."""
    page.click('form[action*="/tests/of/"] button')
    for _asked in ASKED:
        page.locator("#answer label", has_text=school.said(words)).click()
        expect(page.locator("#saved .st-ok")).to_be_visible()
        page.click("#answer .btn-primary")
    page.click('form[action$="/hand-in/"] button')
    page.wait_for_url("**/result/")


def fail_and_pass(page: Page, school: School) -> None:
    answer(page, school, WRONG)
    expect(page.locator(".test-score .st-late")).to_be_visible()
    assert not faults(page)
    assert Enrolment.objects.get().passed_at is None
    assert not Record.objects.filter(passed=True).exists()
    page.click(".form-actions a")
    answer(page, school, RIGHT)
    expect(page.locator(".test-score .st-ok")).to_be_visible()
    assert not faults(page)
    scores = Attempt.objects.order_by("number").values_list("score", "passed")
    assert [(int(score or 0), passed) for score, passed in scores] == [(0, False), (100, True)]
    assert Enrolment.objects.get().passed_at is not None
    page.goto("/training/")
    expect(page.locator("#done, main").last).to_contain_text(school.said(("Lost cards", "挂失")))


# ---- the session --------------------------------------------------------------------------------
def plan(page: Page, school: School) -> Session:
    """By the manager: soon, led by the colleague, the learner booked."""
    page.goto("/training/sessions/")
    page.click('main a[href$="/sessions/new/"]')
    start = timezone.localtime(timezone.now()) + timedelta(minutes=20)
    page.fill("#id_name", "On the phone")
    page.fill("#id_name_zh", "电话沟通")
    page.select_option("#id_area", "communication")
    page.fill("#id_starts_at", minute(start))
    page.fill("#id_ends_at", minute(start + timedelta(hours=1)))
    page.fill("#id_place", "Room 2")
    page.select_option("#id_trainer", str(school.trainer.pk))
    page.click(MAIN)
    page.wait_for_url("**/training/sessions/*/")
    page.select_option("[name=users]", str(school.learner.pk))
    page.click("form:has([name=users]) button")
    expect(page.locator("#seats-h ~ table, table").first).to_contain_text("Anna Weber")
    return Session.objects.get()


def minute(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M")


def take_register(page: Page, session: Session) -> None:
    """By the trainer, who is no manager: present, and closed once it has begun."""
    page.goto(f"/training/sessions/{session.pk}/")
    page.click(f'main a[href$="/{session.pk}/register/"]')
    page.click("label.here-p")
    expect(page.locator("#reg-h [role=status]")).to_contain_text("1")
    expect(page.locator("label.here-p input")).to_be_checked()
    assert not faults(page)
    Session.objects.update(starts_at=timezone.now() - timedelta(seconds=1))  # the hour has come
    page.reload()
    page.click('form[action$="/close/"] button')
    page.locator(".reg-end .st-ok").wait_for()


# ---- the manager's figures ----------------------------------------------------------------------
def cell(page: Page, user: int, area: str) -> Locator:
    """The learner's cell of an area in the last quarter shown."""
    row = page.locator(f'table.mx tr:has(a[href="/training/people/{user}/"])')
    return row.locator("td").nth(-4 + Area.values.index(area))


def shows(page: Page, school: School, *, done: set[str]) -> None:
    """The matrix and K4 say that the learner attended `done`, and nobody anything else."""
    page.goto("/training/matrix/")
    expect(page.locator("html")).to_have_attribute(
        "lang", {"en": "en"}.get(school.language, "zh-Hans")
    )
    expect(page.locator("h1")).to_have_text(school.said(("Training matrix", "培训矩阵")))
    for area in Area.values:
        state = "attended" if area in done else "open"
        expect(cell(page, school.learner.pk, area)).to_have_class(f"mx-{state}{first(area)}")
    assert not faults(page)
    page.goto("/training/cycles/")
    for area in Area.values:
        row = page.locator(f'tr:has(a[href$="?area={area}"])').first
        expect(row.locator("progress")).to_have_attribute("value", str(int(area in done)))
    expect(page.locator("section.card strong.num").first).to_have_text(percent(len(done)))
    assert not faults(page)


def first(area: str) -> str:
    """The first area of a quarter has a line before it."""
    return " mx-q" if area == Area.values[0] else ""


def percent(done: int) -> str:
    """Attended of required, as the page writes it."""
    required = CycleMember.objects.count()
    assert CycleMember.objects.filter(attended_at__isnull=False).count() == done
    return f"{100 * done // required}%"


@pytest.mark.parametrize("language", sorted(LOOKS))
def test_a_course_a_test_and_a_session_change_the_matrix_and_k4(
    language: str, opens: Opens
) -> None:
    school = School(language)
    author = opens(school.manager, locale=language).page
    write_questions(author)
    course = write_course(author)
    open_quarter(author)
    shows(author, school, done=set())
    learner = opens(school.learner, locale=language).page
    read(learner, course, school)
    fail_and_pass(learner, school)
    shows(author, school, done={"product"})
    session = plan(author, school)
    take_register(opens(school.trainer, locale=language).page, session)
    shows(author, school, done={"product", "communication"})
    ways = Record.objects.filter(user=school.learner).order_by("pk").values_list("way", "area")
    assert list(ways) == [("course", "product"), ("session", "communication")]


# ---- what the fingers meet ----------------------------------------------------------------------
def test_every_page_of_training_has_targets_of_24_pixels(opens: Opens) -> None:
    world, small = World("en"), []
    windows = {who: opens(user, width=390).page for who, user in world.people.items()}
    for part in (bank, courses, cycles, growth, meeting):
        for place in (At(*one) for one in part.PAGES):
            page = windows[place.who]
            page.set_viewport_size({"width": 390, "height": 844})
            page.goto(place.address(world))
            small += [f"{page.url} {one}" for one in page.evaluate(SMALL, 24)]
            page.set_viewport_size({"width": 1440, "height": 900})
            small += [f"{page.url} {one}" for one in page.evaluate(SMALL, 24)]
    assert not small, "\n".join(small)
