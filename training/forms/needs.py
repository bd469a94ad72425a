"""Forms of learning needs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from teams.forms import ActionForm
from teams.models import User
from tickets.models import Category
from training.models import Area, Course


class NeedForm(ActionForm):
    """What somebody should learn, said by a manager."""

    user = forms.ModelChoiceField(User.objects.none(), label=_("Person"))
    area = forms.ChoiceField(label=_("Area"), choices=Area.choices)
    note = forms.CharField(
        label=_("What should be learnt, and why"),
        max_length=2000,
        error_messages={"required": _("Say what should be learnt and why.")},
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    course = forms.ModelChoiceField(
        Course.objects.none(),
        label=_("Course"),
        required=False,
        empty_label=_("Let the system propose one"),
    )
    category = forms.ModelChoiceField(
        Category.objects.none(),
        label=_("The effect is measured on tickets of"),
        required=False,
        empty_label=_("Every category"),
    )

    def __init__(self, *args: Any, by: User, **more: Any) -> None:
        super().__init__(*args, **more)
        fields: Any = self.fields
        fields["user"].queryset = User.objects.at_work().run_by(by).in_name_order()
        fields["course"].queryset = Course.objects.on_offer().in_order()
        fields["category"].queryset = Category.objects.in_use()
