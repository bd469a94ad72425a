"""Tokens for programs and sign-in policies: made, ended, used, forgotten."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.core.exceptions import PermissionDenied
from rest_framework.test import APIClient

from csservice.ledger.models import Entry
from csservice.lib.crypto import digest
from csservice.lib.errors import InvalidError, RefusedError
from teams import actions, tasks
from teams.models import ApiToken, IdempotencyKey, RolePolicy, User
from tests.conftest import Clock
from tests.factories import T0, make_token

pytestmark = pytest.mark.django_db
ME = "/api/v1/users/me/"


def with_token(text: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    return client


# ---- making and revoking --------------------------------------------------------------------
def test_a_token_is_stored_as_its_hash_and_on_record(owner: User) -> None:
    token, text = actions.make_token(
        by=owner, label=" CRM ", scopes=["write", "read"], days=30, now=T0
    )
    assert (token.digest, token.label) == (digest(text), "CRM")
    assert token.scopes == ["read", "write"]
    assert token.expires_at == T0 + timedelta(days=30)
    entry = Entry.objects.get(kind="token.made")
    assert text not in str(entry.data)
    assert token.digest not in str(entry.data)


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"label": " "}, "label"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["root"]}, "scopes"),
        ({"days": 0}, "days"),
        ({"days": 367}, "days"),
    ],
)
def test_a_wrong_token_is_refused_and_not_made(
    owner: User, over: dict[str, Any], field: str
) -> None:
    wanted: dict[str, Any] = {"label": "CRM", "scopes": ["read"], "days": 30} | over
    with pytest.raises(InvalidError) as refusal:
        actions.make_token(by=owner, now=T0, **wanted)
    assert refusal.value.field == field
    assert not ApiToken.objects.exists()
    assert not Entry.objects.exists()


def test_a_token_is_revoked_by_its_owner_or_by_who_sets_security(
    owner: User, colleague: User, director: User
) -> None:
    first, _text = actions.make_token(by=owner, label="a", scopes=["read"], days=1, now=T0)
    second, _text = actions.make_token(by=owner, label="b", scopes=["read"], days=1, now=T0)
    with pytest.raises(ApiToken.DoesNotExist):
        actions.revoke_token(first.pk, by=colleague, now=T0)
    actions.revoke_token(first.pk, by=owner, now=T0)
    actions.revoke_token(second.pk, by=director, now=T0)
    with pytest.raises(RefusedError):
        actions.revoke_token(first.pk, by=owner, now=T0)
    assert not ApiToken.objects.live(T0).exists()
    assert Entry.objects.filter(kind="token.revoked").count() == 2


def test_the_last_instant_of_a_token_is_out(owner: User) -> None:
    make_token(owner, expires_at=T0)
    assert not ApiToken.objects.live(T0).exists()
    assert ApiToken.objects.live(T0 - timedelta(microseconds=1)).exists()


# ---- using ----------------------------------------------------------------------------------
def test_a_token_signs_a_call(api: APIClient, owner: User) -> None:
    assert api.get(ME).json()["username"] == owner.username


@pytest.mark.parametrize("how", ["unknown", "revoked", "expired", "left"])
def test_a_token_that_ended_is_refused_with_a_challenge(
    how: str, owner: User, clock: Clock
) -> None:
    over: dict[str, Any] = {
        "revoked": {"revoked_at": T0},
        "expired": {"expires_at": T0},
    }.get(how, {})
    text = make_token(owner, **over)
    if how == "left":
        User.objects.filter(pk=owner.pk).update(is_active=False)
    answer = with_token("nothing" if how == "unknown" else text).get(ME)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer["Content-Type"] == "application/problem+json"


def test_a_token_that_may_read_does_not_write(owner: User) -> None:
    program = with_token(make_token(owner, scopes=["read"]))
    assert program.get(ME).status_code == 200
    answer = program.post(f"/api/v1/users/{owner.pk}/presence/", {"presence": "busy"})
    assert answer.status_code == 403
    owner.refresh_from_db()
    assert owner.presence == "away"


def test_the_last_use_is_noted_once_a_minute(
    owner: User, clock: Clock, sql_of: Callable[..., list[str]]
) -> None:
    program = with_token(make_token(owner))
    program.get(ME)
    assert ApiToken.objects.get().last_used_at == T0
    clock.tick(59)
    assert not [sql for sql in sql_of(lambda: program.get(ME)) if sql.startswith("UPDATE")]
    assert ApiToken.objects.get().last_used_at == T0
    clock.tick(1)
    program.get(ME)
    assert ApiToken.objects.get().last_used_at == clock.now


def test_other_kinds_of_authorization_are_not_ours(owner: User) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION="Basic b3duZXI6eA==")
    assert client.get(ME).status_code == 401


# ---- policy ---------------------------------------------------------------------------------
def test_a_policy_is_set_on_record_and_ends_the_sessions_of_the_role(
    director: User, owner: User, support: User
) -> None:
    for _twice in range(2):
        actions.set_policy("specialist", by=director, second_factor=True, now=T0)
    owner.refresh_from_db()
    support.refresh_from_db()
    assert (owner.session_epoch, support.session_epoch) == (1, 0)
    assert RolePolicy.objects.unmet_by(owner).exists()
    assert not RolePolicy.objects.unmet_by(support).exists()
    assert Entry.objects.get(kind="policy.changed").data == {"second_factor": True}
    actions.set_policy("specialist", by=director, second_factor=False, now=T0)
    owner.refresh_from_db()
    assert owner.session_epoch == 1
    assert not RolePolicy.objects.unmet_by(owner).exists()


def test_a_policy_ends_the_tokens_of_who_has_no_factor(
    director: User, owner: User, colleague: User, support: User
) -> None:
    TOTP.activate(colleague, "JBSWY3DPEHPK3PXP")
    for user in (owner, colleague, support):
        make_token(user)
    actions.set_policy("specialist", by=director, second_factor=True, now=T0)
    assert {token.user for token in ApiToken.objects.live(T0)} == {colleague, support}


def test_a_role_change_ends_the_tokens_of_the_old_role(director: User, owner: User) -> None:
    program = with_token(make_token(owner))
    actions.change_role(owner.pk, by=director, role="support", reason="needed there", now=T0)
    assert program.get(ME).status_code == 401


def test_policies_are_for_who_sets_security(manager: User, director: User) -> None:
    with pytest.raises(PermissionDenied):
        actions.set_policy("specialist", by=manager, second_factor=True, now=T0)
    with pytest.raises(InvalidError):
        actions.set_policy("king", by=director, second_factor=True, now=T0)
    assert not RolePolicy.objects.exists()
    assert not Entry.objects.exists()


# ---- tidying --------------------------------------------------------------------------------
def test_the_beat_forgets_what_ended_long_ago(owner: User, clock: Clock) -> None:
    for days, key in ((0, "young"), (2, "old")):
        IdempotencyKey.objects.create(
            user=owner, key=key, request="", status=200, made_at=T0 - timedelta(days=days)
        )
    make_token(owner, label="lives")
    make_token(owner, label="ended lately", revoked_at=T0 - timedelta(days=89))
    make_token(owner, label="revoked", revoked_at=T0 - timedelta(days=91))
    make_token(owner, label="ran out", expires_at=T0 - timedelta(days=91))
    for _twice in range(2):
        tasks.tidy()
    assert [row.key for row in IdempotencyKey.objects.all()] == ["young"]
    assert {str(row) for row in ApiToken.objects.all()} == {"lives", "ended lately"}
