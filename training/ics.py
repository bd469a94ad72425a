"""Calendar files of sessions (RFC 5545, RFC 5546), by `icalendar`. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from icalendar import Calendar, Event, vCalAddress, vText

PRODUCT = "-//csservice//training//EN"
REQUEST, CANCEL, PUBLISH = "REQUEST", "CANCEL", "PUBLISH"


@dataclass(frozen=True, slots=True)
class Meeting:
    """What a calendar is told of one session. Times are aware; `uid` never changes.

    `sequence` grows with every message about it to the same person. People are (name, address).
    """

    uid: str
    sequence: int
    stamp: datetime
    starts_at: datetime
    ends_at: datetime
    summary: str
    description: str
    location: str
    link: str
    organizer: tuple[str, str]
    attendee: tuple[str, str]


def file_of(meetings: Iterable[Meeting], *, method: str) -> bytes:
    """The calendar file of these meetings: an invitation, its end, or what one may look at."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    for meeting in meetings:
        calendar.add_component(_event(meeting, method))
    return bytes(calendar.to_ical())


def _event(meeting: Meeting, method: str) -> Event:
    event = Event()
    event.add("uid", meeting.uid)
    event.add("sequence", meeting.sequence)
    event.add("dtstamp", meeting.stamp.astimezone(UTC))
    event.add("dtstart", meeting.starts_at.astimezone(UTC))
    event.add("dtend", meeting.ends_at.astimezone(UTC))
    event.add("summary", meeting.summary)
    event.add("description", meeting.description)
    event.add("location", meeting.location)
    if meeting.link:
        event.add("url", meeting.link)
    event.add("status", "CANCELLED" if method == CANCEL else "CONFIRMED")
    event.add("organizer", _person(*meeting.organizer))
    if method != PUBLISH:
        attendee = _person(*meeting.attendee)
        attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
        attendee.params["PARTSTAT"] = vText("DECLINED" if method == CANCEL else "ACCEPTED")
        attendee.params["RSVP"] = vText("FALSE")
        event.add("attendee", attendee)
    return event


def _person(name: str, address: str) -> vCalAddress:
    person = vCalAddress(f"mailto:{address}")
    person.params["CN"] = vText(name)
    return person
