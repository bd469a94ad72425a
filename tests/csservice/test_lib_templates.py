"""Templates are compiled once a language: what is fixed is text, what is personal is not."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.template import Context, Template, TemplateDoesNotExist
from django.template.base import TextNode, VariableNode
from django.template.engine import Engine
from django.template.loader import get_template
from django.utils import translation

from csservice.lib import templates

ENGINE: Any = settings.TEMPLATES[0]
BUILTINS = ENGINE["OPTIONS"]["builtins"]


def compiled(source: str, language: str = "en") -> Template:
    """`source` as the product's loader hands it out in a language."""
    sources = ("django.template.loaders.locmem.Loader", {"page.html": source})
    loaders = [("csservice.lib.templates.Loader", [sources])]
    with translation.override(language):
        return Engine(loaders=loaders, builtins=BUILTINS).get_template("page.html")


def test_words_pictures_files_and_addresses_become_one_text() -> None:
    page = compiled(
        '{# why #}<a href="{% url "queue" %}">{% icon "flag" %}{% translate "Save" %}</a>'
        '{% static "csservice/app.css" %}'
    )
    (text,) = page.nodelist
    assert isinstance(text, TextNode)
    assert text.s == page.render(Context())
    assert text.s.startswith('<a href="/queue/"><svg class="icon"')


def test_each_language_has_its_own() -> None:
    source = '{% if on %}{% translate "Save" %}{% endif %}'
    english, chinese = compiled(source), compiled(source, "zh-hans")
    with translation.override("zh-hans"):  # the page was compiled before
        assert english.render(Context({"on": True})) == "Save"
        assert chinese.render(Context({"on": True})) == translation.gettext("Save") != "Save"


@pytest.mark.parametrize(
    "source",
    [
        "{{ name }}",
        "{% translate name %}",
        '{% translate "Save" as word %}{{ word }}',
        "{% icon name %}",
        '{% url "ticket" number=1 as there %}{{ there }}',
        "{% csrf_token %}",
    ],
)
def test_what_depends_on_the_request_is_worked_out_each_time(source: str) -> None:
    assert not all(isinstance(node, TextNode) for node in compiled(source).nodelist)
    assert any(isinstance(node, VariableNode) for node in compiled("a{{ name }}b").nodelist)


def test_an_address_that_is_not_there_fails_only_where_it_is_printed() -> None:
    page = compiled('{% if on %}{% url "nowhere" %}{% endif %}.')
    assert page.render(Context()) == "."


def test_the_product_reads_its_templates_so() -> None:
    page: Any = get_template("base.html")
    loader = page.template.engine.template_loaders[0]
    assert [type(one) for one in loader.loaders] == [templates.Loader]
    with pytest.raises(TemplateDoesNotExist):
        get_template("no/such.html")
