"""Pages of the frame, the team, its people and groups: who sees what; done, refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from csservice.ledger.models import Entry
from teams import navigation
from teams.models import Group, User
from tests.factories import make_group, make_skill, make_ticket, make_user

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
    names = [item.url for item in navigation.RAIL] + [row.url for row in navigation.SECTIONS]
    assert all(reverse(name) for name in names)


def test_the_rail_holds_what_the_role_may(owner: User, director: User, support: User) -> None:
    names = {
        user.role: [item.url for item in navigation.rail(user)]
        for user in (owner, director, support)
    }
    assert names["specialist"] == ["queue", "customers", "training", "team"]
    assert "settings" in names["director"]
    assert names["support"] == ["queue", "training", "team", "status"]


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
