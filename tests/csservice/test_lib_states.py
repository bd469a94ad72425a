"""The engine behind every table of moves."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from csservice.lib.errors import ChangedError, InvalidError, RefusedError
from csservice.lib.states import HasMoves, Move


class Door:
    """A machine in memory: what `HasMoves` does needs no table."""

    MOVES: ClassVar[dict[str, Move]] = {
        "open": Move("Open", {"shut"}, "open"),
        "shut": Move("Shut", {"open"}, "shut", {"nobody"}),
        "knock": Move("Knock", {"shut", "open"}),
    }
    moves: Any = HasMoves.moves
    move: Any = HasMoves.move
    step_words: Any = HasMoves.step_words
    _open: Any = HasMoves._open

    def __init__(self, step: str, **over: Any) -> None:
        self.step = step
        self.__dict__.update(over)

    def get_step_display(self) -> str:
        return self.step.title()


def test_the_verbs_open_now_stand_in_the_order_of_the_table() -> None:
    assert Door("shut").moves == {"open": "Open", "knock": "Knock"}
    assert list(Door("open", waiting_on="nobody").moves) == ["shut", "knock"]


def test_a_verb_steps_to_its_end_or_stays() -> None:
    door = Door("shut")
    door.move("knock")
    assert door.step == "shut"
    door.move("open")
    assert door.step == "open"


def test_a_verb_that_waits_is_shut_in_every_other_wait() -> None:
    for over in ({}, {"waiting_on": "customer"}):
        door = Door("open", **over)
        assert "shut" not in door.moves
        with pytest.raises(RefusedError, match=r"^Not possible now: Shut\. The step is: Open\.$"):
            door.move("shut")
        assert door.step == "open"


def test_a_verb_that_does_not_exist_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(KeyError):
        Door("open").move("burn")


def test_every_refusal_is_one_kind_of_error() -> None:
    invalid = InvalidError("score", "Choose a score.")
    assert (invalid.field, str(invalid)) == ("score", "Choose a score.")
    assert isinstance(invalid, RefusedError)
    assert issubclass(ChangedError, RefusedError)
