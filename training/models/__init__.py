"""Courses, sessions, cycles, drills and who was trained (plan L1-L5, K4)."""

from __future__ import annotations

from training.models.choices import Area, Way
from training.models.courses import Course, CourseVersion, Lesson
from training.models.cycles import Cycle, CycleMember, Letter, Reminder
from training.models.needs import Evidence, Need
from training.models.records import Record
from training.models.reviews import (
    Dispute,
    Review,
    ReviewComment,
    ReviewForm,
    ReviewFormVersion,
    ReviewRound,
)

__all__ = [
    "Area",
    "Course",
    "CourseVersion",
    "Cycle",
    "CycleMember",
    "Dispute",
    "Evidence",
    "Lesson",
    "Letter",
    "Need",
    "Record",
    "Reminder",
    "Review",
    "ReviewComment",
    "ReviewForm",
    "ReviewFormVersion",
    "ReviewRound",
    "Way",
]
