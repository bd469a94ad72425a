"""What the forms of every app stand on: the fields are the keywords of one action."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.utils.translation import gettext_lazy as _

from csservice.lib.errors import InvalidError, RefusedError

T = TypeVar("T")


class ActionForm(forms.Form):
    """A form whose fields are the keywords of one action."""

    def tried(self, action: Callable[..., T], *args: Any, **more: Any) -> T | None:
        """What `action` returns for the cleaned data; None when refused, or a field is wrong.

        A refusal becomes an error of its field, or of the form as a whole.
        """
        if not self.is_valid():
            return None
        try:
            return action(*args, **more, **self.cleaned_data)
        except InvalidError as error:
            self.add_error(error.field if error.field in self.fields else None, str(error))
        except RefusedError as error:
            self.add_error(None, str(error))
        return None


class ReasonForm(ActionForm):
    """What says why."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        error_messages={"required": _("Enter the reason.")},
        widget=forms.Textarea(attrs={"rows": 2}),
    )
