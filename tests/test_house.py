"""The rules of the house that no linter knows (README: the house in seven lines)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import PROTECT, ForeignKey, Model
from django.template.loader import get_template

from csservice.celery import EVERY, app
from csservice.lib.states import HasMoves

ROOT = Path(__file__).parent.parent
APPS = ("teams", "training", "tickets", "feedback", "kpis")
OURS = {*APPS, "ledger", "status"}
SOURCES = sorted(
    path
    for name in (*APPS, "csservice", "tests")
    for path in (ROOT / name).rglob("*.py")
    if "migrations" not in path.parts
)
PRODUCT = [path for path in SOURCES if path.relative_to(ROOT).parts[0] != "tests"]
TEMPLATES = sorted(
    path for path in (ROOT / "templates").rglob("*") if path.suffix in {".html", ".txt"}
)
EDGES = {"views", "api", "tasks", "forms", "admin", "management"}
WIRING = {
    "middleware",
    "context",
    "adapter",
    "authentication",
    "http",
    "jobs",
    "apps",
    "urls",
    "metrics",
}
WRITES = {"create", "bulk_create", "update_or_create", "get_or_create", "bulk_update", "delete"}
CLOCKS = {"now", "today", "utcnow"}
CONVERTERS = {"localtime", "localdate"}  # of a time that is given; of now without one
# Writes that no person's role decides, each with its reason.
NO_ROLE = {
    "book": "a step of what was passed, attended or imported",
    "carry": "a step of `save_policy` and `carry_hours`",
    "carry_over": "a step of `save_policy`",
    "fail_course": "a step of a marked test",
    "close_test": "a step of `hand_in`, or of a time that is over",
    "finish_test": "a step of a closed or marked test",
    "find_or_make": "a step of `receive`, which has asked",
    "follow": "a step of every save of a ticket",
    "pass_course": "a step of a marked test or the last lesson read",
    "promised": "a step of `receive`",
}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def place_of(path: Path) -> set[str]:
    """The kinds of code a module may be: its own name and its packages'."""
    return {path.stem, *path.relative_to(ROOT).parts[:-1]}


def method_calls(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def body(deed: ast.FunctionDef) -> list[ast.stmt]:
    """The statements after the docstring."""
    return deed.body[1:] if ast.get_docstring(deed) else deed.body


# ---- code -----------------------------------------------------------------------------------
@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_module_is_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 400, "split the module into a package"


@pytest.mark.parametrize("path", PRODUCT, ids=name_of)
def test_a_function_fits_on_a_screen(path: Path) -> None:
    """25 statements, and 45 lines of code: a call with many named arguments stands on many."""
    text = path.read_text()
    lines = text.splitlines()
    for deed in functions(ast.parse(text)):
        inside = lines[body(deed)[0].lineno - 1 : deed.end_lineno] if body(deed) else []
        code = [line for line in inside if line.strip() and not line.strip().startswith("#")]
        assert len(code) <= 45, f"{deed.name} has {len(code)} lines of code"
        does = sum(isinstance(node, ast.stmt) for node in ast.walk(deed)) - 1
        assert does <= 25, f"{deed.name} has {does} statements"


@pytest.mark.parametrize("path", [p for p in PRODUCT if place_of(p) & EDGES], ids=name_of)
def test_an_edge_writes_only_through_an_action(path: Path) -> None:
    for call in method_calls(ast.parse(path.read_text())):
        text = ast.unparse(call)
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        said = f"{name_of(path)}:{call.lineno} {text}"
        assert name not in WRITES, said
        # an action is named `save` too and says `by`; allauth's forms take the request and mail
        ours = any(argument.arg == "by" for argument in call.keywords) or "(request)" in text
        assert name != "save" or ours, said
        assert not (name == "update" and ".objects" in text), said


@pytest.mark.parametrize(
    "path",
    [p for p in PRODUCT if place_of(p) & OURS and not place_of(p) & (EDGES | WIRING)],
    ids=name_of,
)
def test_the_clock_is_read_at_the_edge(path: Path) -> None:
    for call in method_calls(ast.parse(path.read_text())):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        reads = name in CLOCKS or (name in CONVERTERS and not call.args)
        assert not reads, f"{name_of(path)}:{call.lineno}: take `now` as argument"


@pytest.mark.parametrize("path", [p for p in PRODUCT if "actions" in place_of(p)], ids=name_of)
def test_whoever_acts_is_checked_first(path: Path) -> None:
    for deed in (n for n in ast.parse(path.read_text()).body if isinstance(n, ast.FunctionDef)):
        asks = any(argument.arg == "by" for argument in deed.args.kwonlyargs)
        if asks and not deed.name.startswith("_") and path.stem != "_row":
            first = ast.unparse(body(deed)[0])
            assert "by.must(" in first or deed.name in NO_ROLE, f"{deed.name}: by.must(...) first"


# ---- models ---------------------------------------------------------------------------------
def ours() -> list[type[Model]]:
    return [model for model in apps.get_models() if model._meta.app_label in OURS]


@pytest.mark.parametrize("model", HasMoves.__subclasses__())
def test_moves_reach_every_step_and_no_other(model: type[HasMoves]) -> None:
    field: Any = next(field for field in model._meta.fields if field.name == "step")
    steps = {value for value, _label in field.choices}
    ends = {move.end for move in model.MOVES.values() if move.end}
    assert ends | {field.default} == steps
    assert all(move.sources <= steps for move in model.MOVES.values())


@pytest.mark.parametrize("model", ours(), ids=lambda m: m._meta.label)
def test_deleting_a_person_never_deletes_work(model: type[Model]) -> None:
    for field in model._meta.concrete_fields:
        if isinstance(field, ForeignKey):
            assert field.remote_field.on_delete is PROTECT, field


def test_every_schedule_names_a_job() -> None:
    app.loader.import_default_modules()
    assert set(EVERY) <= set(app.tasks)


# ---- templates ------------------------------------------------------------------------------
FORBIDDEN = {
    "inline style": re.compile(r"<style|\sstyle\s*="),
    "inline script": re.compile(r"<script(?![^>]*(\bsrc=|type=.application/json))"),
    "inline handler": re.compile(r"\son[a-z]+\s*=|hx-on|\bjs:|javascript:"),
    "evaluated trigger filter": re.compile(r"hx-trigger=\"([^\"]*,)?\s*[\w:.-]+\["),
    "|safe": re.compile(r"\|\s*safe\b"),
}
CONTROL = re.compile(r"\{%(?!\s*(block|extends)).*?%\}", re.DOTALL)
TAG = re.compile(r"\{% block body_class %\}.*?\{% endblock %\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
SPOKEN = re.compile(
    r"\{#.*?#\}|\{% comment.*?endcomment %\}|\{% blocktranslate.*?endblocktranslate %\}",
    re.DOTALL,
)
WORDS = re.compile(r"[^\W\d_]{2,}")
# Not language: names of formats and keys, the product's own name, units.
NO_LANGUAGE = {"csservice", "API", "Esc", "Enter", "Ctrl", "Alt", "Shift", "JSON", "CSV", "nbsp"}


class Words(HTMLParser):
    """Collects what a person would read or hear: text, and attributes that are spoken.

    Left out: what stands under a `lang` of its own, since it is in that language for everybody;
    what is code, or says `translate="no"`.
    """

    VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "col", "wbr", "source"})
    CODE = frozenset({"script", "style", "kbd", "code"})

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        own = tag != "html" and (known.get("lang") or known.get("translate") == "no")
        if tag not in self.VOID and (self.silent or own or tag in self.CODE):
            self.silent.append(tag)
        spoken = {"title", "alt", "placeholder", "aria-label", "aria-description"}
        if not self.silent:
            self.found += [value for name, value in attrs if value and name in spoken]

    def handle_endtag(self, tag: str) -> None:
        if self.silent and self.silent[-1] == tag:
            self.silent.pop()

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.found.append(data)


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_template_is_short_and_compiles(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 150, "take a part out into _parts"
    get_template(str(path.relative_to(ROOT / "templates")))


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_template_keeps_the_content_security_policy(path: Path) -> None:
    text = CONTROL.sub("", SPOKEN.sub("", path.read_text()))
    for what, pattern in FORBIDDEN.items():
        assert not pattern.search(text), what


# Speaks both languages at once: when a page broke, nobody knows whose it was.
BILINGUAL = {"500.html"}


@pytest.mark.parametrize("path", [p for p in TEMPLATES if p.name not in BILINGUAL], ids=name_of)
def test_every_word_of_a_template_is_translated(path: Path) -> None:
    reader = Words()
    reader.feed(TAG.sub("", SPOKEN.sub("", path.read_text())))
    spoken = [word for text in reader.found for word in WORDS.findall(text)]
    assert set(spoken) <= NO_LANGUAGE


def test_both_languages_are_offered() -> None:
    assert [code for code, _name in settings.LANGUAGES] == ["en", "zh-hans"]
