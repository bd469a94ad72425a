"""How a form field and the summary of a form's errors are drawn (ux.md P4)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

CLASSES: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.CheckboxInput, "form-check-input"),
    (forms.SelectMultiple, "form-select"),
    (forms.Select, "form-select"),
    (forms.Widget, "form-control"),
)
PLAIN = frozenset({forms.TextInput, forms.EmailInput, forms.NumberInput, forms.URLInput})


def field(
    bound: BoundField, *, label: str = "", hint: str = "", css: str = "", **attrs: Any
) -> SafeString:
    """A field with its label, hint and errors, tied together for screen readers.

    One of several becomes pills in a fieldset; a tick becomes a line. `css` is put on the wrapper;
    other keywords become attributes of the control, with _ for - (`hx_get=`, `autocomplete=`).
    """
    widget = bound.field.widget
    if bound.is_hidden:
        return bound.as_widget()
    text = label or str(bound.label)
    said = _hint(bound, hint) + _errors(bound)
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return _pills(bound, text, said, css)
    control = _control(bound, _attributes(bound, hint, attrs))
    if isinstance(widget, forms.CheckboxInput):
        return format_html(
            '<div class="mb-3 {}"><label class="form-check">{}'
            '<span class="form-check-label">{}</span></label>{}</div>',
            css, control, text, said,
        )  # fmt: skip
    return format_html(
        '<div class="mb-3 {}"><label class="form-label" for="{}">{}{}</label>{}{}</div>',
        css, bound.id_for_label, text, _optional(bound), said, control,
    )  # fmt: skip


def _control(bound: BoundField, attrs: dict[str, Any]) -> SafeString:
    """The field's own widget; a plain input without the cost of Django's three templates."""
    widget = bound.field.widget
    if type(widget) not in PLAIN:
        return bound.as_widget(attrs=attrs)
    attrs = bound.build_widget_attrs({"id": bound.auto_id, **attrs}, widget)
    drawn = widget.get_context(bound.html_name, bound.value(), attrs)["widget"]
    own = {} if drawn["value"] is None else {"value": drawn["value"]}
    return format_html(
        '<input type="{}" name="{}"{}{}>',
        drawn["type"], drawn["name"], flatatt(own), flatatt(drawn["attrs"]),
    )  # fmt: skip


def _attributes(bound: BoundField, hint: str, given: dict[str, Any]) -> dict[str, Any]:
    widget = bound.field.widget
    css = next(name for kind, name in CLASSES if isinstance(widget, kind))
    own = widget.attrs.get("class", "")
    attrs: dict[str, Any] = {name.replace("_", "-"): value for name, value in given.items()}
    attrs["class"] = f"{css} {own}{' is-invalid' if bound.errors else ''}".strip()
    attrs["aria-describedby"] = _described_by(bound, hint) or False
    if bound.errors:
        attrs["aria-invalid"] = "true"
    return attrs


def _described_by(bound: BoundField, hint: str) -> str:
    ids = [f"{bound.auto_id}_hint"] if hint or bound.help_text else []
    return " ".join(ids + ([f"{bound.auto_id}_error"] if bound.errors else []))


def _hint(bound: BoundField, hint: str) -> SafeString:
    text = hint or bound.help_text
    if not text:
        return SafeString("")
    return format_html('<div class="form-hint" id="{}_hint">{}</div>', bound.auto_id, text)


def _texts(bound: BoundField) -> list[str]:
    """The field's errors in words that say what to do, the same in the field and in the summary."""
    said = _("Fill in “%(label)s”") % {"label": bound.label}
    plain = str(forms.Field.default_error_messages["required"])  # a form's own words stay
    return [said if text == plain else str(text) for text in bound.errors]


def _errors(bound: BoundField) -> SafeString:
    if not bound.errors:
        return SafeString("")
    lines = format_html_join(SafeString("<br>"), "{}", ((text,) for text in _texts(bound)))
    return format_html('<p class="field-error" id="{}_error">{}</p>', bound.auto_id, lines)


def _optional(bound: BoundField) -> SafeString:
    """The few fields that may stay empty say so, in a form where others may not."""
    if bound.field.required or not any(one.required for one in bound.form.fields.values()):
        return SafeString("")
    return format_html(' <span class="form-optional">{}</span>', _("optional"))


def _input(data: dict[str, Any]) -> SafeString:
    """One choice as Django's template of it draws it, without the cost of a template each."""
    return format_html(
        '<input type="{}" name="{}" value="{}"{}>',
        data["type"], data["name"], data["value"], flatatt(data["attrs"]),
    )  # fmt: skip


def _pills(bound: BoundField, label: str, said: SafeString, css: str) -> SafeString:
    choices = format_html_join(
        "",
        '<label class="pill">{}<span>{}</span></label>',
        ((_input(choice.data), choice.data["label"]) for choice in bound.subwidgets),
    )
    described = _described_by(bound, "") if bound.errors or bound.help_text else ""
    return format_html(
        '<fieldset class="pills mb-3 {}"{}><legend>{}{}</legend>{}'
        '<div class="pills-set">{}</div></fieldset>',
        css,
        format_html(' aria-describedby="{}"', described) if described else "",
        label, _optional(bound), said, choices,
    )  # fmt: skip


def error_summary(form: forms.BaseForm, title: str = "") -> SafeString:
    """What has to be put right, above the form: each line leads to its field, in the same words.

    Takes the focus after a swap (`app.js`) and after a reload. Nothing when there is nothing wrong.
    """
    if not form.errors:
        return SafeString("")
    lines = format_html_join("", "<li>{}</li>", ((text,) for text in form.non_field_errors()))
    for bound in form:
        for text in _texts(bound):
            lines += format_html('<li><a href="#{}">{}</a></li>', _first_id(bound), text)
    return format_html(
        '<div class="error-summary" tabindex="-1" data-focus><h2>{}</h2><ul>{}</ul></div>',
        title or _("Not saved. Check this:"),
        lines,
    )


def _first_id(bound: BoundField) -> str:
    several = isinstance(bound.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple)
    return f"{bound.auto_id}_0" if several else (bound.id_for_label or bound.auto_id)
