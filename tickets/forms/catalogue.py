"""Products, categories, and the editor of a question guide (N3, W2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from django import forms
from django.http import QueryDict
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from teams.forms import ActionForm
from teams.models import Skill
from tickets.guides import TYPES, Question
from tickets.models import Product

TYPE_WORDS = {
    "choice": _("One of several"),
    "multi": _("Several of a few"),
    "yesno": _("Yes or no"),
    "text": _("Words"),
    "number": _("Number"),
    "amount": _("Amount and currency"),
    "date": _("Date"),
}
MOST = 40
PLAIN = ("key", "type", "en", "zh", "options_en", "options_zh", "parent")


def long_text(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label, required=False, widget=forms.Textarea(attrs={"rows": 4}), max_length=4000
    )


class ProductForm(ActionForm):
    """A product; what is read to customers stands in both languages."""

    code = forms.SlugField(
        label=_("Code"),
        help_text=_("Letters, digits and hyphens, for example wealth-stable-90."),
        error_messages={
            "required": _("Enter a code."),
            "invalid": _("Enter letters, digits, hyphens and _ only."),
        },
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=Product.Kind.choices)
    risk_level = forms.ChoiceField(label=_("Risk level"), choices=Product.Level.choices)
    active = forms.BooleanField(label=_("Offered to customers"), required=False)
    name = forms.CharField(
        label=_("Name"), max_length=120, error_messages={"required": _("Enter the name.")}
    )
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=120, required=False)
    features = long_text(_("Features"))
    features_zh = long_text(_("Features in Chinese"))
    risks = long_text(_("Risks"))
    risks_zh = long_text(_("Risks in Chinese"))
    suitable = long_text(_("Suitable scenarios"))
    suitable_zh = long_text(_("Suitable scenarios in Chinese"))

    @property
    def pairs(self) -> list[tuple[Any, Any]]:
        """(English, Chinese) fields, side by side."""
        names = ("name", "features", "risks", "suitable")
        return [(self[name], self[f"{name}_zh"]) for name in names]


class CategoryForm(ActionForm):
    """What tickets are about, and which skill they ask for."""

    code = forms.SlugField(
        label=_("Code"),
        error_messages={
            "required": _("Enter a code."),
            "invalid": _("Enter letters, digits, hyphens and _ only."),
        },
    )
    name = forms.CharField(
        label=_("Name"), max_length=120, error_messages={"required": _("Enter the name.")}
    )
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=120, required=False)
    words = forms.CharField(
        label=_("Words that suggest it"),
        required=False,
        help_text=_("In both languages, separated by commas."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    skill = forms.ModelChoiceField(
        Skill.objects.all(), label=_("Skill it asks for"), required=False, empty_label=_("None")
    )
    active = forms.BooleanField(label=_("In use"), required=False)


@dataclass(frozen=True, slots=True)
class Row:
    """One question as it is typed: options one a line, the two languages side by side."""

    key: str = ""
    type: str = "choice"
    en: str = ""
    zh: str = ""
    options_en: str = ""
    options_zh: str = ""
    parent: str = ""
    required: bool = True


class Line(NamedTuple):
    """One question of the editor: its place from 0, what is typed, what it may follow."""

    place: int
    row: Row
    parents: list[tuple[str, Any]]
    question: dict[str, Any]


@dataclass(frozen=True, slots=True)
class GuideDraft:
    """The questions on the page. Nothing is kept until they are published.

    `before` are the questions in force: an option whose English text stands keeps its value, so
    that answers of different versions can be compared.
    """

    rows: Sequence[Row]
    before: Sequence[Question] = field(default_factory=list)

    @classmethod
    def of(cls, questions: Sequence[Question]) -> GuideDraft:
        return cls([_row(question) for question in questions], questions)

    @classmethod
    def typed(cls, data: QueryDict, *, before: Sequence[Question]) -> GuideDraft:
        said = data.get("count", "0")
        places = range(min(int(said), MOST) if said.isdecimal() else 0)
        rows = [
            Row(
                required=f"q{place}-required" in data,
                **{name: data.get(f"q{place}-{name}", "").strip()[:4000] for name in PLAIN},
            )
            for place in places
        ]
        return cls(rows, before)

    def done(self, what: str) -> GuideDraft:
        """After a button: `add`, `up:2`, `down:2`, `remove:2` (places from 0)."""
        rows = list(self.rows)
        verb, _colon, said = what.partition(":")
        place = int(said) if said.isdecimal() else -1
        if verb == "add" and len(rows) < MOST:
            rows.append(Row())
        elif verb == "remove" and 0 <= place < len(rows):
            del rows[place]
        elif verb in {"up", "down"} and 0 <= place < len(rows):
            other = place - 1 if verb == "up" else place + 1
            if 0 <= other < len(rows):
                rows[place], rows[other] = rows[other], rows[place]
        return replace(self, rows=rows)

    def questions(self) -> list[dict[str, Any]]:
        """As `actions.publish_guide` takes them."""
        used: set[str] = set()
        return [self._question(row, used) for row in self.rows]

    def _question(self, row: Row, used: set[str]) -> dict[str, Any]:
        key = row.key if row.key.isidentifier() else _unused(_name(row.en) or "question", used)
        used.add(key)
        made: dict[str, Any] = {
            "key": key,
            "text": {"en": row.en, "zh": row.zh},
            "type": row.type if row.type in TYPES else "",
            "required": row.required,
        }
        if row.type in {"choice", "multi"}:
            made["options"] = self._options(row, key)
        parent, _colon, value = row.parent.partition("=")
        if parent:
            made["parent"] = {"key": parent, "value": value}
        return made

    def _options(self, row: Row, key: str) -> list[dict[str, Any]]:
        known = {
            option["text"].get("en"): option["value"]
            for question in self.before
            if question["key"] == key
            for option in question.get("options") or []
        }
        english, chinese = row.options_en.splitlines(), row.options_zh.splitlines()
        lines = max(len(english), len(chinese))
        pairs = zip(_padded(english, lines), _padded(chinese, lines), strict=True)
        used: set[str] = set()
        made = []
        for en, zh in ((en.strip(), zh.strip()) for en, zh in pairs):
            if en or zh:
                value = known.get(en) or _unused(_name(en) or "option", used)
                used.add(value)
                made.append({"value": value, "text": {"en": en, "zh": zh}})
        return made

    def lines(self) -> list[Line]:
        """The questions as the page shows them, each with the earlier answers it may follow."""
        offered: list[tuple[str, Any]] = []
        found = []
        for place, (row, question) in enumerate(zip(self.rows, self.questions(), strict=True)):
            # a name is fixed once there are words to make it from
            known = replace(row, key=question["key"] if row.en else "")
            parents = list(offered)
            if row.parent and row.parent not in dict(offered):
                parents.append((row.parent, _("an answer that is not asked before it")))
            found.append(Line(place, known, parents, question))
            offered += [
                (f"{question['key']}={value}", f"{place + 1} · {question['text']['en']}: {words}")
                for value, words in _answers(question)
            ]
        return found


def _row(question: Question) -> Row:
    options = question.get("options") or []
    parent = question.get("parent")
    return Row(
        key=question["key"],
        type=question["type"],
        en=question["text"].get("en", ""),
        zh=question["text"].get("zh", ""),
        options_en="\n".join(option["text"].get("en", "") for option in options),
        options_zh="\n".join(option["text"].get("zh", "") for option in options),
        parent=f"{parent['key']}={parent['value']}" if parent else "",
        required=question.get("required", True),
    )


def _answers(question: Question) -> list[tuple[str, str]]:
    if question["type"] == "yesno":
        return [("yes", str(_("Yes"))), ("no", str(_("No")))]
    return [(o["value"], o["text"]["en"]) for o in question.get("options") or []]


def _name(text: str) -> str:
    name = slugify(text).replace("-", "_")[:40].strip("_")
    return f"q_{name}" if name[:1].isdigit() else name


def _unused(name: str, used: set[str]) -> str:
    free, turn = name, 2
    while free in used:
        free, turn = f"{name}_{turn}", turn + 1
    return free


def _padded(lines: list[str], length: int) -> list[str]:
    return lines + [""] * (length - len(lines))
