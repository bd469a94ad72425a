"""Quick replies and checklists of the demo, written by their own actions, and how often used."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.utils import timezone

from csservice.demo.catalogue import Catalogue
from csservice.demo.people import Team
from csservice.demo.stories import read
from teams.models import User
from tickets import actions
from tickets.macros import LOOK_BACK_DAYS
from tickets.models import Macro, MacroUse

PLAIN = ("shortcut", "name", "name_zh", "text_en", "text_zh", "segment")


def make_macros(team: Team, catalogue: Catalogue, *, made: datetime, now: datetime) -> None:
    """Write them in the director's name, one's own in its owner's; then how often each was used."""
    data, by = read("macros"), team.people["director"]
    rows: list[Macro] = []
    for known in data["macros"]:
        owner = team.people.get(known.get("owner", ""))
        group = team.groups.get(known.get("group", ""))
        scope = "own" if owner else "group" if group else "everybody"
        fields: dict[str, Any] = {name: known[name] for name in PLAIN if name in known}
        fields |= {"category": catalogue.categories.get(known.get("category", ""))}
        fields |= {"scope": scope, "group": group, "steps": known.get("steps", [])}
        rows.append(actions.save_macro(None, by=owner or by, now=made, **fields))
    for known in data["checklists"]:
        points = [(text, chinese) for text, chinese in known["points"]]
        category = catalogue.categories[known["category"]]
        actions.save_checklist(category, by=by, points=points, now=made)
    _use(rows, team, now)


def _use(rows: list[Macro], team: Team, now: datetime) -> None:
    """A quarter of days on which people used them; the first of the file most of all."""
    random, today = Random(len(rows)), timezone.localdate(now)
    uses: list[MacroUse] = []
    for place, macro in enumerate(rows):
        for user in _writers(macro, team):
            for age in random.sample(range(1, LOOK_BACK_DAYS), max(2, 14 - place)):
                on, n = today - timedelta(days=age), random.randint(1, 4)
                uses.append(MacroUse(macro=macro, user=user, on=on, n=n))
                macro.uses += n
        macro.last_used_at = now - timedelta(hours=place + 2)
    MacroUse.objects.bulk_create(uses)
    Macro.objects.bulk_update(rows, ["uses", "last_used_at"])


def _writers(macro: Macro, team: Team) -> list[User]:
    """Whoever has it at hand, of those who serve customers."""
    if macro.owner is not None:
        return [macro.owner]
    groups = {key: group for key, group in team.groups.items() if group.segment != "technical"}
    if macro.group is not None:
        groups = {key: group for key, group in groups.items() if group == macro.group}
    found = {user.pk: user for key in groups for user in team.staff[key]}
    return list(found.values())
