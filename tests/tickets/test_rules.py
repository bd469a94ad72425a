"""The business rules of tickets: pure, with no database."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from teams.hours import Hours, Window
from tests.factories import T0, after
from tickets import promise
from tickets.guides import NOT_SURE, asked, check, faults
from tickets.identity import masked, normal, words
from tickets.routing import Candidate, Choice, choose
from tickets.suitability import verdict

ALWAYS = Hours.always("Asia/Shanghai")
OFFICE = Hours("UTC", {day: (Window(9 * 3600, 17 * 3600),) for day in range(5)})


# ---- the promise (W1, K2) -------------------------------------------------------------------
def test_the_promise_is_five_minutes_of_open_time() -> None:
    assert promise.respond_by(ALWAYS, T0) == after(300)
    friday = datetime(2026, 1, 9, 16, 58, tzinfo=UTC)
    assert promise.respond_by(OFFICE, friday) == datetime(2026, 1, 12, 9, 3, tzinfo=UTC)


@pytest.mark.parametrize(("priority", "hours"), [("high", 4), ("normal", 10), ("low", 30)])
def test_the_time_to_resolve_goes_by_priority(priority: str, hours: int) -> None:
    assert promise.resolve_by(ALWAYS, T0, priority) == T0 + timedelta(hours=hours)


@pytest.mark.parametrize(
    ("seconds", "state", "shown"),
    [
        (0, "ok", 300),
        (149, "ok", 151),
        (149.5, "soon", 150),
        (150, "soon", 150),
        (239, "soon", 61),
        (239.5, "urgent", 60),
        (240, "urgent", 60),
        (299, "urgent", 1),
        (300, "urgent", 0),
        (300.001, "late", -1),
        (301, "late", -1),
        (400, "late", -100),
    ],
)
def test_the_five_minutes_change_their_looks_as_they_run_out(
    seconds: float, state: str, shown: int
) -> None:
    chip = promise.first_response(
        received_at=T0, due=after(300), responded_at=None, now=after(seconds)
    )
    assert (chip.state, chip.seconds, chip.due) == (state, shown, after(300))
    assert chip.thresholds == (150, 60)


@pytest.mark.parametrize(
    ("answered", "state", "shown"),
    [(299, "met", 299), (300, "met", 300), (301, "missed", 1), (340, "missed", 40)],
)
def test_an_answer_in_the_last_second_keeps_the_promise(
    answered: int, state: str, shown: int
) -> None:
    chip = promise.first_response(
        received_at=T0, due=after(300), responded_at=after(answered), now=after(9999)
    )
    assert (chip.state, chip.seconds) == (state, shown)


@pytest.mark.parametrize(("answered", "took"), [((22, 30), 1800), ((9, 2), 120), ((9, 5), 300)])
def test_an_answer_to_what_came_at_night_took_as_long_as_from_the_opening(
    answered: tuple[int, int], took: int
) -> None:
    night = datetime(2026, 1, 5, 22, tzinfo=UTC)
    due = promise.respond_by(OFFICE, night)
    day = 5 if answered[0] == 22 else 6
    chip = promise.first_response(
        received_at=night,
        due=due,
        responded_at=datetime(2026, 1, day, *answered, tzinfo=UTC),
        now=after(0),
    )
    assert (chip.state, chip.seconds) == ("met", took)


@pytest.mark.parametrize(
    ("priority", "left", "state"),
    [
        ("high", 3601, "ok"),
        ("high", 3600, "soon"),
        ("high", 1801, "soon"),
        ("high", 1800, "urgent"),
        ("normal", 9001, "ok"),
        ("normal", 9000, "soon"),
        ("normal", 3600, "urgent"),
        ("normal", 0, "urgent"),
        ("normal", -1, "late"),
        ("low", 27000, "soon"),
        ("low", 10800, "urgent"),
    ],
)
def test_the_resolution_turns_at_a_quarter_and_a_tenth(
    priority: str, left: int, state: str
) -> None:
    clock: dict[str, Any] = {"received_at": T0, "due": after(0), "resolved_at": None}
    clock["target_s"] = promise.RESOLVE_S[priority]
    chip = promise.resolution(**clock, paused=False, now=after(-left))
    assert (chip.state, chip.seconds) == (state, left)
    paused = promise.resolution(**clock, paused=True, now=after(-left))
    assert paused == replace(chip, state="paused")


@pytest.mark.parametrize(
    ("took", "state", "shown"), [(60, "met", 60), (100, "met", 100), (130, "missed", 30)]
)
def test_a_resolution_is_met_or_missed(took: int, state: str, shown: int) -> None:
    chip = promise.resolution(
        received_at=T0,
        due=after(100),
        resolved_at=after(took),
        paused=False,
        target_s=36_000,
        now=after(9999),
    )
    assert (chip.state, chip.seconds, chip.target_s) == (state, shown, 36_000)


def test_a_pause_moves_the_deadline_by_what_was_left_of_it() -> None:
    due = after(3600)
    moved = promise.moved_by_pause(ALWAYS, due, paused_at=after(600), resumed_at=after(10_000))
    assert moved == after(13_000)


def test_a_pause_after_the_deadline_does_not_move_it() -> None:
    for paused_at in (after(100), after(101)):
        moved = promise.moved_by_pause(
            ALWAYS, after(100), paused_at=paused_at, resumed_at=after(9000)
        )
        assert moved == after(100)


@pytest.mark.parametrize(
    ("text", "is_answer"),
    [("OK", True), ("您好", True), ("7 2", True), ("", False), ("…", False), ("k", False)],
)
def test_an_answer_says_something(text: str, is_answer: bool) -> None:
    assert promise.substantive(text) is is_answer


# ---- routing (T5) ---------------------------------------------------------------------------
BOTH = ("en", "zh-hans")


def person(key: int, *, speaks: tuple[str, ...] = BOTH, skilled: bool = True, load: int = 0) -> Any:
    return Candidate(user_id=key, group_id=1, speaks=speaks, skilled=skilled, load=load)


def test_nobody_is_chosen_when_nobody_is_there() -> None:
    assert choose([], language="en", skill_wanted=True) is None


def test_the_least_work_wins_among_those_who_fit() -> None:
    people = [person(1, load=2), person(2, load=1), person(3, load=0, speaks=("zh-hans",))]
    assert choose(people, language="en", skill_wanted=False) == Choice(2, 1, 1, 2, ())


def test_the_lower_key_wins_a_tie_whatever_the_order() -> None:
    people = [person(2), person(1), replace(person(1), group_id=7)]
    for order in (people, people[::-1]):
        assert choose(order, language="en", skill_wanted=False) == Choice(1, 1, 0, 2, ())


def test_the_language_outweighs_the_skill() -> None:
    speaks, knows = person(1, skilled=False, load=9), person(2, speaks=("zh-hans",))
    assert choose([speaks, knows], language="en", skill_wanted=True) == Choice(
        1, 1, 9, 1, ("skill",)
    )


def test_what_nobody_can_meet_is_said() -> None:
    stranger = person(1, speaks=(), skilled=False)
    choice = choose([stranger], language="en", skill_wanted=True)
    assert choice is not None
    assert choice.missed == ("language", "skill")


def test_no_wish_is_no_miss() -> None:
    choice = choose([person(1, speaks=(), skilled=False)], language="", skill_wanted=False)
    assert choice is not None
    assert choice.missed == ()


# ---- question guides (W2) -------------------------------------------------------------------
def question(key: str = "q", kind: str = "text", **over: Any) -> dict[str, Any]:
    return {"key": key, "type": kind, "text": {"en": "What?", "zh": "什么？"}} | over


def options(*values: str) -> list[dict[str, Any]]:
    return [{"value": value, "text": {"en": value, "zh": value}} for value in values]


FOLLOW_UP = [
    question("lost", "yesno"),
    question("when", "date", parent={"key": "lost", "value": "yes"}),
    question("where", parent={"key": "when", "value": "2026-01-05"}),
]


def test_a_whole_guide_has_no_faults() -> None:
    whole = [question("a", "choice", options=options("x", "y")), *FOLLOW_UP[:2]]
    assert faults(whole) == []


@pytest.mark.parametrize(
    ("questions", "fault"),
    [
        ([], "guide:empty"),
        ([question("two words")], "two words:key"),
        ([question("")], "#1:key"),
        ([question(), question()], "q:twice"),
        ([question(text={"en": "What?"})], "q:text"),
        ([question(text="What?")], "q:text"),
        ([question(kind="colour")], "q:type"),
        ([question(kind=["text"])], "q:type"),  # type: ignore[arg-type]
        ([question(kind="choice", options=options("x"))], "q:options"),
        ([question(kind="multi", options=options("x", "x"))], "q:options"),
        ([question(kind="multi", options="xy")], "q:options"),
        ([question(kind="choice", options=["x", "y"])], "q:options"),
        ([question(kind="choice", options=[{"value": "x"}, {"value": "y"}])], "q:options"),
        ([question(parent={"key": "later", "value": "x"})], "q:parent"),
        ([question(parent="lost")], "q:parent"),
        ([FOLLOW_UP[0], question(parent={"key": "lost", "value": "maybe"})], "q:parent"),
        (["What?"], "#1:text"),
    ],
)
def test_a_faulty_guide_says_where(questions: list[Any], fault: str) -> None:
    assert fault in faults(questions)


def test_a_follow_up_is_asked_only_after_its_answer() -> None:
    def keys(answers: dict[str, Any]) -> list[str]:
        return [q["key"] for q in asked(FOLLOW_UP, answers)]

    assert keys({}) == ["lost"]
    assert keys({"lost": "no", "when": "2026-01-05"}) == ["lost"]
    assert keys({"lost": "yes", "when": "2026-01-05"}) == ["lost", "when", "where"]


def test_a_follow_up_hangs_on_one_of_several_answers() -> None:
    several = [
        question("m", "multi", options=options("x", "y")),
        question("f", parent={"key": "m", "value": "y"}),
    ]
    assert len(asked(several, {"m": ["x", "y"]})) == 2
    assert len(asked(several, {"m": ["x"]})) == 1


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        ("text", "  hello ", "hello"),
        ("text", 7, "7"),
        ("text", "x" * 3000, "x" * 2000),
        ("choice", "x", "x"),
        ("multi", ["x", "y", "x"], ["x", "y"]),
        ("multi", "x", ["x"]),
        ("yesno", "no", "no"),
        ("number", "1,200.50", "1200.50"),
        ("number", "1e3", "1000"),
        ("date", "2026-01-05", "2026-01-05"),
        (
            "amount",
            {"value": "48,200", "currency": "eur"},
            {"value": "48200", "currency": "EUR"},
        ),
        ("choice", NOT_SURE, NOT_SURE),
        ("multi", [NOT_SURE], NOT_SURE),
        ("date", NOT_SURE, NOT_SURE),
    ],
)
def test_an_answer_is_kept_in_its_type(kind: str, given: Any, kept: Any) -> None:
    asks = [question(kind=kind, options=options("x", "y"))]
    assert check(asks, {"q": given, "unasked": "x"}) == ({"q": kept}, {})


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("text", {"value": "x"}),
        ("choice", "z"),
        ("choice", ["x", "y"]),
        ("choice", [["x"]]),
        ("choice", [{}]),
        ("multi", ["x", NOT_SURE]),
        ("yesno", "maybe"),
        ("number", "many"),
        ("number", "NaN"),
        ("number", "1e999999999"),
        ("number", "1e-999999999"),
        ("date", "2026-13-01"),
        ("date", "tomorrow"),
        ("amount", "12"),
        ("amount", {"value": "12"}),
        ("amount", {"value": "12", "currency": "€"}),
        ("amount", {"value": "12", "currency": "人民币"}),
        ("amount", {"value": "12", "currency": 156}),
    ],
)
def test_an_answer_that_does_not_fit_is_wrong(kind: str, given: Any) -> None:
    asks = [question(kind=kind, options=options("x", "y"))]
    assert check(asks, {"q": given}) == ({}, {"q": "wrong"})


@pytest.mark.parametrize("given", [None, "", " ", [], {}, {"value": ""}, {"currency": "EUR"}])
def test_no_answer_is_missing_unless_it_may_be(given: Any) -> None:
    assert check([question()], {"q": given}) == ({}, {"q": "missing"})
    assert check([question(required=False)], {"q": given}) == ({}, {})


# ---- suitability (N3) -----------------------------------------------------------------------
@pytest.mark.parametrize("product", range(1, 6))
@pytest.mark.parametrize("customer", range(1, 6))
def test_a_product_suits_up_to_the_customers_level(product: int, customer: int) -> None:
    said = verdict(risk_level=f"R{product}", risk_profile=f"C{customer}")
    assert said == ("suits" if product <= customer else "exceeds")


def test_without_a_profile_nothing_is_claimed() -> None:
    assert verdict(risk_level="R1", risk_profile="") == "unknown"
    assert verdict(risk_level="", risk_profile="C1") == ""


# ---- names, numbers, addresses (N1) ---------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        ("phone", "138 0013 8000", "+8613800138000"),
        ("phone", "+44 20 7946 0958", "+442079460958"),
        ("email", " Li.Na@Bank.Example ", "li.na@bank.example"),
        ("wechat", " lina_88 ", "lina_88"),
    ],
)
def test_a_contact_has_one_form(kind: str, given: str, kept: str) -> None:
    assert normal(kind, given) == kept


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("phone", ""),
        ("phone", "12"),
        ("phone", "call me"),
        ("email", "li.na"),
        ("email", "li na@bank.example"),
        ("email", f"{'a' * 250}@bank.example"),
        ("wechat", "  "),
    ],
)
def test_what_is_no_contact_is_refused(kind: str, given: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(given.strip())}$"):
        normal(kind, given)


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("phone", "+8613800138000", "+86 •••• 8000"),
        ("phone", "+12125550123", "+1 •••• 0123"),
        ("phone", "+442079460958", "+44 •••• 0958"),
        ("phone", "+85223456789", "+852 •••• 6789"),
        ("phone", "13800138000", "•••• 8000"),
        ("email", "lina@bank.example", "l••••@bank.example"),
        ("wechat", "lina_88", "•••• a_88"),
        ("wechat", "lina", "••••"),
    ],
)
def test_a_contact_is_shown_masked(kind: str, value: str, shown: str) -> None:
    assert masked(value, kind=kind) == shown


def test_a_chinese_name_is_found_by_pinyin_and_initials() -> None:
    assert words("刘敏").split() == ["刘敏", "liu", "min", "liumin", "lm"]
    assert words("Ada Lovelace") == "Ada Lovelace"
