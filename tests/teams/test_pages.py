"""Pages of the team, the settings and one's own: who sees what; done, refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from csservice.ledger.models import Entry, record
from teams import navigation
from teams.models import ApiToken, Calendar, Group, RolePolicy, Skill, User
from teams.roles import ROLES, Can
from tests.factories import T0, make_group, make_skill, make_ticket, make_token, make_user

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true"}


def text(answer: Any) -> str:
    return str(answer.content.decode())


# ---- the frame ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("who", "start"),
    [("director", "/live/"), ("manager", "/live/"), ("owner", "/queue/"), ("support", "/queue/")],
)
def test_each_role_lands_on_its_own_start(
    who: str, start: str, request: pytest.FixtureRequest, browser_of: Callable[[User], Client]
) -> None:
    answer = browser_of(request.getfixturevalue(who)).get("/")
    assert (answer.status_code, answer["Location"]) == (302, start)


def test_every_place_of_the_rail_and_the_settings_exists() -> None:
    for place in (*navigation.RAIL, *navigation.SECTIONS):
        try:
            reverse(place.url)
        except NoReverseMatch:  # pragma: no cover
            pytest.fail(f"{place.url} leads nowhere")


def test_the_rail_holds_what_the_role_may(owner: User, director: User, support: User) -> None:
    names = {
        user.role: [item.url for item in navigation.rail(user)]
        for user in (owner, director, support)
    }
    assert names["specialist"] == ["queue", "customers", "team"]
    assert "settings" in names["director"]
    assert names["support"] == ["queue", "team", "status"]


def test_the_rail_counts_replies_owed_by_me_or_nobody(
    owner_browser: Client, owner: User, colleague: User, group: Group
) -> None:
    for person in (owner, None, colleague):
        make_ticket(group=group, owner=person)
    make_ticket(group=group, owner=owner, step="analysis")
    context = owner_browser.get("/me/preferences/").context
    queue = next(item for item in context["nav"] if item["name"] == "queue")
    assert queue["count"] == 2
    assert context["mentions"] == 0


def test_presence_leads_back_to_where_one_was(owner_browser: Client, owner: User) -> None:
    answer = owner_browser.post("/presence/", {"presence": "available", "next": "/team/?q=x"})
    assert (answer.status_code, answer["Location"]) == (302, "/team/?q=x")
    owner.refresh_from_db()
    assert owner.presence == "available"
    assert owner_browser.post("/presence/", {"presence": "x"}).status_code == 422
    assert owner_browser.get("/presence/").status_code == 405


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:1"])
def test_nobody_is_led_to_another_site(owner_browser: Client, elsewhere: str) -> None:
    answer = owner_browser.post("/presence/", {"presence": "busy", "next": elsewhere})
    assert answer["Location"] == "/"


def test_the_language_is_kept_in_a_cookie_before_sign_in() -> None:
    client = Client()
    client.post("/language/", {"language": "zh-hans", "next": "/accounts/login/"})
    assert client.cookies["language"].value == "zh-hans"
    assert 'lang="zh-Hans"' in text(client.get("/accounts/login/"))
    client.post("/language/", {"language": "xx"})
    assert client.cookies["language"].value == "zh-hans"


def test_the_language_is_kept_with_the_person(owner_browser: Client, owner: User) -> None:
    owner_browser.post("/language/", {"language": "zh-hans"})
    owner.refresh_from_db()
    assert owner.language == "zh-hans"
    assert 'lang="zh-Hans"' in text(owner_browser.get("/team/"))


# ---- the team -------------------------------------------------------------------------------
def test_the_tree_shows_groups_with_their_people(owner_browser: Client, colleague: User) -> None:
    page = text(owner_browser.get("/team/"))
    assert "Cards" in page
    assert colleague.name in page


@pytest.mark.parametrize("view", ["tree", "list"])
def test_the_team_runs_the_same_queries_for_few_and_for_many(
    view: str, owner_browser: Client, group: Group, sql_of: Callable[..., list[str]]
) -> None:
    url = f"/team/?view={view}"
    make_user(groups=[group], skills=[make_skill()])
    owner_browser.get(url)
    few = sql_of(lambda: owner_browser.get(url))
    for _n in range(9):
        make_user(groups=[group, make_group()], skills=[make_skill()])
    many = sql_of(lambda: owner_browser.get(url))
    assert len(few) == len(many) <= 13, "\n".join(many)


def test_the_team_is_found_by_name_role_group_and_skill(
    owner_browser: Client, group: Group
) -> None:
    make_user(name="Grace Lee", groups=[group], skills=[make_skill(name="Payments")])
    for words, hit in (("grace", True), ("payments cards", True), ("payments loans", False)):
        answer = owner_browser.get("/team/", {"q": words}, headers=HX)
        assert ("Grace Lee" in text(answer)) is hit
        assert "<html" not in text(answer)


def test_who_left_is_listed_apart(owner_browser: Client) -> None:
    make_user(name="Gone Away", is_active=False)
    assert "Gone Away" not in text(owner_browser.get("/team/?view=list"))
    assert "Gone Away" in text(owner_browser.get("/team/?show=left"))


# ---- a person -------------------------------------------------------------------------------
def test_a_colleague_is_seen_but_not_changed(owner_browser: Client, colleague: User) -> None:
    page = text(owner_browser.get(f"/team/people/{colleague.pk}/"))
    assert colleague.name in page
    assert "Change the role" not in page
    for verb in ("details", "role", "groups", "deactivate", "invite"):
        answer = owner_browser.post(f"/team/people/{colleague.pk}/{verb}/", {})
        assert answer.status_code == 403, verb
    assert not Entry.objects.exists()


def test_a_manager_changes_the_role_on_the_page(manager_browser: Client, owner: User) -> None:
    url = f"/team/people/{owner.pk}/role/"
    refused = manager_browser.post(url, {"role-role": "support"}, headers=HX)
    assert refused.status_code == 422
    assert "Enter the reason." in text(refused)
    assert "error-summary" in text(refused)
    done = manager_browser.post(url, {"role-role": "support", "role-reason": "needed"})
    assert done.status_code == 302
    owner.refresh_from_db()
    assert owner.role == "support"
    page = text(manager_browser.get(f"/team/people/{owner.pk}/"))
    assert "needed" in page
    assert "Specialist → Technical support" in page


def test_a_manager_is_offered_no_role_beyond_their_own(
    manager_browser: Client, owner: User
) -> None:
    url = f"/team/people/{owner.pk}/role/"
    answer = manager_browser.post(url, {"role-role": "director", "role-reason": "x"})
    assert answer.status_code == 422
    owner.refresh_from_db()
    assert owner.role == "specialist"


def test_details_groups_and_standing_change_on_the_page(
    manager_browser: Client, owner: User, group: Group, other_group: Group
) -> None:
    at = f"/team/people/{owner.pk}"
    owner.memberships.create(group=other_group)
    sent = {"details-name": "New", "details-email": "new@b.example", "details-speaks": ["en"]}
    answer = manager_browser.post(f"{at}/details/", sent, headers=HX)
    assert answer["HX-Redirect"] == f"{at}/"
    manager_browser.post(f"{at}/groups/", {"groups-reason": "moved"})
    assert list(owner.memberships.values_list("group", flat=True)) == [other_group.pk]
    owner.memberships.create(group=group)
    manager_browser.post(f"{at}/deactivate/", {"deactivate-reason": "left"})
    owner.refresh_from_db()
    assert (owner.name, owner.speaks, owner.is_active) == ("New", ["en"], False)
    assert "Activate" in text(manager_browser.get(f"{at}/"))
    assert manager_browser.post(f"{at}/invite/").status_code == 404
    manager_browser.post(f"{at}/activate/", {"activate-reason": "back"})
    owner.refresh_from_db()
    assert owner.is_active
    assert manager_browser.post(f"{at}/dance/").status_code == 404


def test_a_new_person_gets_a_mail_and_sets_a_password(
    manager_browser: Client, group: Group
) -> None:
    sent = {
        "name": "Li Na",
        "email": "li.na@bank.example",
        "username": "li.na",
        "role": "specialist",
        "groups": [group.pk],
    }
    answer = manager_browser.post("/team/people/new/", sent)
    person = User.objects.get(username="li.na")
    assert answer["Location"] == f"/team/people/{person.pk}/"
    assert mail.outbox[0].to == ["li.na@bank.example"]
    assert "/accounts/password/reset/key/" in mail.outbox[0].body
    manager_browser.post(f"/team/people/{person.pk}/invite/")
    assert len(mail.outbox) == 2
    again = manager_browser.post("/team/people/new/", sent, headers=HX)
    assert again.status_code == 422
    assert "This user name is taken" in text(again)


def test_ones_own_page_offers_no_role_and_no_way_out(
    director_browser: Client, director: User
) -> None:
    page = text(director_browser.get(f"/team/people/{director.pk}/"))
    assert "Details" in page
    assert "Change the role" not in page
    assert "deactivate/" not in page


# ---- groups ---------------------------------------------------------------------------------
def test_a_director_adds_and_changes_a_group(
    director_browser: Client, group: Group, manager: User
) -> None:
    sent = {"name": "Wealth", "segment": "personal", "calendar": group.calendar.pk}
    answer = director_browser.post("/team/groups/new/", sent)
    made = Group.objects.get(name="Wealth")
    assert answer["Location"] == f"/team/groups/{made.pk}/"
    sent |= {"manager": manager.pk, "reason": "starts on Monday"}
    assert director_browser.post(f"/team/groups/{made.pk}/", sent).status_code == 302
    made.refresh_from_db()
    assert made.manager == manager
    refused = director_browser.post(f"/team/groups/{made.pk}/", sent | {"name": ""}, headers=HX)
    assert refused.status_code == 422


def test_a_group_is_seen_by_all_and_changed_by_who_runs_it(
    owner_browser: Client, manager_browser: Client, group: Group, other_group: Group
) -> None:
    assert owner_browser.get(f"/team/groups/{group.pk}/").status_code == 200
    assert owner_browser.post(f"/team/groups/{group.pk}/", {}).status_code == 403
    assert manager_browser.post(f"/team/groups/{other_group.pk}/", {}).status_code == 403
    assert manager_browser.get("/team/groups/new/").status_code == 403
    page = text(manager_browser.get(f"/team/groups/{group.pk}/"))
    assert 'name="segment"' not in page
    assert not Entry.objects.exists()


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
    assert owner_browser.get("/settings/")["Location"] == "/settings/api/"
    assert director_browser.get("/settings/").status_code == 302


def test_skills_are_added_and_renamed(manager_browser: Client) -> None:
    manager_browser.post("/settings/skills/", {"name": "Payments", "name_zh": "支付"})
    skill = Skill.objects.get()
    answer = manager_browser.post(f"/settings/skills/{skill.pk}/", {"name": "Pay"}, headers=HX)
    assert answer["HX-Redirect"] == "/settings/skills/"
    assert manager_browser.post("/settings/skills/", {"name": "PAY"}).status_code == 422
    assert [row.name for row in Skill.objects.all()] == ["Pay"]


def week(**over: str) -> dict[str, str]:
    return {"name": "Shop", "time_zone": "Asia/Shanghai"} | over


def test_hours_are_read_as_people_write_them(manager_browser: Client) -> None:
    sent = week(
        day_0="9:00-12:00，13:30–18:00",
        day_6="10:00–24:00",
        single="2026-10-01\n2026-10-02 09:00–12:00\n",
    )
    assert manager_browser.post("/settings/hours/new/", sent).status_code == 302
    made = Calendar.objects.get(name="Shop")
    assert made.week == {"0": [[32400, 43200], [48600, 64800]], "6": [[36000, 86400]]}
    assert made.days == {"2026-10-01": [], "2026-10-02": [[32400, 43200]]}
    page = text(manager_browser.get(f"/settings/hours/{made.pk}/"))
    assert 'value="09:00–12:00, 13:30–18:00"' in page
    listed = text(manager_browser.get("/settings/hours/"))
    assert "Tuesday to Saturday" in listed
    assert manager_browser.post(f"/settings/hours/{made.pk}/", week(always="on")).status_code == 302
    made.refresh_from_db()
    assert made.week == {}


@pytest.mark.parametrize(
    "over",
    [
        {},
        {"day_0": "nine to five"},
        {"day_0": "18:00–09:00"},
        {"day_0": "09:00–25:00"},
        {"day_0": "09:61–10:00"},
        {"day_0": "09:00–18:00", "single": "soon"},
        {"day_0": "09:00–18:00", "single": "2026-10-01 x"},
    ],
)
def test_hours_that_make_no_sense_are_refused(
    manager_browser: Client, over: dict[str, str]
) -> None:
    assert manager_browser.post("/settings/hours/new/", week(**over)).status_code == 422
    assert not Calendar.objects.filter(name="Shop").exists()


def test_hours_of_another_managers_group_are_not_mine(
    manager_browser: Client, other_group: Group
) -> None:
    assert manager_browser.get(f"/settings/hours/{other_group.calendar.pk}/").status_code == 403


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
    answer = director_browser.get("/settings/audit/audit.csv?area=person")
    rows = b"".join(answer.streaming_content).decode().splitlines()
    assert rows[0].startswith("\ufeffseq,at,by_id")
    assert len(rows) == 61
    assert "'=HYPERLINK()" in rows[1]


def test_the_edges_read_the_clock(owner_browser: Client, clock: Any, owner: User) -> None:
    owner_browser.post("/presence/", {"presence": "busy"})
    owner.refresh_from_db()
    assert owner.presence_at == T0 == timezone.now()
