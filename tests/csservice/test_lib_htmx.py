"""The whole page or the part; and what an expired session gets."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.template import engines
from django.test import Client, RequestFactory
from django_htmx.middleware import HtmxMiddleware

from csservice.lib import htmx
from csservice.lib.htmx import page

SWAP = {"HX-Request": "true"}
WHOLE, PART = "<main><p id='rows'>Ada</p></main>", "<p id='rows'>Ada</p>"


@pytest.fixture(autouse=True)
def _template(monkeypatch: pytest.MonkeyPatch) -> None:
    """One template in memory instead of files."""

    def render(request: object, name: str, context: dict[str, str], status: int) -> HttpResponse:
        text = PART if name.endswith("#rows") else WHOLE
        body = engines["django"].from_string(text.replace("Ada", "{{ who }}")).render(context)
        return HttpResponse(body, status=status)

    monkeypatch.setattr(htmx, "render", render)


def answer(**headers: str) -> HttpResponse:
    request = RequestFactory().get("/queue/", headers=headers)
    HtmxMiddleware(lambda _: HttpResponse())(request)
    return page(request, "queue.html", {"who": "Ada"}, partial="rows", status=422)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, WHOLE),
        (SWAP, PART),
        (SWAP | {"HX-Boosted": "true"}, WHOLE),
        (SWAP | {"HX-History-Restore-Request": "true"}, WHOLE),
    ],
    ids=["plain", "swap", "boosted", "restored"],
)
def test_only_a_swap_gets_the_part(headers: dict[str, str], body: str) -> None:
    response = answer(**headers)
    assert response.content.decode() == body
    assert response.status_code == 422
    assert {"HX-Request", "HX-Boosted", "HX-History-Restore-Request"} <= set(
        response["Vary"].split(", ")
    )


@pytest.mark.django_db
def test_without_a_session_a_page_leads_to_sign_in_and_back() -> None:
    response = Client().get("/queue/?mine=1")
    assert (response.status_code, response["Location"]) == (
        302,
        "/accounts/login/?next=/queue/%3Fmine%3D1",
    )


@pytest.mark.django_db
def test_an_expired_swap_reloads_the_page_it_was_on_and_paints_no_form_into_it() -> None:
    current = {"HX-Current-URL": "http://testserver/queue/?mine=1"}
    response = Client().get("/queue/rows/", headers=SWAP | current)
    assert response.status_code == 200
    assert response["HX-Redirect"] == "/accounts/login/?next=/queue/%3Fmine%3D1"
    assert not response.has_header("Location")
    assert response.content == b""


@pytest.mark.django_db
def test_an_expired_swap_never_leads_to_another_site() -> None:
    foreign = {"HX-Current-URL": "https://elsewhere.example/queue/"}
    response = Client().get("/queue/", headers=SWAP | foreign)
    assert response["HX-Redirect"] == "/accounts/login/?next=/"
