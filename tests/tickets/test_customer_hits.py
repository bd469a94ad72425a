"""Customers by words: the same is found among few and among very many (customer_hits.py)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from csservice.lib.search import SOME
from teams.models import User
from tests.factories import T0, make_customer
from tickets.models import Customer, CustomerSearch
from tickets.views import customer_hits
from tickets.views.customer_hits import below, best

pytestmark = pytest.mark.django_db
LATELY = "tickets.views.customer_hits.LATELY"


def crowd(many: int, *, name: str = "Kask", words: str = "kask") -> None:
    """So many customers at once, with these words."""
    rows = [Customer(name=name, segment="personal", made_at=T0) for _ in range(many)]
    made = Customer.objects.bulk_create(rows)
    CustomerSearch.objects.bulk_create(CustomerSearch(customer=row, tokens=words) for row in made)


@pytest.mark.parametrize(
    "words",
    ["李娜", "李", "Li Na", "lina", "ln", "8000", "380013", "7730", "li na 8000", "娜 7730"],
)
def test_who_came_long_ago_is_found_by_name_number_and_ending(
    words: str, owner: User, li_na: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LATELY, 2)
    crowd(5)
    assert best(owner, words, most=6) == [li_na]
    assert below(owner, words, high=None, most=26, segment="") == ([li_na], False)
    assert below(owner, words, high=None, most=26, segment="corporate") == ([], False)


@pytest.mark.parametrize("late", [2, 2000])
def test_the_newest_come_first(late: int, owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LATELY, late)
    made = [make_customer(name="Kask").pk for _ in range(9)]
    crowd(3, words="quiet")
    newest = sorted(made, reverse=True)
    assert [row.pk for row in best(owner, "kask", most=6)] == newest[:6]
    assert [row.pk for row in below(owner, "kas", high=newest[2], most=4, segment="").rows] == (
        newest[3:7]
    )


def test_among_very_many_whole_words_and_endings_are_not_lost(
    owner_browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LATELY, 5)
    crowd(SOME + 5, words="kask 80001")
    wanted = make_customer(name="Kask", contacts=[("phone", "13800138000")])
    crowd(SOME + 5, words="kask 80002")
    crowd(9, words="quiet")
    part = owner_browser.get("/customers/search/", {"q": "kask 8000"}).content.decode()
    assert part.index("customer-option-") == part.index(f"customer-option-{wanted.pk}")
    assert "More customers match." in part
    page = owner_browser.get("/customers/", {"q": "8000"})
    assert "Many customers match, and not all of them are listed." in page.content.decode()
    seen = []
    for _page in range(SOME):
        seen += [line.customer.pk for line in page.context["lines"]]
        if not page.context["older"]:
            break
        page = owner_browser.get(f"/customers/{page.context['older']}")
    assert wanted.pk in seen
    assert len(seen) == len(set(seen)) >= SOME
    assert seen == sorted(seen, reverse=True)


def test_where_all_are_listed_nothing_else_is_said(owner_browser: Client) -> None:
    for n in range(6):
        make_customer(name=f"Kask {n}")
    assert "Many customers" not in owner_browser.get("/customers/?q=kask").content.decode()
    part = owner_browser.get("/customers/search/?q=kask").content.decode()
    assert part.count('role="option"') == 7
    assert "More customers" not in part


def test_who_keeps_no_customers_finds_none(support: User, li_na: Customer) -> None:
    assert best(support, "lina", most=6) == []
    assert below(support, "lina", high=None, most=6, segment="").rows == []


# ---- in a bounded time ----------------------------------------------------------------------
MANY = 150_000


@pytest.fixture
def many(db: None) -> None:
    """150,000 customers; all but the latest 5,000 hold smith, liu and a number of 0004…"""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tickets_customer (segment, name, other_name, language, risk_profile, "
            "notes, hold_reason, made_at, version, is_drill) SELECT 'personal', 'Anna', '', 'en', "
            "'', '', '', now(), 1, false FROM generate_series(1, %s)",
            [MANY],
        )
        cursor.execute(
            "INSERT INTO tickets_customersearch (customer_id, tokens) SELECT id, 'anna ' || CASE "
            "WHEN row_number() OVER (ORDER BY id) <= %s THEN 'smith liumin lm 0004' || id "
            "ELSE 'quiet' END FROM tickets_customer ON CONFLICT DO NOTHING",
            [MANY - 5000],
        )
        cursor.execute("VACUUM ANALYZE tickets_customer")
        cursor.execute("VACUUM ANALYZE tickets_customersearch")


def fetched(node: dict[str, Any]) -> float:
    """Rows that a plan has fetched or tested, but for the bits that it read from the index."""
    own = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
    own = 0 if node["Node Type"] == "Bitmap Index Scan" else own * node["Actual Loops"]
    return float(own) + sum(fetched(child) for child in node.get("Plans", []))


@pytest.mark.django_db(transaction=True)  # emptied afterwards: see test_plans.py
@pytest.mark.postgres
@pytest.mark.slow
def test_however_many_hold_the_words_few_rows_are_read(
    many: None, owner: User, sql_of: Callable[..., list[str]]
) -> None:
    for words in ("anna", "smith", "smi 000", "0004", "liu", "nobody", "lm anna"):
        reads = sql_of(partial(best, owner, words, most=6))
        for segment in ("", "personal", "corporate"):
            reads += sql_of(partial(below, owner, words, high=10**9, most=26, segment=segment))
            reads += sql_of(partial(below, owner, words, high=MANY, most=26, segment=segment))
        assert len(reads) > 7
        for sql in reads:
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
                ((plan,),) = cursor.fetchone()
            assert fetched(plan["Plan"]) < 3 * customer_hits.LATELY, f"{words}: {sql}: {plan}"
