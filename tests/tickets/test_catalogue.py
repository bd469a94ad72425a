"""Products and categories: kept by managers, read by all who serve (N3); the guide editor (W2)."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import translation

from csservice.ledger.models import Entry
from csservice.lib.errors import InvalidError
from teams.models import User
from tests.factories import QUESTIONS, T0, make_guide, make_product, make_skill
from tickets import actions
from tickets.forms.catalogue import GuideDraft
from tickets.models import Category, Guide, Product

pytestmark = pytest.mark.django_db
PRODUCT = {
    "code": "stable-90",
    "kind": "wealth",
    "risk_level": "R2",
    "active": "on",
    "name": "Stable 90",
    "name_zh": "稳健 90",
    "features": "90 days",
    "features_zh": "90 天",
}
CATEGORY = {"code": "cards", "name": "Cards", "name_zh": "银行卡", "active": "on"}


# ---- actions --------------------------------------------------------------------------------
def test_a_product_is_made_and_changed_on_record(manager: User) -> None:
    made = actions.save_product(
        None, by=manager, now=T0, code="x", kind="fund", risk_level="R3", name=" Fund X "
    )
    assert made.name == "Fund X"
    actions.save_product(made.pk, by=manager, now=T0, name="Fund X", risk_level="R4")
    kinds = Entry.objects.about("product", made.pk).values_list("kind", "data")
    assert kinds[0][0] == "product.made"
    assert kinds[1] == ("product.changed", {"fields": ["risk_level"]})


def test_nothing_changed_leaves_no_record(manager: User) -> None:
    product = make_product()
    actions.save_product(product.pk, by=manager, now=T0, name=product.name)
    assert not Entry.objects.exists()


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"name": " "}, "name"), ({"code": ""}, "code"), ({"code": "taken"}, "code")],
)
def test_a_wrong_product_is_refused_and_nothing_is_written(
    fields: dict[str, str], field: str, manager: User
) -> None:
    make_product(code="taken")
    whole = {"code": "x", "kind": "fund", "risk_level": "R3", "name": "X"} | fields
    with pytest.raises(InvalidError) as refused:
        actions.save_product(None, by=manager, now=T0, **whole)
    assert refused.value.field == field
    assert Product.objects.count() == 1
    assert not Entry.objects.exists()


def test_a_category_is_made_with_its_skill(manager: User) -> None:
    skill = make_skill()
    made = actions.save_category(None, by=manager, now=T0, code="cards", name="Cards", skill=skill)
    assert made.skill == skill
    assert Entry.objects.get().kind == "category.made"


def test_a_specialist_keeps_no_catalogue(owner: User) -> None:
    with pytest.raises(PermissionDenied):
        actions.save_product(None, by=owner, now=T0, code="x", name="X")
    with pytest.raises(PermissionDenied):
        actions.save_category(None, by=owner, now=T0, code="x", name="X")
    assert not Product.objects.exists()
    assert not Category.objects.exists()


# ---- pages of products and categories -------------------------------------------------------
def test_a_specialist_reads_a_product_in_the_language_of_the_page(owner_browser: Client) -> None:
    product = make_product(
        name="Stable 90",
        name_zh="稳健 90",
        features="90 days",
        features_zh="90 天",
        risk_level="R4",
    )
    page = owner_browser.get(f"/products/{product.pk}/").content.decode()
    assert "Stable 90" in page
    assert "90 days" in page
    assert "C4, C5" in page
    owner_browser.post("/language/", {"language": "zh-hans", "next": "/"})
    page = owner_browser.get(f"/products/{product.pk}/").content.decode()
    assert "稳健 90" in page
    assert "90 天" in page
    assert "90 days" not in page


def test_where_chinese_is_missing_english_is_shown() -> None:
    with translation.override("zh-hans"):
        assert str(make_product(name="Stable 90", name_zh="")) == "Stable 90"


@pytest.mark.parametrize("what", ["products", "guides"])
@pytest.mark.parametrize("path", ["", "new/", "{pk}/"])
def test_only_who_keeps_the_catalogue_opens_its_settings(
    what: str, path: str, owner_browser: Client, support_browser: Client, manager_browser: Client
) -> None:
    row = make_product() if what == "products" else make_guide().category
    url = f"/settings/{what}/{path.format(pk=row.pk)}"
    assert manager_browser.get(url).status_code == 200
    assert owner_browser.get(url).status_code == 403
    assert owner_browser.post(url, PRODUCT).status_code in {403, 405}
    assert support_browser.get(url).status_code == 403


def test_a_manager_adds_a_product(manager_browser: Client) -> None:
    answer = manager_browser.post("/settings/products/new/", PRODUCT)
    assert (answer.status_code, answer["Location"]) == (302, "/settings/products/")
    made = Product.objects.get()
    assert (made.name_zh, made.active) == ("稳健 90", True)
    assert "Chinese incomplete" in manager_browser.get("/settings/products/").content.decode()


def test_a_taken_code_is_said_at_its_field(manager_browser: Client) -> None:
    make_product(code="stable-90")
    answer = manager_browser.post("/settings/products/new/", PRODUCT)
    assert answer.status_code == 422
    assert answer.content.decode().count("Enter another code: this one is taken.") == 2
    assert Product.objects.count() == 1


def test_a_product_no_longer_offered_stays(manager_browser: Client) -> None:
    product = make_product(code="stable-90")
    sent = {key: value for key, value in PRODUCT.items() if key != "active"}
    assert manager_browser.post(f"/settings/products/{product.pk}/", sent).status_code == 302
    product.refresh_from_db()
    assert product.active is False


def test_a_category_is_added_and_its_guide_comes_next(manager_browser: Client) -> None:
    answer = manager_browser.post("/settings/guides/new/", CATEGORY)
    made = Category.objects.get()
    assert answer["Location"] == f"/settings/guides/{made.pk}/"
    assert "No questions yet" in manager_browser.get("/settings/guides/").content.decode()
    url = f"/settings/guides/{made.pk}/category/"
    assert manager_browser.post(url, CATEGORY | {"name": ""}).status_code == 422
    assert manager_browser.post(url, CATEGORY | {"name": "Bank cards"}).status_code == 302
    made.refresh_from_db()
    assert made.name == "Bank cards"


def test_empty_lists_say_what_to_do(manager_browser: Client) -> None:
    assert "No products yet" in manager_browser.get("/settings/products/").content.decode()
    assert "No categories yet" in manager_browser.get("/settings/guides/").content.decode()


# ---- the guide editor -----------------------------------------------------------------------
def typed(questions: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """The editor's form as a browser sends it for these questions."""
    rows = GuideDraft.of(questions).rows
    sent: dict[str, Any] = {"count": str(len(rows))}
    for place, row in enumerate(rows):
        names = ("key", "type", "en", "zh", "options_en", "options_zh", "parent")
        sent |= {f"q{place}-{name}": getattr(row, name) for name in names}
        if row.required:
            sent[f"q{place}-required"] = "on"
    return sent | more


def test_what_is_shown_and_sent_back_is_the_same_guide(manager_browser: Client) -> None:
    guide = make_guide()
    answer = manager_browser.post(
        f"/settings/guides/{guide.category_id}/", typed(QUESTIONS, do="publish")
    )
    assert answer.status_code == 422
    assert "in force already" in answer.content.decode()
    assert Guide.objects.count() == 1


def test_a_changed_question_is_published_as_the_next_version(manager_browser: Client) -> None:
    guide = make_guide()
    url = f"/settings/guides/{guide.category_id}/"
    sent = typed(QUESTIONS, do="publish") | {"q0-en": "Is the card lost?"}
    assert manager_browser.post(url, sent).status_code == 302
    made = Guide.objects.in_force().get()
    assert made.version == 2
    assert made.questions[0] == QUESTIONS[0] | {
        "text": {"en": "Is the card lost?", "zh": "卡是否遗失？"}
    }
    page = manager_browser.get(url).content.decode()
    assert "Version 2" in page
    assert 'href="?version=1"' in page
    old = manager_browser.get(f"{url}?version=1").content.decode()
    assert "This is version 1." in old
    assert "Was the card lost?" in old


def test_buttons_add_move_and_remove_without_writing(manager_browser: Client) -> None:
    guide = make_guide()
    url = f"/settings/guides/{guide.category_id}/"
    page = manager_browser.post(url, typed(QUESTIONS, do="add"))
    assert len(page.context["lines"]) == 3
    page = manager_browser.post(url, typed(QUESTIONS, do="down:0"))
    assert [line.row.key for line in page.context["lines"]] == ["lost_on", "lost"]
    assert page.context["lines"][0].row.parent == "lost=yes", "a follow-up moved up is not lost"
    page = manager_browser.post(url, typed(QUESTIONS, do="up:1"))
    assert [line.row.key for line in page.context["lines"]] == ["lost_on", "lost"]
    page = manager_browser.post(url, typed(QUESTIONS, do="remove:1"))
    assert [line.row.key for line in page.context["lines"]] == ["lost"]
    for nonsense in ("up:0", "down:1", "remove:9", "up:x", "dance"):
        page = manager_browser.post(url, typed(QUESTIONS, do=nonsense))
        assert [line.row.key for line in page.context["lines"]] == ["lost", "lost_on"]
    assert Guide.objects.count() == 1


def test_faults_lead_to_their_question_and_nothing_is_written(manager_browser: Client) -> None:
    guide = make_guide()
    sent = typed(QUESTIONS, do="publish") | {"q1-zh": "", "q0-type": "choice"}
    answer = manager_browser.post(f"/settings/guides/{guide.category_id}/", sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert '<a href="#q1-en">Question 2: write it in English and in Chinese.</a>' in page
    assert '<a href="#q0-en">Question 1: give at least two options' in page
    assert "<title>Error: " in page
    assert Guide.objects.count() == 1


def test_the_preview_speaks_the_readers_language(manager_browser: Client) -> None:
    url = f"/settings/guides/{make_guide().category_id}/"
    page = manager_browser.post(url, typed(QUESTIONS, do="preview"))
    assert page.context["preview"][1]["after"] == "Was the card lost?"
    manager_browser.post("/language/", {"language": "zh-hans", "next": "/"})
    page = manager_browser.post(url, typed(QUESTIONS, do="preview"))
    assert page.context["preview"][0]["text"] == "卡是否遗失？"


def test_a_swap_gets_the_editor_alone(manager_browser: Client) -> None:
    url = f"/settings/guides/{make_guide().category_id}/"
    answer = manager_browser.post(url, typed(QUESTIONS, do="add"), headers={"HX-Request": "true"})
    assert answer.content.decode().strip().startswith('<div id="editor"')


def test_options_keep_their_values_while_their_words_stand() -> None:
    before = [
        {
            "key": "when",
            "text": {"en": "When?", "zh": "何时？"},
            "type": "choice",
            "required": True,
            "options": [
                {"value": "d1", "text": {"en": "1-2 days ago", "zh": "一两天前"}},
                {"value": "d9", "text": {"en": "Earlier", "zh": "更早"}},
            ],
        }
    ]
    rows = GuideDraft.of(before).rows
    assert GuideDraft(rows, before).questions() == before
    values = [option["value"] for option in GuideDraft(rows).questions()[0]["options"]]
    assert values == ["q_1_2_days_ago", "earlier"], "without them, made from the words"


def test_a_new_question_gets_a_name_of_its_own(manager_browser: Client) -> None:
    guide = make_guide()
    again = QUESTIONS[0] | {"key": ""}
    sent = typed([*QUESTIONS, again, again], do="publish")
    assert manager_browser.post(f"/settings/guides/{guide.category_id}/", sent).status_code == 302
    names = [question["key"] for question in Guide.objects.in_force().get().questions]
    assert names == ["lost", "lost_on", "was_the_card_lost", "was_the_card_lost_2"]
