"""What authors write, as HTML that is safe to show: Markdown, then a sanitiser that lets in little.

Pictures are left out: the page would fetch them from elsewhere, which its policy forbids.
"""

from __future__ import annotations

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

# Raw HTML in the text is shown as text; the sanitiser stands behind, should that ever fail.
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
_MARKDOWN.disable("image")
_TAGS = {
    *("p", "br", "hr", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a"),
    *("h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}}
_SCHEMES = {"https", "http", "mailto", "tel"}
TOP = 2  # the page itself has the h1


def rendered(text: str) -> SafeString:
    """`text`, Markdown, as HTML. Its highest heading becomes an h2, the others follow."""
    tokens = _MARKDOWN.parse(text)
    _level(tokens)
    html = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )
    return mark_safe(clean)  # noqa: S308 - cleaned in the line above


def _level(tokens: list[Token]) -> None:
    """Headings begin at TOP, and none skips a level, so that they can be walked by ear."""
    last, used = TOP - 1, 0
    top = min((int(t.tag[1]) for t in tokens if t.type == "heading_open"), default=1)
    for token in tokens:
        if token.type == "heading_open":
            used = min(int(token.tag[1]) - top + TOP, last + 1, 6)
            last = used
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{used}"
