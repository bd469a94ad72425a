"""An explanation in words: the sentences that say how a clock came to its deadline (rule 19).

Whole sentences in the reader's language, times on the wall clock of the hours that were counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from csservice.lib.wording import listed
from teams.counted import CountedDay
from teams.models.groups import in_language
from tickets.clock import Metric, Mode
from tickets.explained import Explanation, Pause, Retarget

METRICS: Mapping[str, str | Promise] = {
    Metric.FIRST_RESPONSE: gettext_lazy("First response"),
    Metric.NEXT_RESPONSE: gettext_lazy("Next response"),
    Metric.UPDATE: pgettext_lazy("promise", "Update"),
    Metric.RESOLUTION: gettext_lazy("Resolution"),
    Metric.ACCEPTANCE: gettext_lazy("Acceptance of the hand-over"),
    Metric.COMPLAINT_ACK: gettext_lazy("Complaint acknowledged"),
    Metric.COMPLAINT_FINAL: gettext_lazy("Final answer to the complaint"),
}
NEAR = timedelta(days=6)  # within it a weekday names one day alone
DAY = timedelta(days=1)
EXACT_S = 3600  # a second matters in a shorter promise
ALONE = 2  # so many whole days are told one by one; more are added up
MOST = 3  # so many pauses or changes are told one by one


def sentences(told: Explanation, *, now: datetime, zone: str = "") -> list[str]:
    """How the clock was counted, in order. `zone`: the reader's, named where it is another one."""
    say = _Wall(zone or told.tz if told.always else told.tz, now, exact=told.target_s < EXACT_S)
    found = [_promised(told), *_changed(told, say), *_counted(told, say)]
    found += [*_stood(told, say), *_outcome(told, say)]
    if told.unknown_years:
        years = _(
            "The public holidays of %(years)s are not known; their days are counted as usual."
        )
        found.append(years % {"years": listed(told.unknown_years)})
    if zone and say.zone.key != zone:
        found.append(_("Times are those of %(zone)s.") % {"zone": say.zone.key})
    return found


def length(seconds: float) -> str:
    """A length of open time: 40 seconds, 2 minutes, 2 min 41 s, 3 hours, 102 h 30 min."""
    whole = abs(round(seconds))
    minutes, rest = divmod(whole, 60)
    hours, more = divmod(round(whole / 60), 60)
    if whole < 60:
        return ngettext("%(n)s second", "%(n)s seconds", whole) % {"n": whole}
    if whole < 3600 and not rest:
        return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}
    if whole < 3600:
        return _("%(minutes)s min %(seconds)s s") % {"minutes": minutes, "seconds": rest}
    if not more:
        return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours}
    return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": more}


class _Wall:
    """Instants as a wall in the time zone shows them, the weekday first; `exact` to the second."""

    def __init__(self, tz: str, now: datetime, *, exact: bool) -> None:
        self.zone, self.now, self.exact = ZoneInfo(tz), now, exact

    def at(self, at: datetime) -> str:
        """Fri 17:28, or with its date when that is not this week."""
        return f"{self.day(at.astimezone(self.zone).date())} {self.time(at)}"

    def time(self, at: datetime, on: date | None = None) -> str:
        """The time of day; midnight at the end of `on` is 24:00."""
        local = at.astimezone(self.zone)
        shown = local.strftime("%H:%M:%S" if local.second and self.exact else "%H:%M")
        return "24:00" if on and shown == "00:00" and local.date() > on else shown

    def day(self, on: date) -> str:
        near = abs(on - self.now.astimezone(self.zone).date()) < NEAR
        if near:
            return date_format(on, pgettext("date format", "D"))
        return date_format(on, pgettext("date format", "D j M"))

    def stretches(self, day: CountedDay) -> str:
        return listed(f"{self.time(a)}–{self.time(b, day.on)}" for a, b in day.stretches)


# ---- the promise and what changed it ------------------------------------------------------------
def _promised(told: Explanation) -> str:
    if told.always:
        return _("Promised within %(length)s.") % {"length": length(told.target_s)}
    return _("Promised within %(length)s of opening hours.") % {"length": length(told.target_s)}


def _started(told: Explanation, say: _Wall) -> str:
    """The beginning of the sentence on the first day."""
    time = say.at(told.counted_from)
    if told.counted_from != told.started_at:
        return _("Counted from %(time)s") % {"time": time}
    if told.metric == Metric.RESOLUTION and told.cycle > 1:
        return _("Opened again %(time)s") % {"time": time}
    begun: Mapping[str, Callable[[], str]] = {
        Metric.NEXT_RESPONSE: lambda: _("The customer wrote %(time)s"),
        Metric.ACCEPTANCE: lambda: _("Handed over %(time)s"),
    }
    return begun.get(told.metric, lambda: _("Received %(time)s"))() % {"time": time}


def _changed(told: Explanation, say: _Wall) -> list[str]:
    found = [_change(change, say) for change in told.retargets[-MOST:]]
    if (more := len(told.retargets) - len(found)) > 0:
        said = ngettext("It was changed once before.", "It was changed %(n)s times before.", more)
        found.insert(0, said % {"n": more})
    return found


def _change(change: Retarget, say: _Wall) -> str:
    values = {
        "time": say.at(change.at),
        "before": length(change.before),
        "after": length(change.after),
        "spent": length(change.spent_s),
    }
    first = (
        _("%(time)s other rules began to apply, still with %(after)s.")
        if change.before == change.after
        else _("%(time)s the promise changed from %(before)s to %(after)s.")
    )
    then = {
        Mode.CARRY: _("The %(spent)s spent by then count."),
        Mode.FRESH: _("It was counted anew from then on."),
        Mode.RECOMPUTE: _("It is counted as if that had held from the start."),
    }[change.mode]
    return _("%(first)s %(second)s") % {"first": first % values, "second": then % values}


# ---- the days -----------------------------------------------------------------------------------
def _counted(told: Explanation, say: _Wall) -> list[str]:
    started = _started(told, say)
    if told.always:
        due = _due(told, say)
        said = _("%(started)s; every hour of day and night counts.") % {"started": started}
        return [_("%(first)s %(second)s") % {"first": said, "second": due} if due else said]
    if not told.days:
        return [_("%(started)s.") % {"started": started}, *_closed(told, say), _due(told, say)]
    opened = told.days[0].stretches[0][0] <= told.counted_from
    if len(told.days) == 1:
        return _one_day(told, say, started, opened=opened)
    found = [_first_day(told, say, started) if opened else _waits(told, say, started)]
    found += _closed(told, say)
    found += _middle(told.days[1 if opened else 0 : -1], say)
    return [*found, *_unusual(told, say), _last_day(told, say)]


def _one_day(told: Explanation, say: _Wall, started: str, *, opened: bool) -> list[str]:
    plain = opened and len(told.days[0].stretches) == 1 and not told.carried_s
    if plain and told.due_at:
        said = _("%(started)s, in opening hours.") % {"started": started}
        return [_("%(first)s %(second)s") % {"first": said, "second": _due(told, say)}]
    first = _("%(started)s.") % {"started": started} if opened else _waits(told, say, started)
    return [first, *_closed(told, say), *_unusual(told, say), _last_day(told, say)]


def _first_day(told: Explanation, say: _Wall, started: str) -> str:
    day = told.days[0]
    values = {"started": started, "length": length(day.seconds)}
    end = day.stretches[0][1]
    if len(day.stretches) == 1 and not any(pause.start <= end for pause in told.pauses):
        said = ngettext(
            "%(started)s; the group is open until %(time)s, so %(length)s counts then.",
            "%(started)s; the group is open until %(time)s, so %(length)s count then.",
            _one(day.seconds),
        )
        return said % (values | {"time": say.time(end, day.on)})
    return _("%(started)s; that day %(stretches)s: %(length)s.") % (
        values | {"stretches": say.stretches(day)}
    )


def _one(seconds: float) -> int:
    """1 where `length` is in the singular."""
    return 1 if round(seconds) in {1, 60, 3600} else 2


def _waits(told: Explanation, say: _Wall, started: str) -> str:
    values = {"started": started, "time": say.at(told.days[0].stretches[0][0])}
    if any(pause.start <= told.counted_from for pause in told.pauses):
        return _("%(started)s; counted from %(time)s on.") % values
    return _("%(started)s, out of opening hours; counted from %(time)s on.") % values


def _middle(days: Sequence[CountedDay], say: _Wall) -> list[str]:
    if len(days) > ALONE:
        said = _("%(n)s working days, %(first)s to %(last)s: %(length)s.")
        values = {"first": say.day(days[0].on), "last": say.day(days[-1].on)}
        total = length(sum(day.seconds for day in days))
        return [said % (values | {"n": len(days), "length": total})]
    return [
        _("%(day)s %(stretches)s: %(length)s.")
        % {
            "day": say.day(day.on),
            "stretches": say.stretches(day),
            "length": length(day.seconds),
        }
        for day in days
    ]


def _last_day(told: Explanation, say: _Wall) -> str:
    day = told.days[-1]
    values = {"day": say.day(day.on), "length": length(day.seconds)}
    values |= {"stretches": say.stretches(day), "time": say.time(day.stretches[0][0])}
    if len(day.stretches) > 1:
        said = _("%(day)s %(stretches)s: %(length)s.")
    elif len(told.days) == 1 and not told.carried_s:
        said = _("%(day)s from %(time)s all of the %(length)s.")
    else:
        said = _("%(day)s from %(time)s the other %(length)s.")
    said, due = said % values, _due(told, say)
    return _("%(first)s %(second)s") % {"first": said, "second": due} if due else said


def _due(told: Explanation, say: _Wall) -> str:
    """The deadline; empty where it never came to one, or a pause says it."""
    if told.due_at is None or told.if_resumed:
        return ""
    if told.state == "cancelled":
        return _("It would have been due %(time)s.") % {"time": say.at(told.due_at)}
    return _("Due %(time)s.") % {"time": say.at(told.due_at)}


# ---- days that are closed, days that are unusual -------------------------------------------------
def _closed(told: Explanation, say: _Wall) -> list[str]:
    runs = _runs(told.closed)
    named = [run for run in runs if _name(run[0])]
    plain = [run for run in runs if not _name(run[0])]
    found = []
    if len(plain) == 1 and len(plain[0]) <= ALONE:
        found.append(_closed_days([say.day(day.on) for day in plain[0]]))
    elif plain:
        n = sum(map(len, plain))
        said = ngettext("%(n)s closed day does not count.", "%(n)s closed days do not count.", n)
        found.append(said % {"n": n})
    if named:
        told_of = [
            _("%(days)s %(name)s") % {"days": days_of(run), "name": _name(run[0])} for run in named
        ]
        found.append(_("Closed: %(holidays)s.") % {"holidays": listed(told_of)})
    return found


def _closed_days(days: Sequence[str]) -> str:
    if len(days) == 1:
        return _("%(day)s is closed.") % {"day": days[0]}
    return _("%(first)s and %(second)s are closed.") % {"first": days[0], "second": days[1]}


def _unusual(told: Explanation, say: _Wall) -> list[str]:
    """Make-up working days and single days among those that count."""
    found = []
    for day in told.days:
        values = {"day": days_of([day]), "name": _name(day), "stretches": say.stretches(day)}
        if day.kind == "work":
            said = (
                _("%(day)s is a make-up working day (%(name)s), so it counts.")
                if values["name"]
                else _("%(day)s is a make-up working day, so it counts.")
            )
            found.append(said % values)
        elif day.kind == "single":
            said = (
                _("%(day)s has hours of its own (%(name)s): %(stretches)s.")
                if values["name"]
                else _("%(day)s has hours of its own: %(stretches)s.")
            )
            found.append(said % values)
    return found


def _name(day: CountedDay) -> str:
    """What a closed day is called; a holiday that nobody named is one still."""
    return in_language(day.name, day.name_zh) or (_("Holiday") if day.kind == "off" else "")


def _runs(days: Sequence[CountedDay]) -> list[list[CountedDay]]:
    """Days that follow each other and have one name."""
    found: list[list[CountedDay]] = [[day] for day in days[:1]]
    for a, b in pairwise(days):
        if b.on - a.on == DAY and (a.kind, a.name) == (b.kind, b.name):
            found[-1].append(b)
        else:
            found.append([b])
    return found


def days_of(run: Sequence[CountedDay]) -> str:
    """1 October, 1–8 October, 30 September – 3 October."""
    first, last = run[0].on, run[-1].on
    shape = pgettext("date format", "j F")
    if first == last:
        return date_format(first, shape)
    if (first.year, first.month) == (last.year, last.month):
        values = {"first": first.day, "last": last.day}
        said = pgettext("days of one month", "%(first)s–%(last)s %(month)s")
        return said % (values | {"month": date_format(first, pgettext("date format", "F"))})
    return f"{date_format(first, shape)} – {date_format(last, shape)}"


# ---- pauses and the end -------------------------------------------------------------------------
def _stood(told: Explanation, say: _Wall) -> list[str]:
    ended = [pause for pause in told.pauses if pause.end]
    found = [_pause(pause, say) for pause in ended] if len(ended) <= MOST else []
    if len(ended) > MOST:
        said = _("It stood still %(n)s times: %(length)s of opening hours are not counted.")
        total = length(sum(pause.seconds for pause in ended))
        found.append(said % {"n": len(ended), "length": total})
    open_ones = [pause for pause in told.pauses if not pause.end]
    return found + [_pause_open(pause, told, say) for pause in open_ones]


def _pause(pause: Pause, say: _Wall) -> str:
    waited: Mapping[str, Callable[[], str]] = {
        "customer": lambda: _("Waited for the customer, %(start)s to %(end)s:"),
        "third": lambda: _("Waited for a third party, %(start)s to %(end)s:"),
        "hold": lambda: _("Held by the regulator, %(start)s to %(end)s:"),
        "appraisal": lambda: _("Outside appraisal, %(start)s to %(end)s:"),
        "ended": lambda: _("Ended %(start)s and opened again %(end)s:"),
    }
    first = waited.get(pause.reason, lambda: _("Stood still, %(start)s to %(end)s:"))()
    values = {"start": say.at(pause.start), "end": say.at(pause.end or pause.start)}
    second = (
        _("%(length)s of opening hours are not counted.") % {"length": length(pause.seconds)}
        if round(pause.seconds)
        else _("no opening hours were lost.")
    )
    return _("%(first)s %(second)s") % {"first": first % values, "second": second}


def _pause_open(pause: Pause, told: Explanation, say: _Wall) -> str:
    waits: Mapping[str, Callable[[], str]] = {
        "customer": lambda: _("Has waited for the customer since %(time)s."),
        "third": lambda: _("Has waited for a third party since %(time)s."),
        "hold": lambda: _("Held by the regulator since %(time)s."),
        "appraisal": lambda: _("An outside appraisal since %(time)s; that time is left out."),
    }
    said = waits.get(pause.reason, lambda: _("Has stood still since %(time)s."))()
    said %= {"time": say.at(pause.start)}
    if not told.if_resumed or told.due_at is None:
        return said
    due = _("If it goes on now, it is due %(time)s.") % {"time": say.at(told.due_at)}
    return _("%(first)s %(second)s") % {"first": said, "second": due}


def _outcome(told: Explanation, say: _Wall) -> list[str]:
    values = {
        "spent": length(told.spent_s),
        "left": length(told.left_s),
        "time": say.at(told.ended_at) if told.ended_at else "",
        "breach": say.at(told.breached_at) if told.breached_at else "",
    }
    found = [_ended(told) if told.ended_at else _going(told)]
    if told.inherited:
        found.append(_("It was spent already when the promise became shorter: nobody's fault."))
    if told.waived:
        found.append(_("Waived: nobody could keep it. The delay stays on record."))
    return [said % values for said in found]


def _ended(told: Explanation) -> str:
    if told.state == "cancelled":
        return _("Ended %(time)s without being measured.")
    if told.breached_at is None:
        return _("Done %(time)s after %(spent)s: kept, with %(left)s to spare.")
    if told.left_s < 0:
        return _("Broken %(breach)s; done %(time)s after %(spent)s, %(left)s late.")
    return _("Broken %(breach)s; done %(time)s after %(spent)s.")


def _going(told: Explanation) -> str:
    if told.breached_at is None:
        return _("Spent so far: %(spent)s. Left: %(left)s.")
    if told.left_s < 0:
        return _("Broken %(breach)s; %(left)s late by now.")
    return _("Broken %(breach)s; spent so far: %(spent)s.")
