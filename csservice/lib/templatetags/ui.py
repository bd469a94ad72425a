"""Template tags of the whole product: icons, clocks, durations, times, form fields. All builtin.

`{% icon "phone" %}` · `{% chip clock %}` · `{{ seconds|mmss }}` · `{{ seconds|seconds_words }}` ·
`{{ at|local_time }}` · `{{ name|initials }}` · `{% no_data %}` · `{% field form.name %}` ·
`{% error_summary form %}` · `{% fixed %}…{% endfixed %}`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, Protocol

from django import template
from django.contrib.messages.storage.base import Message
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from csservice.lib.templatetags import ui_forms
from csservice.lib.wording import listed

register = template.Library()
register.simple_tag(ui_forms.field, name="field")
register.simple_tag(ui_forms.error_summary, name="error_summary")
register.filter("listed", listed)

WORKING_DAY_S = 8 * 3600
REPLIES = frozenset({"first_response", "next_response"})


class FixedNode(template.Node):
    """Renders its content once for each language and keeps it."""

    def __init__(self, content: template.NodeList) -> None:
        self.content = content
        self.kept: dict[str | None, SafeString] = {}

    def render(self, context: template.Context) -> SafeString:
        language = get_language()
        if language not in self.kept:
            self.kept[language] = self.content.render(context)
        return self.kept[language]


@register.tag
def fixed(parser: template.base.Parser, token: template.base.Token) -> FixedNode:
    """`{% fixed %}…{% endfixed %}`: what is the same for everybody who reads the language.

    Only for words, icons and addresses of the frame; never for anything of a person or a request.
    """
    content = parser.parse(("endfixed",))
    parser.delete_first_token()
    return FixedNode(content)


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """The picture `name` of the sprite. A screen reader hears nothing: write a word beside."""
    return _icon(name, extra)


@lru_cache(maxsize=512)
def _icon(name: str, extra: str) -> SafeString:
    return format_html(
        '<svg class="icon{}" aria-hidden="true" focusable="false" width="24" height="24">'
        '<use href="{}#{}"></use></svg>',
        f" {extra}" if extra else "",
        static("vendor/icons.svg"),
        name,
    )


class Clock(Protocol):
    """What a chip is drawn from; `tickets.promise.Chip` is one."""

    @property
    def metric(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def due(self) -> datetime: ...
    @property
    def seconds(self) -> int: ...
    @property
    def thresholds(self) -> tuple[int, int]: ...


@register.simple_tag
def chip(clock: Clock | None) -> SafeString:
    """One clock: words, and by its state an icon, a colour and a shape. Nothing without a clock.

    `sla.js` counts the chips that run, from `data-due`; met, missed and paused ones stand still.
    """
    if clock is None:
        return SafeString("")
    state, due = clock.state, clock.due.astimezone(UTC)
    if state in {"met", "missed", "paused"}:
        return format_html(
            '<span class="sla sla-{}" data-s="{}" data-metric="{}">'
            '<span class="sla-t">{}</span></span>',
            state, state, clock.metric, _settled(clock),
        )  # fmt: skip
    soon, urgent = clock.thresholds
    return format_html(
        '<span class="sla sla-{}" data-s="{}" data-metric="{}" data-due="{}" data-soon="{}"'
        ' data-urgent="{}" title="{}"><span class="sla-t">{}</span></span>',
        state, state, clock.metric, due.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        soon, urgent, _("By %(time)s") % {"time": moment(clock.due)}, _running(clock),
    )  # fmt: skip


def _settled(clock: Clock) -> str:
    if clock.state == "paused":
        return _("Paused")
    replies, met = clock.metric in REPLIES, clock.state == "met"
    if replies:
        said = _("Replied in %(time)s") if met else _("Replied %(time)s late")
    else:
        said = _("Resolved in %(time)s") if met else _("Resolved %(time)s late")
    return said % {"time": span(clock.seconds)}


def _running(clock: Clock) -> str:
    """As `sla.js` says it: 4:37 left, 35 min left, a day and time when it is far, Late 1:12.

    A reply that is owed after the first one says that it is a reply.
    """
    follows = clock.metric == "next_response"
    if clock.state == "late":
        said = _("Reply late %(time)s") if follows else _("Late %(time)s")
        return said % {"time": span(-clock.seconds)}
    if clock.seconds >= WORKING_DAY_S:
        return (
            _("Reply due %(time)s") % {"time": moment(clock.due)} if follows else moment(clock.due)
        )
    said = _("Reply due %(time)s left") if follows else _("%(time)s left")
    return said % {"time": span(clock.seconds)}


def span(seconds: int) -> str:
    """A length of time as short as its size allows: 4:37, 35 min, 2 h 48 min, 3 days."""
    if seconds < 600:
        return mmss(seconds)
    minutes = seconds // 60
    if minutes < 60:
        return _("%(minutes)s min") % {"minutes": minutes}
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes}
    return _("%(days)s d %(hours)s h") % {"days": hours // 24, "hours": hours % 24}


@register.filter
def mmss(seconds: float | None) -> str:
    """72 -> 1:12. For a countdown; negative lengths lose their sign."""
    whole = abs(int(seconds or 0))
    return f"{whole // 60}:{whole % 60:02d}"


@register.filter
def seconds_words(seconds: float | timedelta | None) -> str:
    """161 -> 2 min 41 s. For statistics; empty when there is nothing to say."""
    if seconds is None:
        return ""
    whole = int(seconds.total_seconds() if isinstance(seconds, timedelta) else seconds)
    if whole >= 3600:
        return span(whole)
    minutes, rest = divmod(whole, 60)
    if minutes:
        return _("%(minutes)s min %(seconds)s s") % {"minutes": minutes, "seconds": rest}
    return _("%(seconds)s s") % {"seconds": rest}


def moment(at: datetime) -> str:
    """An instant in the reader's zone, as short as can be: 15:20, Tomorrow 10:00, 3 Dec 10:00."""
    local = timezone.localtime(at)
    clock, days = local.strftime("%H:%M"), (local.date() - timezone.localdate()).days
    if days == 0:
        return clock
    if days == 1:
        return _("Tomorrow %(time)s") % {"time": clock}
    if days == -1:
        return _("Yesterday %(time)s") % {"time": clock}
    return date_format(local, pgettext("date format", "j M H:i"))


@register.filter
def local_time(at: datetime | None, style: str = "long") -> SafeString:
    """`at` in the reader's zone as `<time>`. Styles: long (with the year), short, date, clock."""
    if at is None:
        return no_data()
    local = timezone.localtime(at)
    long = date_format(local, pgettext("date format", "j M Y, H:i"))
    shown = {
        "long": lambda: long,
        "short": lambda: moment(at),
        "date": lambda: date_format(local, pgettext("date format", "j M Y")),
        "clock": lambda: local.strftime("%H:%M"),
    }[style]()
    iso = at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return format_html('<time datetime="{}" title="{}">{}</time>', iso, long, shown)


@register.filter
def day(on: date | None) -> str:
    """A calendar day as short as `local_time:"date"` says it; of an instant, the reader's day."""
    if on is None:
        return no_data()
    local = timezone.localtime(on) if isinstance(on, datetime) else on
    return date_format(local, pgettext("date format", "j M Y"))


@register.simple_tag
def no_data() -> SafeString:
    """The mark for a value that is not there. Never 0."""
    return format_html(
        '<span aria-hidden="true">–</span><span class="visually-hidden">{}</span>', _("no data")
    )


@register.filter
def initials(name: Any) -> str:
    """Sofia Lindqvist -> SL, 刘敏 -> 刘: for an avatar beside the whole name."""
    words = str(name).split()
    if not words:
        return ""
    if not words[0].isascii() and len(words) == 1:
        return words[0][:1]
    return "".join(word[0] for word in (words[0], *words[1:][-1:])).upper()


# The second key after g, for each place of the rail (ux.md 2.0).
GO_KEYS = {
    "queue": "q",
    "dashboard": "d",
    "scorecards": "s",
    "feedback": "f",
    "training": "t",
    "planning": "p",
    "team": "m",
    "live": "l",
    "customers": "c",
    "status": "h",
    "settings": "e",
}


@register.filter
def go_key(place: str) -> str:
    """The key that follows g to go to a place of the rail; empty for a place without one."""
    return GO_KEYS.get(place, "")


@register.filter
def undo_url(message: Message) -> str:
    """Where a message's Undo posts: messages.success(…, extra_tags="undo:/t/7/…/"); else empty."""
    tag = message.extra_tags or ""
    return tag.removeprefix("undo:") if tag.startswith("undo:/") else ""
