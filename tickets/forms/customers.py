"""A customer with contacts, persons and numbers: one page, rows added without JavaScript (N1)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.formsets import BaseFormSet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from teams.models.groups import Segment
from teams.models.people import Language
from tickets.identity import normal
from tickets.models import Contact, Customer, Identifier, Risk

SAID = {
    Contact.Kind.PHONE: _("Enter a phone number, for example +86 138 0013 8000."),
    Contact.Kind.EMAIL: _("Enter an e-mail address, for example name@bank.example."),
    Contact.Kind.WECHAT: _("Enter the account name."),
}
FIELDS = ("segment", "name", "other_name", "language", "risk_profile", "since", "notes")


class CustomerForm(forms.Form):
    """What is known of the customer itself. `seen`: the version that the page was opened with."""

    segment = forms.ChoiceField(
        label=_("Segment"),
        choices=[c for c in Segment.choices if c[0] != Segment.TECHNICAL],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the segment.")},
    )
    name = forms.CharField(
        label=pgettext_lazy("person", "Name"),
        max_length=160,
        error_messages={"required": _("Enter the customer's name.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    other_name = forms.CharField(
        label=_("Name in the other script"),
        max_length=160,
        required=False,
        help_text=_("刘敏 for Liu Min, or the other way round."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=Language.choices, widget=forms.RadioSelect
    )
    risk_profile = forms.ChoiceField(
        label=_("Risk profile"),
        choices=[("", _("Not assessed yet")), *Risk.choices],
        required=False,
    )
    since = forms.DateField(
        label=_("Customer since"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Enter a date, for example 2019-03-31.")},
    )
    notes = forms.CharField(
        label=_("Notes"),
        required=False,
        help_text=_("Write only what the customer may read."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)


class ContactForm(forms.Form):
    """A way to reach the customer. A row left empty is no contact."""

    kind = forms.ChoiceField(label=_("Channel"), choices=Contact.Kind.choices)
    value = forms.CharField(
        label=_("Number or address"),
        max_length=254,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        try:
            if given.get("value"):
                given["value"] = normal(given["kind"], given["value"])
        except ValueError:
            self.add_error("value", SAID[given["kind"]])
        return given


class IdentifierForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind"), choices=Identifier.Kind.choices)
    number = forms.CharField(
        label=_("Number"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class PersonForm(forms.Form):
    name = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=120, required=False)
    position = forms.CharField(label=_("Position"), max_length=120, required=False)


ROWS: dict[str, tuple[type[forms.Form], str]] = {
    "contacts": (ContactForm, "value"),
    "persons": (PersonForm, "name"),
    "identifiers": (IdentifierForm, "number"),
}
MOST = 20


class CustomerEditor:
    """The form and its rows as one. Contacts that stand are kept or dropped, never shown in clear.

    A POST with `more` names the rows that get one more, and nothing is judged yet.
    """

    def __init__(self, data: QueryDict | None = None, *, customer: Customer | None = None) -> None:
        self.customer = customer
        self.known = list(customer.contacts.order_by("pk")) if customer else []
        adding = data is not None and "more" in data
        self.judged = data is not None and not adding
        self.dropped = set(data.getlist("drop")) if data is not None else set()
        self.preferred = self._preferred(data)
        if self.judged:
            self.form = CustomerForm(data)
        else:
            self.form = CustomerForm(initial=_raw(CustomerForm, data) if data else self._stored())
        self.rows = {name: self._rows(name, data) for name in ROWS}

    def _stored(self) -> dict[str, Any]:
        if self.customer is None:
            return {"segment": Segment.PERSONAL, "language": Language.CHINESE}
        stored = {name: getattr(self.customer, name) for name in FIELDS}
        return stored | {"seen": self.customer.version}

    def _preferred(self, data: QueryDict | None) -> str:
        """`old-<key>` of a contact that stands, or `new-<place>`."""
        if data is not None:
            return data.get("preferred", "")
        return next((f"old-{contact.pk}" for contact in self.known if contact.preferred), "")

    def _rows(self, name: str, data: QueryDict | None) -> BaseFormSet[forms.Form]:
        form = ROWS[name][0]
        if self.judged:
            made = forms.formset_factory(form, extra=0, max_num=MOST, absolute_max=MOST)
            return made(data, prefix=name)
        if data is not None:
            said = _count(data, name)
            given = [_raw(form, data, f"{name}-{place}-") for place in range(said)]
            more = 1 if data["more"] in ("", name) else 0
        else:
            given, more = self._stored_rows(name), 1
        extra = min(more, MOST - len(given))
        return forms.formset_factory(form, extra=extra, max_num=MOST)(initial=given, prefix=name)

    def _stored_rows(self, name: str) -> list[dict[str, Any]]:
        if name != "persons" or self.customer is None:
            return []
        persons = self.customer.persons.order_by("pk")
        return [{"name": person.name, "position": person.position} for person in persons]

    def is_valid(self) -> bool:
        return self.judged and all(
            [self.form.is_valid(), *(r.is_valid() for r in self.rows.values())]
        )

    @property
    def errors(self) -> list[tuple[str, str]]:
        """(id of the control, what to put right), the form's first."""
        bound = [self.form, *(form for rows in self.rows.values() for form in rows)]
        return [
            ("" if name == "__all__" else form[name].auto_id, str(text))
            for form in bound
            for name, texts in form.errors.items()
            for text in texts
        ]

    def given(self) -> dict[str, Any]:
        """What `make_customer` and `change_customer` take, without `seen`."""
        fields = {name: self.form.cleaned_data[name] for name in FIELDS}
        found: dict[str, Any] = {name: self._filled(name) for name in ROWS}
        found["contacts"] = self._kept() + [
            {**row, "preferred": self.preferred == f"new-{place}"}
            for place, row in enumerate(self._cleaned("contacts"))
            if row.get("value")
        ]
        return fields | found

    def _kept(self) -> list[dict[str, Any]]:
        return [
            {"kind": c.kind, "value": c.value, "preferred": self.preferred == f"old-{c.pk}"}
            for c in self.known
            if str(c.pk) not in self.dropped
        ]

    def _cleaned(self, name: str) -> list[dict[str, Any]]:
        return [form.cleaned_data for form in self.rows[name]]

    def _filled(self, name: str) -> list[dict[str, Any]]:
        return [row for row in self._cleaned(name) if row.get(ROWS[name][1])]


def _raw(form: type[forms.Form], data: QueryDict, prefix: str = "") -> dict[str, Any]:
    """What was typed, unjudged, for showing again."""
    return {name: data.get(f"{prefix}{name}", "") for name in form.base_fields}


def _count(data: QueryDict, name: str) -> int:
    said = data.get(f"{name}-TOTAL_FORMS", "0")
    return min(int(said), MOST) if said.isdecimal() else 0


class ShowForm(forms.Form):
    """Why a number has to be seen; the action asks for it again."""

    reason = forms.CharField(max_length=200)
