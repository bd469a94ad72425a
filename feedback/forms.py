"""The customer's form."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from feedback.actions.answering import COMMENT_LENGTH


class SurveyForm(forms.Form):
    """One score, a comment if they like, and whether they want to hear the outcome."""

    r = forms.TypedChoiceField(
        label=_("Your rating"),
        coerce=int,
        choices=[(n, str(n)) for n in range(1, 6)],
        error_messages={
            "required": _("Choose a number from 1 to 5."),
            "invalid_choice": _("Choose a number from 1 to 5."),
        },
    )
    comment = forms.CharField(
        label=_("What could we do better? (optional)"),
        required=False,
        max_length=COMMENT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4, "class": "form-control"}),
        error_messages={
            "max_length": _("Write at most %(limit_value)s characters."),
        },
    )
    wants_reply = forms.BooleanField(label=_("Tell me what you did about it"), required=False)
