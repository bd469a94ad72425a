"""Signing in: locked after failures, with a second factor by role, ended when a role changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core.exceptions import PermissionDenied
from django.test import Client
from pytest_django.fixtures import Settings
from rest_framework.settings import api_settings
from rest_framework.test import APIClient

from csservice.ledger.models import Entry
from csservice.lib.crypto import decrypt
from csservice.lib.errors import RefusedError
from teams import actions
from teams.adapter import MfaAdapter
from teams.models import ApiToken, RolePolicy, User
from tests.factories import PASSWORD, T0

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"
TOKEN = "/api/v1/auth/token/"
SET_UP = "/accounts/2fa/totp/activate/"


def sign_in(client: Client, user: User, password: str = PASSWORD) -> Any:
    return client.post(LOGIN, {"login": user.username, "password": password})


def signed_in(client: Client) -> bool:
    return client.get("/me/preferences/").status_code == 200


def code_now(secret: str) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return str(format_hotp_value(hotp_value(secret, counter)))


# ---- the page -------------------------------------------------------------------------------
@pytest.mark.parametrize("by", ["username", "email"])
def test_one_signs_in_by_name_or_address(by: str, owner: User) -> None:
    client = Client()
    answer = client.post(LOGIN, {"login": getattr(owner, by), "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert signed_in(client)


def test_who_left_does_not_sign_in_and_is_out_at_once(owner: User, manager: User) -> None:
    client = Client()
    sign_in(client, owner)
    actions.deactivate(owner.pk, by=manager, reason="left", now=T0)
    assert not signed_in(client)
    sign_in(client, owner)
    assert not signed_in(client)


def test_nobody_signs_up() -> None:
    answer = Client().get("/accounts/signup/")
    assert b"<form" not in answer.content or b"password1" not in answer.content
    Client().post("/accounts/signup/", {"username": "x", "password1": "a-long-password-7"})
    assert not User.objects.exists()


def test_five_failures_lock_the_account_for_a_while(settings: Settings, owner: User) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "5/5m/key"}
    client = Client()
    for _n in range(5):
        assert sign_in(client, owner, "wrong").status_code == 200
    answer = sign_in(client, owner)
    assert b"Too many failed login attempts" in answer.content
    assert not signed_in(client)


def test_failures_over_the_api_count_with_those_of_the_page(
    settings: Settings, owner: User
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "5/5m/key"}
    program = APIClient()
    body = {"username": owner.username, "password": "wrong", "label": "x"}
    for _n in range(5):
        assert program.post(TOKEN, body).status_code == 401
    answer = program.post(TOKEN, body | {"password": PASSWORD})
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert not ApiToken.objects.exists()


def test_failures_count_by_the_address_that_our_proxy_saw(
    settings: Settings, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "2/m/ip"}

    def tries(*said: str) -> list[bool]:
        return [
            b"Too many failed"
            in Client(headers={"X-Forwarded-For": one})
            .post(LOGIN, {"login": f"nobody{n}", "password": "wrong"})
            .content
            for n, one in enumerate(said)
        ]

    assert tries("1.1.1.1", "2.2.2.2", "3.3.3.3") == [False, False, True], "hearsay"
    monkeypatch.setattr(api_settings, "NUM_PROXIES", 1)
    assert tries("6.6.6.6, 8.8.8.8", "8.8.8.8", "7.7.7.7, 8.8.8.8", "9.9.9.9") == [
        *(False, False, True),
        False,
    ]


@pytest.mark.parametrize("password", ["short", "password1234", "123456789012"])
def test_weak_passwords_are_refused(password: str, owner: User) -> None:
    client = Client()
    sign_in(client, owner)
    answer = client.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": password, "password2": password},
    )
    assert answer.status_code == 200
    owner.refresh_from_db()
    assert owner.check_password(PASSWORD)


# ---- sessions -------------------------------------------------------------------------------
def test_a_role_change_ends_every_session_of_the_person(owner: User, manager: User) -> None:
    here, there, managers = Client(), Client(), Client()
    for client, user in ((here, owner), (there, owner), (managers, manager)):
        sign_in(client, user)
    actions.change_role(owner.pk, by=manager, role="support", reason="needed there", now=T0)
    assert not signed_in(here)
    assert not signed_in(there)
    assert signed_in(managers)
    sign_in(here, owner)
    assert signed_in(here)


def test_a_director_who_becomes_something_else_leaves_the_admin(director: User) -> None:
    first = User.objects.create_superuser("first", name="First", email="first@bank.example")
    actions.change_role(first.pk, by=director, role="specialist", reason="stepped down", now=T0)
    first.refresh_from_db()
    assert (first.is_staff, first.is_superuser) == (False, False)
    back = actions.change_role(first.pk, by=director, role="director", reason="returned", now=T0)
    assert not back.is_superuser


def test_the_admin_has_no_door_of_its_own(director: User) -> None:
    User.objects.filter(pk=director.pk).update(is_staff=True, is_superuser=True)
    TOTP.activate(director, "JBSWY3DPEHPK3PXP")
    client = Client()
    for answer in (
        client.get("/admin/login/?next=/admin/"),
        client.post("/admin/login/?next=/admin/", {"username": "director", "password": PASSWORD}),
    ):
        assert (answer.status_code, answer["Location"]) == (302, f"{LOGIN}?next=%2Fadmin%2F")
    assert not signed_in(client)


# ---- the second factor ----------------------------------------------------------------------
def test_a_role_with_a_policy_sets_up_a_factor_first(owner: User, director: User) -> None:
    client = Client()
    sign_in(client, owner)
    actions.set_policy("specialist", by=director, second_factor=True, now=T0)
    assert not signed_in(client), "the policy ends the sessions of before"
    sign_in(client, owner)
    answer = client.get("/me/preferences/")
    assert (answer.status_code, answer["Location"]) == (302, SET_UP)
    swap = client.get("/me/preferences/", headers={"HX-Request": "true"})
    assert (swap.status_code, swap["HX-Redirect"]) == (200, SET_UP)
    api = client.get("/api/v1/users/me/")
    assert (api.status_code, api["Content-Type"]) == (403, "application/problem+json")

    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = client.get(SET_UP)
    secret = page.context["form"].secret
    client.post(SET_UP, {"code": code_now(secret)})
    kept = Authenticator.objects.get(user=owner, type="totp")
    assert decrypt(kept.data["secret"]) == secret, "encrypted at rest"
    assert signed_in(client)
    assert client.get("/api/v1/users/me/").status_code == 200


def test_who_has_a_factor_is_asked_for_it(owner: User) -> None:
    secret = "JBSWY3DPEHPK3PXP"
    TOTP.activate(owner, secret)
    client = Client()
    answer = sign_in(client, owner)
    assert answer["Location"].startswith("/accounts/2fa/authenticate/")
    assert not signed_in(client)
    client.post("/accounts/2fa/authenticate/", {"code": code_now(secret)})
    assert signed_in(client)


def test_the_last_factor_stays_while_the_role_requires_one(owner: User, director: User) -> None:
    first = TOTP.activate(owner, "JBSWY3DPEHPK3PXP").instance
    adapter = MfaAdapter()
    assert adapter.can_delete_authenticator(first)
    actions.set_policy("specialist", by=director, second_factor=True, now=T0)
    assert not adapter.can_delete_authenticator(first)
    Authenticator.objects.create(user=owner, type="webauthn", data={})
    assert adapter.can_delete_authenticator(first)
    codes = Authenticator.objects.create(user=owner, type="recovery_codes", data={})
    assert adapter.can_delete_authenticator(codes)


def test_who_lost_their_factor_gets_a_new_start_on_record(
    owner: User, manager: User, browser_of: Callable[[User], Client]
) -> None:
    TOTP.activate(owner, "JBSWY3DPEHPK3PXP")
    page = f"/team/people/{owner.pk}/"
    desk = browser_of(manager)
    assert b"Remove the second factor" in desk.get(page).content
    assert desk.post(f"{page}factors/", {"factors-reason": ""}).status_code == 422
    assert Authenticator.objects.exists()
    answer = desk.post(f"{page}factors/", {"factors-reason": "Lost the phone"})
    assert (answer.status_code, answer["Location"]) == (302, page)
    assert not Authenticator.objects.exists()
    owner.refresh_from_db()
    assert owner.session_epoch == 1
    assert Entry.objects.get(kind="person.factors_forgotten").data == {"reason": "Lost the phone"}
    assert b"Remove the second factor" not in desk.get(page).content
    with pytest.raises(RefusedError):
        actions.forget_factors(owner.pk, by=manager, reason="again", now=T0)


def test_nobody_takes_away_their_own_or_a_strangers_factor(
    owner: User, stranger: User, manager: User
) -> None:
    for user in (manager, stranger):
        TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    for by, of in ((manager, stranger), (owner, manager)):
        with pytest.raises(PermissionDenied):
            actions.forget_factors(of.pk, by=by, reason="mine", now=T0)
    User.objects.filter(pk=manager.pk).update(role="director")
    manager.refresh_from_db()
    with pytest.raises(RefusedError):
        actions.forget_factors(manager.pk, by=manager, reason="mine", now=T0)
    assert Authenticator.objects.count() == 2


def test_a_role_without_a_policy_asks_once_a_session(
    owner_browser: Client, sql_of: Callable[..., list[str]]
) -> None:
    owner_browser.get("/me/preferences/")
    later = sql_of(lambda: owner_browser.get("/me/preferences/"))
    assert not [sql for sql in later if "rolepolicy" in sql]


# ---- tokens by password ---------------------------------------------------------------------
def test_a_program_gets_a_token_for_name_and_password(owner: User) -> None:
    answer = APIClient().post(
        TOKEN, {"username": owner.username, "password": PASSWORD, "label": "CRM"}
    )
    assert answer.status_code == 201
    made = answer.json()
    assert set(made) == {"token", "expires_at", "scopes"}
    program = APIClient()
    program.credentials(HTTP_AUTHORIZATION=f"Bearer {made['token']}")
    assert program.get("/api/v1/users/me/").json()["id"] == owner.pk


@pytest.mark.parametrize("how", ["factor", "policy"])
def test_no_token_by_password_where_a_second_factor_is_in_force(how: str, owner: User) -> None:
    if how == "factor":
        TOTP.activate(owner, "JBSWY3DPEHPK3PXP")
    else:
        RolePolicy.objects.create(role="specialist", second_factor=True)
    answer = APIClient().post(
        TOKEN, {"username": owner.username, "password": PASSWORD, "label": "CRM"}
    )
    assert answer.status_code == 403
    assert not ApiToken.objects.exists()


def test_no_token_for_who_left_nor_without_all_fields(owner: User) -> None:
    body = {"username": owner.username, "password": PASSWORD, "label": "CRM"}
    User.objects.filter(pk=owner.pk).update(is_active=False)
    refused = APIClient().post(TOKEN, body)
    assert (refused.status_code, refused["WWW-Authenticate"][:6]) == (401, "Bearer")
    assert APIClient().post(TOKEN, {}).status_code == 400
    assert not ApiToken.objects.exists()
