"""Pages of the settings, of one's own and of the audit: who sees what; done, refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from csservice.ledger.models import record
from teams.models import ApiToken, RolePolicy, Skill, User
from teams.roles import ROLES, Can
from tests.factories import T0, make_token, make_user

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true"}


def text(answer: Any) -> str:
    return str(answer.content.decode())


# ---- settings -------------------------------------------------------------------------------
SECTIONS = {
    "/settings/skills/": Can.MANAGE_PEOPLE,
    "/settings/hours/": Can.MANAGE_PEOPLE,
    "/settings/hours/new/": Can.MANAGE_PEOPLE,
    "/settings/access/": Can.MANAGE_PEOPLE,
    "/settings/api/": Can.KEEP_OWN,
    "/settings/audit/": Can.SEE_LEDGER,
    "/settings/audit/audit.csv": Can.SEE_LEDGER,
}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("url", SECTIONS)
def test_a_section_opens_for_who_may(
    url: str, role: str, browser_of: Callable[[User], Client]
) -> None:
    answer = browser_of(make_user(role=role)).get(url)
    assert answer.status_code == (200 if SECTIONS[url] in ROLES[role] else 403)


def test_settings_lead_to_the_first_section_one_may_open(
    owner_browser: Client, director_browser: Client
) -> None:
    assert owner_browser.get("/settings/")["Location"] == "/settings/macros/"
    assert director_browser.get("/settings/").status_code == 302


def test_skills_are_added_and_renamed(manager_browser: Client) -> None:
    manager_browser.post("/settings/skills/", {"name": "Payments", "name_zh": "支付"})
    skill = Skill.objects.get()
    answer = manager_browser.post(f"/settings/skills/{skill.pk}/", {"name": "Pay"}, headers=HX)
    assert answer["HX-Redirect"] == "/settings/skills/"
    assert manager_browser.post("/settings/skills/", {"name": "PAY"}).status_code == 422
    assert [row.name for row in Skill.objects.all()] == ["Pay"]


def test_a_director_requires_a_second_factor_and_stays_signed_in(
    director_browser: Client, manager_browser: Client
) -> None:
    assert manager_browser.post("/settings/access/director/", {}).status_code == 403
    answer = director_browser.post("/settings/access/director/", {"second_factor": "on"})
    assert answer.status_code == 302
    assert RolePolicy.objects.get(role="director").second_factor
    assert director_browser.get("/team/")["Location"].startswith("/accounts/2fa/")
    assert director_browser.post("/settings/access/king/", {}).status_code == 302


def test_a_token_is_shown_once_and_revoked(
    owner_browser: Client, owner: User, colleague: User, director_browser: Client
) -> None:
    sent = {"label": "CRM", "scopes": ["read"], "days": "90"}
    page = text(owner_browser.post("/settings/api/", sent, headers=HX))
    token = ApiToken.objects.get()
    assert "shown this once" in page
    assert "shown this once" not in text(owner_browser.get("/settings/api/"))
    assert "CRM" in text(director_browser.get("/settings/api/"))
    assert owner_browser.post("/settings/api/", {"label": "x"}).status_code == 422
    make_token(colleague)
    foreign = ApiToken.objects.exclude(pk=token.pk).get()
    assert owner_browser.post(f"/settings/api/{foreign.pk}/revoke/").status_code == 404
    for _twice in range(2):
        answer = owner_browser.post(f"/settings/api/{token.pk}/revoke/")
        assert answer["Location"] == "/settings/api/"
    token.refresh_from_db()
    assert token.revoked_at is not None


# ---- one's own ------------------------------------------------------------------------------
PREFERENCES = {
    "language": "en",
    "theme": "dark",
    "density": "compact",
    "shortcuts": "off",
    "announce": "on",
}


def test_preferences_are_saved_with_and_without_javascript(
    owner_browser: Client, owner: User
) -> None:
    url = "/me/preferences/"
    assert owner_browser.post(url, PREFERENCES, headers=HX)["HX-Refresh"] == "true"
    assert owner_browser.post(url, PREFERENCES, headers=HX).status_code == 204
    assert owner_browser.post(url, PREFERENCES | {"theme": "light"}).status_code == 302
    assert owner_browser.post(url, PREFERENCES | {"theme": "pink"}, headers=HX).status_code == 422
    owner.refresh_from_db()
    assert (owner.theme, owner.density, owner.shortcuts) == ("light", "compact", "off")


def test_the_security_page_says_what_the_role_requires(owner_browser: Client) -> None:
    assert "Your role requires one" not in text(owner_browser.get("/me/security/"))


# ---- the audit ------------------------------------------------------------------------------
def entries(owner: User, n: int = 1) -> None:
    for place in range(n):
        record(
            "person.changed", "user", owner.pk, by=owner, now=T0 + timedelta(days=place), n=place
        )
    record("ticket.received", "ticket", 7, by=None, now=T0)


def test_the_audit_names_people_by_reference(director_browser: Client, owner: User) -> None:
    entries(owner)
    User.objects.filter(pk=owner.pk).update(name="Named Today")
    page = text(director_browser.get("/settings/audit/"))
    assert "Named Today" in page
    assert f"/team/people/{owner.pk}/" in page
    assert "The system" in page
    assert "/t/7/" in page


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"area": "ticket"}, 1),
        ({"by": "owner"}, 3),
        ({"about": "ticket 7"}, 1),
        ({"about": "ticket"}, 1),
        ({"since": "2026-01-06"}, 2),
        ({"until": "2026-01-05"}, 2),
        ({"since": "nonsense"}, 4),
        ({"area": "x"}, 4),
        ({"by": "nobody"}, 0),
    ],
)
def test_the_audit_is_narrowed(
    director_browser: Client, owner: User, asked: dict[str, str], found: int
) -> None:
    entries(owner, 3)
    answer = director_browser.get("/settings/audit/", asked, headers=HX)
    assert text(answer).count('<tr id="entry-') == found


def test_the_audit_turns_its_pages_by_key(
    director_browser: Client, owner: User, sql_of: Callable[..., list[str]]
) -> None:
    entries(owner)
    director_browser.get("/settings/audit/")
    short = sql_of(lambda: director_browser.get("/settings/audit/"))
    entries(owner, 59)
    first = director_browser.get("/settings/audit/?area=person")
    assert len(first.context["lines"]) == 50
    second = director_browser.get(f"/settings/audit/?{first.context['older']}")
    assert len(second.context["lines"]) == 10
    assert second.context["newest"] == "area=person"
    long = sql_of(lambda: director_browser.get("/settings/audit/"))
    assert len(short) == len(long) <= 8, "\n".join(long)


def test_the_audit_is_exported_whole_and_harmless(director_browser: Client, owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(username="=HYPERLINK()")
    owner.refresh_from_db()
    entries(owner, 60)
    answer: Any = director_browser.get("/settings/audit/audit.csv?area=person")
    rows = b"".join(answer.streaming_content).decode().splitlines()
    assert rows[0].startswith("\ufeffseq,at,by_id")
    assert len(rows) == 61
    assert "'=HYPERLINK()" in rows[1]


def test_the_edges_read_the_clock(owner_browser: Client, clock: Any, owner: User) -> None:
    owner_browser.post("/presence/", {"presence": "busy"})
    owner.refresh_from_db()
    assert owner.presence_at == T0 == timezone.now()
