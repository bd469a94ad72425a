"""Forms of courses: what is said of one, its lessons, its test, and for whom it is."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from teams.forms import ActionForm
from teams.models import User
from teams.models.groups import Segment
from teams.models.people import Role
from tickets.forms.desk import Files
from tickets.models import Product
from training.drawing import MOST_QUESTIONS
from training.models import Area, Course, CourseVersion, Difficulty

LONG, SHORT = {"rows": 14}, {"rows": 3}
ACCEPT = ".pdf,.png,.jpg,.jpeg,.gif,.webp,.docx,.xlsx,.txt,.csv,.eml"


class CourseForm(ActionForm):
    """What is said of a course, and of whom it is required."""

    name = forms.CharField(label=_("Name"), max_length=120)
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=120, required=False)
    area = forms.ChoiceField(label=_("Training area"), choices=Area.choices)
    minutes = forms.IntegerField(label=_("Minutes"), min_value=1, max_value=600, initial=30)
    valid_days = forms.IntegerField(
        label=_("Valid for days"),
        min_value=1,
        max_value=3650,
        required=False,
        help_text=_("Empty: a pass holds for good."),
    )
    about = forms.CharField(
        label=_("What it is about"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs=SHORT),
    )
    about_zh = forms.CharField(
        label=_("What it is about, in Chinese"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs=SHORT),
    )
    roles = forms.MultipleChoiceField(
        label=_("Required of"),
        choices=Role.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    segments = forms.MultipleChoiceField(
        label=_("In groups for"),
        choices=Segment.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: in every group."),
    )
    needs_first = forms.ModelMultipleChoiceField(
        Course.objects.none(), label=_("Needs first"), required=False
    )
    products = forms.ModelMultipleChoiceField(
        Product.objects.none(), label=_("Products"), required=False
    )
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, course: Course | None, **more: Any) -> None:
        super().__init__(*args, **more)
        fields: Any = self.fields
        others = Course.objects.filter(retired_at=None).in_order()
        fields["needs_first"].queryset = others.exclude(pk=course.pk) if course else others
        fields["products"].queryset = Product.objects.offered()

    def clean(self) -> dict[str, Any]:
        sent = super().clean() or self.cleaned_data
        for name in ("needs_first", "products"):
            if name in sent:
                sent[name] = list(sent[name])
        return sent


def said_of(course: Course) -> dict[str, Any]:
    """The course as CourseForm begins."""
    plain = ("name", "name_zh", "area", "minutes", "valid_days", "about", "about_zh")
    known = {name: getattr(course, name) for name in (*plain, "roles", "segments")}
    many = {"needs_first": course.needs_first.all(), "products": course.products.all()}
    return {**known, **many, "seen": course.version}


class LessonForm(ActionForm):
    """One lesson; its texts are Markdown."""

    title = forms.CharField(label=_("Title"), max_length=120)
    title_zh = forms.CharField(label=_("Title in Chinese"), max_length=120, required=False)
    text = forms.CharField(
        label=_("Text"), max_length=50_000, required=False, widget=forms.Textarea(attrs=LONG)
    )
    text_zh = forms.CharField(
        label=_("Text in Chinese"),
        max_length=50_000,
        required=False,
        widget=forms.Textarea(attrs=LONG),
    )
    product = forms.ModelChoiceField(
        Product.objects.none(),
        label=_("Product"),
        required=False,
        empty_label=_("None"),
        help_text=_("The lesson shows what the catalogue says of it on the day it is read."),
    )
    video = forms.URLField(
        label=_("Link to a video"), max_length=200, required=False, assume_scheme="https"
    )
    files: Any = Files(label=_("Files"), required=False)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        fields: Any = self.fields
        fields["product"].queryset = Product.objects.offered()
        fields["files"].widget.attrs["accept"] = ACCEPT


def place(area: str, difficulty: str) -> str:
    """The field's name of how many questions of one kind are drawn."""
    return f"draw.{area}.{difficulty}"


class TestForm(ActionForm):
    """How a version is tested: how many questions of each area and difficulty."""

    __test__ = False  # not a test of the house, for all its name
    pass_mark = forms.IntegerField(
        label=_("Pass mark in per cent"), min_value=1, max_value=100, initial=80
    )
    minutes = forms.IntegerField(
        label=_("Time limit in minutes"),
        min_value=1,
        max_value=240,
        required=False,
        help_text=_("Empty: no limit."),
    )
    attempts = forms.IntegerField(
        label=_("Attempts"),
        min_value=1,
        max_value=20,
        required=False,
        help_text=_("Empty: as many as needed."),
    )
    pretest = forms.BooleanField(
        label=_("Test before the lessons too, to see what is gained"), required=False
    )
    draws = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, version: CourseVersion, **more: Any) -> None:
        super().__init__(*args, **more)
        drawn = {(one["area"], one["difficulty"]): one["n"] for one in version.draws}
        for area in Area:
            for difficulty in Difficulty:
                self.fields[place(area, difficulty)] = forms.IntegerField(
                    label=f"{area.label}: {difficulty.label}",
                    min_value=0,
                    max_value=MOST_QUESTIONS,
                    required=False,
                    initial=drawn.get((area, difficulty)),
                )
        limit = version.time_limit_s
        self.initial = {
            "pass_mark": version.pass_mark,
            "minutes": limit // 60 if limit else None,
            "attempts": version.attempts,
            "pretest": version.pretest,
            **self.initial,
        }

    def clean(self) -> dict[str, Any]:
        sent = super().clean() or self.cleaned_data
        minutes = sent.pop("minutes", None)
        sent["time_limit_s"] = minutes * 60 if minutes else None
        sent["draws"] = [
            {"area": str(area), "difficulty": str(difficulty), "n": n}
            for area in Area
            for difficulty in Difficulty
            if (n := sent.pop(place(area, difficulty), None))
        ]
        return sent


class GiveForm(ActionForm):
    """Who is to take a course by when."""

    user = forms.ModelChoiceField(User.objects.none(), label=_("Person"), empty_label=None)
    due_on = forms.DateField(
        label=pgettext_lazy("day", "By"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def __init__(self, *args: Any, user: User, **more: Any) -> None:
        super().__init__(*args, **more)
        fields: Any = self.fields
        fields["user"].queryset = User.objects.run_by(user).at_work().in_name_order()

    def clean(self) -> dict[str, Any]:
        sent = super().clean() or self.cleaned_data
        if "user" in sent:
            sent["user_id"] = sent.pop("user").pk
        return sent
