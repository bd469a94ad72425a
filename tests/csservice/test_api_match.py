"""Nobody overwrites what they have not read: If-Match on rows without a version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from csservice.ledger.models import Entry
from teams.models import Group, User
from tests.factories import make_category, make_product, make_skill
from tickets.models import SlaPolicy
from tickets.policy import DEFAULT

pytestmark = pytest.mark.django_db
HOURS: dict[str, Any] = {"name": "Always", "time_zone": "UTC", "week": None}
# resource -> how it is changed, twice in a row
CHANGES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "categories": ("patch", {"name": "One"}, {"name": "Two"}),
    "products": ("patch", {"name": "One"}, {"name": "Two"}),
    "calendars": ("put", HOURS, HOURS | {"name": "Sometimes"}),
    "skills": ("put", {"name": "One"}, {"name": "Two"}),
    "groups": ("patch", {"name": "One", "reason": "x"}, {"name": "Two", "reason": "x"}),
    "users": ("patch", {"name": "One"}, {"name": "Two"}),
    "sla-policies": ("put", {"name": "One"} | dict(DEFAULT), {"name": "Two"} | dict(DEFAULT)),
}


@pytest.mark.parametrize("resource", CHANGES)
def test_a_row_is_changed_only_by_who_read_it_last(
    resource: str, director: User, owner: User, group: Group, api_of: Callable[[User], APIClient]
) -> None:
    keys: dict[str, Callable[[], Any]] = {
        "categories": make_category,
        "products": make_product,
        "skills": make_skill,
        "calendars": lambda: group.calendar,
        "groups": lambda: group,
        "users": lambda: owner,
        "sla-policies": SlaPolicy.objects.get,
    }
    api, url = api_of(director), f"/api/v1/{resource}/{keys[resource]().pk}/"
    method, first, second = CHANGES[resource]
    change = getattr(api, method)
    read = api.get(url)
    changed = change(url, first, HTTP_IF_MATCH=read["ETag"])
    assert changed.status_code == 200, changed.content
    assert changed["ETag"] != read["ETag"]
    assert changed["ETag"] == api.get(url)["ETag"]
    count = Entry.objects.count()
    late = change(url, second, HTTP_IF_MATCH=read["ETag"])
    assert late.status_code == 412
    assert late["Content-Type"] == "application/problem+json"
    assert Entry.objects.count() == count
    assert api.get(url)["ETag"] == changed["ETag"]
    assert change(url, second, HTTP_IF_MATCH="*").status_code == 200
