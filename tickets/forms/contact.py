"""The form of a new contact: who, about what, by which way (ux.md S4)."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from teams.models import User
from teams.models.groups import Segment
from tickets.models import Category, Channel, Customer, Priority

OFFERED = 6


class ContactForm(forms.Form):
    """`customer` is a key; `name` is a new one's; with neither, `matches` offers who `q` may be."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    channel = forms.ChoiceField(
        label=gettext_lazy("How did they reach us?"),
        choices=[
            (c.value, c.label) for c in (Channel.PHONE, Channel.BRANCH, Channel.EMAIL, Channel.CHAT)
        ],
        widget=forms.RadioSelect,
    )
    q = forms.CharField(
        label=gettext_lazy("Customer"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Name, phone or customer number"),
    )
    customer = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)
    name = forms.CharField(
        label=gettext_lazy("Name of the new customer"), required=False, max_length=160
    )
    reach = forms.CharField(
        label=gettext_lazy("Phone or e-mail of the new customer"), required=False, max_length=254
    )
    segment = forms.ChoiceField(
        label=gettext_lazy("Kind of customer"),
        required=False,
        choices=[(s.value, s.label) for s in (Segment.PERSONAL, Segment.CORPORATE)],
        widget=forms.RadioSelect,
    )
    subject = forms.CharField(
        label=gettext_lazy("What is it about?"),
        max_length=200,
        error_messages={"required": gettext_lazy("Enter what it is about.")},
    )
    category = forms.ModelChoiceField(
        Category.objects.none(),
        label=gettext_lazy("Category"),
        required=False,
        empty_label=gettext_lazy("As the subject suggests"),
    )
    priority = forms.ChoiceField(
        label=gettext_lazy("Priority"), choices=Priority.choices, widget=forms.RadioSelect
    )
    description = forms.CharField(
        label=gettext_lazy("Notes"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", "contact-%s")
        kwargs["initial"] = {
            "key": uuid4(),
            "channel": Channel.PHONE,
            "priority": Priority.NORMAL,
            "segment": Segment.PERSONAL,
        } | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        self.user = user
        self.matches: list[Customer] = []
        category: Any = self.fields["category"]
        category.queryset = Category.objects.visible_to(user).in_use()

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        picked, name = given.get("customer", ""), given.get("name", "").strip()
        if picked.isdecimal() and len(picked) < 19:
            mine = Customer.objects.visible_to(self.user)
            given["who"] = mine.filter(pk=int(picked)).first()
        elif name:
            given["who"] = self._known(name, given.get("reach", "").strip())
        if not given.get("who"):
            self._unknown(given.get("q", "").strip())
        return given

    def _known(self, name: str, reach: str) -> dict[str, str]:
        """What is known of a new customer: `receive` finds them by contact, or makes them."""
        known = {"name": name, "segment": self.cleaned_data.get("segment") or Segment.PERSONAL}
        if reach:
            known["email" if "@" in reach else "phone"] = reach
        return known

    def _unknown(self, words: str) -> None:
        if not words:
            self.add_error("q", _("Enter the customer's name, phone or number."))
            return
        found = Customer.objects.visible_to(self.user).found_by(words)
        self.matches = list(found[:OFFERED])
        said = _("Choose the customer, or add a new one.")
        self.add_error("q", said if self.matches else _("No customer found. Add a new one below."))
        self.initial["name"] = words
