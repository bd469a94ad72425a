"""A new installation: from the first account to the first contact, by the pages alone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.test import Client

from teams.models import Calendar, Group, User
from tickets.models import Category, Guide, Product, Ticket

pytestmark = pytest.mark.django_db
SECRET = "a-long-password-7"
WEEK = {f"day_{day}": "00:00–24:00" for day in range(7)}


def sign_in(username: str) -> Client:
    client = Client()
    answer = client.post("/accounts/login/", {"login": username, "password": SECRET})
    assert answer.status_code == 302
    return client


def text(answer: Any) -> str:
    assert answer.status_code == 200
    return str(answer.content.decode())


def saved(answer: Any) -> None:
    assert answer.status_code == 302, answer.content.decode()


def set_password(client: Client) -> None:
    """As the mail that a new colleague gets leads them."""
    link = re.search(r"http://[^/]+(/accounts/password/reset/key/\S+)", str(mail.outbox[-1].body))
    assert link is not None, mail.outbox[-1].body
    form = client.get(link[1])
    saved(client.post(form["Location"], {"password1": SECRET, "password2": SECRET}))


def test_the_first_director_leads_the_bank_to_its_first_contact(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", SECRET)
    call_command(
        "createsuperuser",
        interactive=False,
        username="boss",
        email="boss@bank.example",
        name="Boss",
        verbosity=0,
    )
    boss = sign_in("boss")
    assert boss.get("/")["Location"] == "/live/"
    assert 'href="/team/groups/new/"' in text(boss.get("/live/"))
    assert 'href="/settings/hours/new/"' in text(boss.get("/team/groups/new/"))

    saved(
        boss.post("/settings/hours/new/", {"name": "Always", "time_zone": "Asia/Shanghai"} | WEEK)
    )
    always = Calendar.objects.get()
    saved(
        boss.post(
            "/team/groups/new/", {"name": "Cards", "segment": "personal", "calendar": always.pk}
        )
    )
    group = Group.objects.get()
    person = {"name": "Ada", "username": "ada", "email": "ada@bank.example", "speaks": ["zh-hans"]}
    saved(
        boss.post("/team/people/new/", person | {"role": "specialist", "groups": [str(group.pk)]})
    )
    set_password(Client())

    ada = sign_in("ada")
    assert "No tickets are yours" in text(ada.get("/queue/"))
    saved(ada.post("/presence/", {"presence": "available"}))
    form = ada.get("/t/new/").context["form"]
    contact = {
        "key": str(form["key"].value()),
        "channel": "phone",
        "name": "李娜",
        "reach": "13800138000",
        "segment": "personal",
        "subject": "Card eaten",
        "priority": "normal",
    }
    saved(ada.post("/t/new/", contact))
    ticket = Ticket.objects.get()
    assert (ticket.owner, ticket.step) == (User.objects.get(username="ada"), "analysis")
    assert "There are no categories yet." in text(ada.get(f"/t/{ticket.pk}/"))

    saved(boss.post("/settings/guides/new/", {"name": "Cards", "code": "cards", "active": "on"}))
    category = Category.objects.get()
    assert text(boss.get(f"/settings/guides/{category.pk}/"))
    product = {"code": "card", "name": "Card", "kind": "card", "risk_level": "R1", "active": "on"}
    saved(boss.post("/settings/products/new/", product))
    assert Product.objects.exists()
    assert "There are no categories yet." not in text(ada.get(f"/t/{ticket.pk}/"))
    analysed = {"category": category.pk, "need": "Her card back", "solution": "A new one"}
    saved(ada.post(f"/t/{ticket.pk}/analyse/", analysed))
    ticket.refresh_from_db()
    assert ticket.step == "resolution", "a category without a guide asks nothing more"
    assert not Guide.objects.exists()
