"""Forms of sessions; the fields are the keywords of their actions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from teams.forms import ActionForm
from teams.models import User
from training.models import Area, Course, Session

MINUTE = "%Y-%m-%dT%H:%M"
BIG = 2**63 - 1


def moment(label: Any, said: Any) -> forms.DateTimeField:
    """A day and a time, with the browser's calendar."""
    return forms.DateTimeField(
        label=label,
        input_formats=[MINUTE, "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MINUTE),
        error_messages={"required": said, "invalid": said},
    )


class SessionForm(ActionForm):
    """Keywords of `save_session`."""

    name = forms.CharField(
        label=pgettext_lazy("thing", "Name"),
        max_length=120,
        error_messages={"required": _("Enter a name.")},
    )
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=120, required=False)
    area = forms.ChoiceField(label=_("Area"), choices=Area.choices)
    course = forms.ModelChoiceField(
        Course.objects.none(), label=_("Course"), required=False, empty_label=_("No course")
    )
    starts_at = moment(_("Starts at"), _("Enter the day and time of the start."))
    ends_at = moment(_("Ends at"), _("Enter the day and time of the end."))
    place = forms.CharField(label=_("Place"), max_length=200, required=False)
    link = forms.URLField(
        label=_("Link"),
        max_length=500,
        required=False,
        assume_scheme="https",
        error_messages={"invalid": _("Enter a whole address, as https://meet.example/room.")},
    )
    trainer = forms.ModelChoiceField(
        User.objects.none(),
        label=_("Trainer"),
        error_messages={"required": _("Choose the trainer.")},
    )
    capacity = forms.IntegerField(
        label=_("Places"),
        min_value=1,
        max_value=1000,
        error_messages={"required": _("Enter how many people have a place.")},
    )

    def __init__(self, *args: Any, missed: int = 0, **more: Any) -> None:
        """`missed`: how many missed the session that this one makes up for."""
        super().__init__(*args, **more)
        fields: Any = self.fields
        fields["trainer"].queryset = User.objects.at_work().in_name_order()
        fields["course"].queryset = Course.objects.on_offer().in_order()
        if missed:
            fields["take_missed"] = forms.BooleanField(
                label=_("Book those who missed it"), required=False, initial=True
            )

    @classmethod
    def of(cls, session: Session) -> dict[str, Any]:
        """What the form shows of a session."""
        names = ("name", "name_zh", "area", "course", "place", "link", "trainer", "capacity")
        return {name: getattr(session, name) for name in (*names, "starts_at", "ends_at")}


class BookForm(ActionForm):
    """Keyword of `book_seats`: the people chosen; nobody chosen means oneself."""

    users = forms.ModelMultipleChoiceField(
        User.objects.none(),
        label=_("Add people"),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 8}),
        error_messages={
            "invalid_choice": _("Choose people who are at work."),
            "invalid_pk_value": _("Choose people who are at work."),
        },
    )

    def __init__(
        self, *args: Any, by: User, people: QuerySet[User] | None = None, **more: Any
    ) -> None:
        super().__init__(*args, **more)
        self.by = by
        fields: Any = self.fields
        fields["users"].queryset = User.objects.at_work() if people is None else people

    def clean_users(self) -> list[int]:
        return [user.pk for user in self.cleaned_data["users"]] or [self.by.pk]


class GiveUpForm(ActionForm):
    """Keyword of `give_up`: whose seat; one's own unless said."""

    user = forms.IntegerField(min_value=1, max_value=BIG, required=False)

    def __init__(self, *args: Any, by: User, **more: Any) -> None:
        super().__init__(*args, **more)
        self.by = by

    def clean_user(self) -> int:
        return self.cleaned_data["user"] or self.by.pk


class CodeForm(ActionForm):
    """Keyword of `sign_in`."""

    code = forms.CharField(
        label=_("Code on the wall"),
        max_length=10,
        error_messages={"required": _("Enter the six digits.")},
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": 7}
        ),
    )


class ReactionForm(ActionForm):
    """Keywords of `react`."""

    SCORES = (
        ("5", _("5 Very good")),
        ("4", _("4 Good")),
        ("3", _("3 Fair")),
        ("2", _("2 Poor")),
        ("1", _("1 Very poor")),
    )
    score = forms.TypedChoiceField(
        label=_("How was it?"),
        choices=SCORES,
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose 1 to 5.")},
    )
    comment = forms.CharField(
        label=_("What helped, what should change"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
