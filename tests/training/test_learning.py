"""Whom a course is for, what comes first, how long a pass holds: the rule."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csservice.lib.markdown import rendered
from tests.factories import T0
from training import learning
from training.learning import Standing

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("roles", "segments", "serves", "asked"),
    [
        ([], [], ["personal"], False),
        (["specialist"], [], [], True),
        (["specialist"], ["corporate"], ["personal"], False),
        (["specialist"], ["corporate", "personal"], ["personal"], True),
        (["manager"], [], ["personal"], False),
    ],
)
def test_a_course_is_required_of_a_role_in_segments(
    roles: list[str], segments: list[str], serves: list[str], asked: bool
) -> None:
    assert learning.required(roles, segments, role="specialist", serves=serves) is asked


@pytest.mark.parametrize(
    ("enrolled", "passed", "until", "locked", "found"),
    [
        (True, True, None, True, Standing.LEARNING),
        (False, True, None, True, Standing.PASSED),
        (False, True, T0 + 31 * DAY, False, Standing.PASSED),
        (False, True, T0 + 30 * DAY, False, Standing.ENDING),
        (False, True, T0, False, Standing.ENDED),
        (False, False, None, True, Standing.LOCKED),
        (False, False, None, False, Standing.FREE),
    ],
)
def test_a_person_stands_to_a_course_in_one_way(
    enrolled: bool, passed: bool, until: object, locked: bool, found: Standing
) -> None:
    told = {"enrolled": enrolled, "passed": passed, "until": until, "locked": locked}
    assert learning.standing(now=T0, **told) == found  # type: ignore[arg-type]


def test_a_pass_without_days_holds_for_good() -> None:
    assert learning.valid_until(T0, None) is None
    assert learning.valid_until(T0, 365) == T0 + 365 * DAY


def test_a_course_never_comes_before_itself() -> None:
    known = {2: [3], 3: [1]}
    assert learning.goes_round(1, [2], known)
    assert learning.goes_round(1, [1], {})
    assert not learning.goes_round(4, [2], known)


@given(st.dictionaries(st.integers(1, 6), st.lists(st.integers(1, 6), max_size=4), max_size=6))
def test_looking_for_a_circle_ends_whatever_is_known(known: dict[int, list[int]]) -> None:
    assert learning.goes_round(9, list(known), known) is any(9 in v for v in known.values())


# ---- Markdown -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("# A\n\n### B", "<h2>A</h2>\n<h3>B</h3>"),
        ("### Deep first", "<h2>Deep first</h2>"),
        ("**b** ~~s~~", "<p><strong>b</strong> <s>s</s></p>"),
        ("<script>alert(1)</script>", "&lt;script&gt;"),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        (
            "[x](https://bank.example)",
            '<a href="https://bank.example" rel="noopener noreferrer nofollow">x</a>',
        ),
        ("![x](https://elsewhere.example/x.png)", ">x</a>"),
        ("|a|b|\n|-|-|\n|1|2|", "<td>1</td>"),
    ],
)
def test_markdown_becomes_html_that_is_safe_to_show(text: str, html: str) -> None:
    assert html in rendered(text)


@given(st.text(max_size=300))
def test_no_text_of_an_author_brings_a_script_or_a_handler(text: str) -> None:
    shown = rendered(text).lower()
    assert "<script" not in shown
    assert "<img" not in shown
    assert "<iframe" not in shown
