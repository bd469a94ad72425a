"""What of a ticket's conversation becomes a ticket of its own (rivals.md 2.10, rule 18)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from csservice.lib.templatetags.ui import moment
from teams.models import Group
from tickets.forms.desk import CHOICE, DeskForm
from tickets.models import Category, Message

OPENING = "opening"
SHOWN = 160  # characters of a message in the list


class SplitForm(DeskForm):
    """Which words, what they are about, and where they go."""

    messages = forms.MultipleChoiceField(
        label=gettext_lazy("What is about the other matter?"),
        help_text=gettext_lazy("It is copied; this conversation stays whole."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": gettext_lazy("Choose what is about the other matter."),
            "invalid_choice": gettext_lazy("Choose words of the customer in this ticket."),
        },
    )
    subject = forms.CharField(
        label=gettext_lazy("Subject of the new ticket"),
        max_length=200,
        error_messages={"required": gettext_lazy("Enter what it is about.")},
    )
    category = forms.ModelChoiceField(
        Category.objects.none(),
        label=gettext_lazy("Category"),
        required=False,
        empty_label=gettext_lazy("Not known yet"),
        widget=forms.Select(attrs=CHOICE),
    )
    group = forms.ModelChoiceField(
        Group.objects.none(),
        label=gettext_lazy("For which group?"),
        required=False,
        empty_label=gettext_lazy("It stays with me"),
        widget=forms.Select(attrs=CHOICE),
    )

    def prepare(self) -> None:
        fields: Any = self.fields
        fields["messages"].choices = self._choices()
        fields["category"].queryset = Category.objects.in_use()
        fields["group"].queryset = (
            Group.objects.select_related("calendar")
            .exclude(pk=self.ticket.group_id)
            .order_by("name")
        )

    def _choices(self) -> list[tuple[str, str]]:
        """The customer's words that have not been split off yet, in their order."""
        ticket, line = self.ticket, _("%(time)s · %(words)s")
        rows = Message.objects.filter(ticket=ticket, kind=Message.Kind.CONTACT)
        said: list[tuple[Any, ...]] = list(
            rows.order_by("at", "pk").values_list("pk", "at", "text", "split_to")
        )
        opens = ticket.description and not any(row[2] == ticket.description for row in said[:1])
        if opens and not ticket.split_off.filter(split_opening=True).exists():
            said.insert(0, (OPENING, ticket.received_at, ticket.description, None))
        return [
            (str(key), line % {"time": moment(at), "words": Truncator(text).chars(SHOWN)})
            for key, at, text, gone in said
            if gone is None
        ]

    @property
    def given(self) -> dict[str, Any]:
        chosen = self.cleaned_data["messages"]
        more = {"opening": OPENING in chosen, "messages": [int(k) for k in chosen if k != OPENING]}
        return super().given | more
