"""Courses, sessions, cycles, drills and who was trained (plan L1-L5, K4)."""

from __future__ import annotations

from training.models.attempts import Attempt, AttemptItem, Ending, Purpose
from training.models.bank import Difficulty, Kind, Question
from training.models.choices import Area, Way
from training.models.courses import Course, CourseVersion, Lesson, LessonFile
from training.models.cycles import Cycle, CycleMember, Letter, Reminder
from training.models.enrolments import Enrolment
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
    "Attempt",
    "AttemptItem",
    "Course",
    "CourseVersion",
    "Cycle",
    "CycleMember",
    "Difficulty",
    "Dispute",
    "Ending",
    "Enrolment",
    "Evidence",
    "Kind",
    "Lesson",
    "LessonFile",
    "Letter",
    "Need",
    "Purpose",
    "Question",
    "Record",
    "Reminder",
    "Review",
    "ReviewComment",
    "ReviewForm",
    "ReviewFormVersion",
    "ReviewRound",
    "Way",
]
