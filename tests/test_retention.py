"""Every personal column has its purpose, its term and its mask; a new one without fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from csservice.lib import retention
from csservice.lib.retention import POLICY, Mask, check_policy
from tickets.models import Identifier


def said() -> list[str]:
    return [str(message.msg) for message in check_policy()]


def test_the_policy_is_whole() -> None:
    assert said() == []
    call_command("check")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda policy: policy["tickets.Customer"].pop("notes"), "how long notes is kept"),
        (
            lambda policy: policy["tickets.Customer"].update(
                age=policy["tickets.Contact"]["value"]
            ),
            "age, which is no text column",
        ),
        (lambda policy: policy.pop("tickets.Message"), "Name the model"),
        (lambda policy: policy.update({"tickets.Ghost": {}}), "tickets.Ghost, which is no model"),
    ],
    ids=["column", "no column", "model", "no model"],
)
def test_a_gap_stops_the_start(
    spoil: Callable[[dict[str, Any]], object], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy: dict[str, Any] = {label: dict(columns) for label, columns in POLICY.items()}
    spoil(policy)
    monkeypatch.setattr(retention, "POLICY", policy)
    assert any(words in message for message in said())
    with pytest.raises(SystemCheckError):
        call_command("check")


def test_secrets_are_shown_to_nobody_and_ways_to_reach_people_only_in_part() -> None:
    assert POLICY["teams.User"]["password"].mask is Mask.NEVER
    assert POLICY["teams.ApiToken"]["digest"].mask is Mask.NEVER
    assert POLICY["tickets.Contact"]["value"].mask is Mask.PARTLY
    assert POLICY["tickets.Identifier"]["sealed"].mask is Mask.PARTLY
    row = Identifier()
    row.seal("6222000011114321")
    assert str(row) == "•••• 4321"


def test_every_term_has_a_reason_and_a_start() -> None:
    for columns in POLICY.values():
        assert all(kept.purpose and kept.since for kept in columns.values())
