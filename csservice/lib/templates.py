"""Templates compiled once for each language, with all that is the same for everybody worked out.

A page prints a hundred words, pictures and addresses that depend on nothing but the language. The
loader renders those at the first use of a template and keeps plain text in their place; what
depends on a person or a request is left as it is.
"""

from __future__ import annotations

from typing import Any

from django.template import Context, Template
from django.template.base import FilterExpression, Node, NodeList, TextNode
from django.template.defaulttags import CommentNode, LoadNode, URLNode
from django.template.library import SimpleNode
from django.template.loaders import cached
from django.templatetags.i18n import TranslateNode
from django.templatetags.static import StaticNode
from django.urls import NoReverseMatch
from django.utils.translation import get_language

from csservice.lib.templatetags.ui import icon

NOTHING = frozenset({CommentNode, LoadNode})


class Loader(cached.Loader):
    """Django's caching loader, with a copy of each template for each language."""

    def cache_key(self, template_name: str, skip: Any = None) -> str:
        return f"{get_language()}:{super().cache_key(template_name, skip)}"

    def get_template(self, template_name: str, skip: Any = None) -> Template:
        """The template in the reader's language."""
        template: Template = super().get_template(template_name, skip)
        if "folded" not in vars(template):
            for nodes in _lists_in(template.nodelist):
                nodes[:] = _folded(nodes)
            vars(template)["folded"] = True
        return template


def _lists_in(nodes: NodeList) -> list[NodeList]:
    """`nodes` and every list of nodes below them."""
    found = [nodes]
    for node in nodes:
        for child in vars(node).values():
            if isinstance(child, NodeList):
                found += _lists_in(child)
        for branch in getattr(node, "conditions_nodelists", ()):
            found += _lists_in(branch[1])
    return found


def _folded(nodes: NodeList) -> list[Node]:
    """The same with fixed nodes as text, and neighbouring texts as one."""
    found: list[Node] = []
    for node in nodes:
        text = _text(node)
        if text is None:
            found.append(node)
        elif found and isinstance(found[-1], TextNode):
            found[-1] = TextNode(found[-1].s + text)
        elif text:
            found.append(TextNode(text))
    return found


def _text(node: Node) -> str | None:
    """What a fixed node prints, in the language that is now active; None for any other."""
    if isinstance(node, TextNode):
        return node.s
    if type(node) in NOTHING:
        return ""
    if not _fixed(node):
        return None
    try:
        return str(node.render(Context()))
    except NoReverseMatch:  # in a branch that is perhaps never taken
        return None


def _fixed(node: Node) -> bool:
    """Whether a node prints the same to everybody: a word, an address, a file or a picture."""
    match node:
        case TranslateNode(asvar=None, noop=False, message_context=context):
            return _literal(node.filter_expression) and (context is None or _literal(context))
        case URLNode(asvar=None, args=[], view_name=name):
            return not node.kwargs and _literal(name)
        case StaticNode(varname=None, path=path):
            return _literal(path)
        case SimpleNode(target_var=None, args=args):
            return node.func is icon and not node.kwargs and all(map(_literal, args))
    return False


def _literal(said: FilterExpression) -> bool:
    """Whether a tag's argument stands in the template itself."""
    return not said.filters and (not said.is_var or said.var.literal is not None)
