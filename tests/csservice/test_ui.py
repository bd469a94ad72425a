"""What every page is drawn with: icons, clocks, times, fields, the frame, and the copied files."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.base import Message
from django.template import engines
from django.test import RequestFactory
from django.utils import timezone, translation

from csservice.lib.templatetags import ui, ui_forms
from deploy import build_assets
from tickets.promise import Chip

T0 = datetime(2026, 11, 23, 10, 40, tzinfo=UTC)
STATES = [
    ("ok", 277, "4:37 left"),
    ("soon", 125, "2:05 left"),
    ("urgent", 48, "0:48 left"),
    ("late", -72, "Late 1:12"),
    ("met", 112, "Replied in 1:52"),
    ("missed", 40, "Replied 0:40 late"),
    ("paused", 40, "Paused"),
]


class Contact(forms.Form):
    name = forms.CharField(label="Name", help_text="As on the card")
    note = forms.CharField(label="Note", required=False)
    by = forms.ChoiceField(label="By", choices=[("p", "Phone")], widget=forms.RadioSelect)
    sure = forms.BooleanField(label="Sure")


def clock(state: str, seconds: int, metric: str = "first_response") -> Chip:
    return Chip(metric, state, T0 + timedelta(seconds=seconds), seconds, 300)


@pytest.mark.parametrize(("state", "seconds", "words"), STATES)
def test_a_chip_says_in_words_what_its_colour_says(state: str, seconds: int, words: str) -> None:
    html = ui.chip(clock(state, seconds))
    assert f'class="sla sla-{state}" data-s="{state}"' in html
    assert f'<span class="sla-t">{words}</span>' in html


@pytest.mark.parametrize("state", ["ok", "soon", "urgent", "late"])
def test_a_running_chip_tells_the_browser_what_to_count_to(state: str) -> None:
    html = ui.chip(clock(state, 125))
    assert 'data-due="2026-11-23T10:42:05.000Z"' in html
    assert 'data-soon="150" data-urgent="60"' in html


@pytest.mark.parametrize("state", ["met", "missed", "paused"])
def test_a_chip_that_stands_still_is_not_counted(state: str) -> None:
    assert "data-due" not in ui.chip(clock(state, 40))


def test_a_chip_is_silent_for_screen_readers() -> None:
    html = ui.chip(clock("urgent", 48))
    assert "aria-live" not in html
    assert "role=" not in html


def test_no_clock_draws_nothing() -> None:
    assert ui.chip(None) == ""


@pytest.mark.parametrize("state", [state for state, _seconds, _words in STATES])
def test_the_words_of_a_chip_go_through_the_catalogue(
    state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ui, "_", lambda text: f"译 {text}")
    assert "译 " in ui.chip(clock(state, 40))


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0:00"),
        (599, "9:59"),
        (600, "10 min"),
        (3599, "59 min"),
        (10080, "2 h 48 min"),
        (90000, "1 d 1 h"),
    ],
)
def test_a_length_of_time_is_as_short_as_its_size_allows(seconds: int, said: str) -> None:
    assert ui.span(seconds) == said


def test_statistics_have_minutes_and_seconds() -> None:
    assert ui.seconds_words(161) == "2 min 41 s"
    assert ui.seconds_words(timedelta(seconds=9)) == "9 s"
    assert ui.seconds_words(None) == ""


def test_a_far_deadline_has_a_day_and_the_reader_s_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "localdate", lambda: T0.date())
    with timezone.override("Asia/Shanghai"):
        assert ui.moment(T0) == "18:40"
        assert ui.moment(T0 + timedelta(days=1)) == "Tomorrow 18:40"
        assert ui.moment(T0 - timedelta(days=1)) == "Yesterday 18:40"
        assert ui.moment(T0 + timedelta(days=9)) == "2 Dec 18:40"


def test_a_time_is_machine_readable_in_utc_and_shown_in_the_reader_s_zone() -> None:
    with timezone.override("Asia/Shanghai"):
        html = ui.local_time(T0)
    assert 'datetime="2026-11-23T10:40:00Z"' in html
    assert "23 Nov 2026, 18:40" in html


def test_a_missing_time_says_that_there_is_none() -> None:
    assert "no data" in ui.local_time(None)


@pytest.mark.parametrize(
    ("name", "short"), [("Sofia Lindqvist", "SL"), ("刘敏", "刘"), ("欧阳娜娜", "欧"), ("", "")]
)
def test_initials_stand_for_a_name(name: str, short: str) -> None:
    assert ui.initials(name) == short


def test_an_icon_is_a_picture_without_words() -> None:
    html = ui.icon("phone", "ok-ic")
    assert html.startswith('<svg class="icon ok-ic" aria-hidden="true"')
    assert "icons.svg#phone" in html


def test_only_an_address_of_ours_can_be_undone() -> None:
    assert ui.undo_url(Message(25, "x", extra_tags="undo:/t/7/undo/")) == "/t/7/undo/"
    assert ui.undo_url(Message(25, "x", extra_tags="undo:https://elsewhere.example/")) == ""
    assert ui.undo_url(Message(25, "x")) == ""


def test_a_field_ties_label_hint_and_error_together() -> None:
    html = ui_forms.field(Contact({})["name"])
    assert '<label class="form-label" for="id_name">Name</label>' in html
    assert 'aria-describedby="id_name_hint id_name_error"' in html
    assert 'aria-invalid="true"' in html
    assert '<p class="field-error" id="id_name_error">' in html


def test_a_field_without_an_error_claims_none() -> None:
    html = ui_forms.field(Contact()["note"])
    assert "aria-invalid" not in html
    assert "aria-describedby" not in html
    assert "optional" in html


def test_one_of_several_is_a_group_of_real_radios() -> None:
    html = ui_forms.field(Contact({})["by"])
    assert html.startswith('<fieldset class="pills mb-3 " aria-describedby="id_by_error">')
    assert '<input type="radio" name="by" value="p"' in html


def test_keywords_become_attributes_of_the_control() -> None:
    html = ui_forms.field(Contact()["note"], data_draft="t7", hint="Short")
    assert 'data-draft="t7"' in html
    assert 'aria-describedby="id_note_hint"' in html


def test_text_of_a_form_is_escaped() -> None:
    html = ui_forms.field(Contact()["note"], label="<b>", hint="<i>")
    assert "<b>" not in html
    assert "<i>" not in html


def test_the_summary_says_the_same_words_as_the_fields_and_leads_to_them() -> None:
    form = Contact({})
    form.add_error(None, "Somebody was faster.")
    html = ui_forms.error_summary(form)
    assert 'class="error-summary" tabindex="-1"' in html
    assert "<li>Somebody was faster.</li>" in html
    assert '<a href="#id_name">Fill in “Name”</a>' in html
    assert '<a href="#id_by_0">' in html
    assert "Fill in “Name”" in ui_forms.field(form["name"])


def test_there_is_no_summary_of_nothing() -> None:
    assert ui_forms.error_summary(Contact()) == ""


def render(template: str) -> str:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    return str(engines["django"].get_template(template).render({}, request))


@pytest.mark.parametrize("template", ["base.html", "base_public.html"])
@pytest.mark.parametrize(("language", "lang"), [("en", "en"), ("zh-hans", "zh-Hans")])
def test_the_frame_obeys_the_strict_policy(template: str, language: str, lang: str) -> None:
    with translation.override(language):
        html = render(template)
    assert f'<html lang="{lang}"' in html
    assert not re.search(r"\s(style|on[a-z]+)=", html)
    assert not re.search(r"<script(?![^>]*(src=|application/json))", html)
    config = json.loads(re.findall(r"name=\"htmx-config\" content='([^']*)'", html)[0])
    assert config["includeIndicatorCSS"] is False
    assert "open" in config["morphIgnore"]
    assert 422 not in config["noSwap"]
    assert html.index("theme.js") < html.index("tabler.css")
    assert 'id="announce" role="status"' in html
    assert 'id="alert" role="alert"' in html


@pytest.mark.parametrize("page", ["400", "403", "404", "403_csrf", "500"])
def test_the_pages_for_trouble_need_nobody_and_no_database(page: str) -> None:
    assert "<h1>" in str(engines["django"].get_template(f"{page}.html").render({}))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small project with the files the pages use and two icons."""
    for source in build_assets.FILES.values():
        path = tmp_path / "node_modules" / source
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"body{}\n//# sourceMappingURL=x.map\n")
    icons = tmp_path / "node_modules" / "@tabler" / "icons" / "icons"
    for kind, name in [("outline", "phone"), ("outline", "mail"), ("filled", "star")]:
        (icons / kind).mkdir(parents=True, exist_ok=True)
        (icons / kind / f"{name}.svg").write_text(
            f'<svg width="24"><path d="M1 {len(name)}"/></svg>'
        )
    for app in build_assets.APPS:
        (tmp_path / app).mkdir()
    (tmp_path / "templates" / "a.html").write_text('{% icon "phone" %}{% icon "star-filled" %}')
    (tmp_path / "tickets" / "b.py").write_text('ICONS = {\n    "email": "mail",\n}\n')
    return tmp_path


def test_the_sprite_holds_the_icons_that_are_named_and_no_others(tree: Path) -> None:
    assert build_assets.build(tree) == ["mail", "phone", "star-filled"]
    sprite = (tree / "build" / "vendor" / "icons.svg").read_text()
    assert sprite.count("<symbol") == 3
    assert 'id="star-filled" viewBox="0 0 24 24" fill="currentColor"' in sprite


def test_building_twice_makes_the_same_files_without_source_maps(tree: Path) -> None:
    def made() -> dict[str, Any]:
        build_assets.build(tree)
        return {p.name: p.read_bytes() for p in (tree / "build" / "vendor").iterdir()}

    assert made() == made()
    assert b"sourceMappingURL" not in made()["htmx.js"]


def test_an_unknown_icon_stops_the_build_with_its_name(tree: Path) -> None:
    (tree / "templates" / "a.html").write_text('{% icon "no-such" %}')
    with pytest.raises(build_assets.AssetError, match="no-such"):
        build_assets.build(tree)


def test_without_node_modules_the_build_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(build_assets.AssetError, match="npm ci"):
        build_assets.build(tmp_path)
