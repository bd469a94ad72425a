"""Rows that live through steps: the whole machine is one table on the model."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Any, ClassVar, NamedTuple

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from csservice.lib.errors import RefusedError


class Move(NamedTuple):
    """One verb of a machine: what its button says, where it may start, where it ends.

    `end` None: the step stays. `waits`: the values of `waiting_on` in which it is open; None: any.
    """

    label: str | Promise
    sources: AbstractSet[str]
    end: str | None = None
    waits: AbstractSet[str] | None = None


class HasMoves(models.Model):
    """A row whose `step` changes only by a verb of MOVES; pages, API and tests read the table."""

    MOVES: ClassVar[dict[str, Move]]
    step: Any

    class Meta:
        abstract = True

    @property
    def moves(self) -> dict[str, str]:
        """The verbs open now and their labels, in table order: the buttons, and the API's offer."""
        return {verb: str(m.label) for verb, m in self.MOVES.items() if self._open(m)}

    def _open(self, move: Move) -> bool:
        waiting = getattr(self, "waiting_on", None)
        return self.step in move.sources and (move.waits is None or waiting in move.waits)

    def move(self, verb: str) -> None:
        """Step to the verb's end, in memory. Raises RefusedError unless the verb is open now."""
        move = self.MOVES[verb]
        if not self._open(move):
            raise RefusedError(
                _("Not possible now: %(verb)s. The step is: %(step)s.")
                % {"verb": move.label, "step": self.step_words}
            )
        if move.end is not None:
            self.step = move.end

    @property
    def step_words(self) -> str:
        """The step for people, in the reader's language."""
        return str(self.get_step_display())  # type: ignore[attr-defined]
