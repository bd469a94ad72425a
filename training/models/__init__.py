"""Courses, sessions, cycles, drills and who was trained (plan L1-L5, K4)."""

from __future__ import annotations

from training.models.attempts import Attempt, AttemptItem, Ending, Purpose
from training.models.bank import Difficulty, Kind, Question
from training.models.certificates import Certificate
from training.models.choices import Area, Way
from training.models.courses import Course, CourseVersion, Lesson, LessonFile
from training.models.cycles import Cycle, CycleMember, Letter, Reminder
from training.models.drills import (
    Drill,
    DrillCue,
    DrillRating,
    DrillSeat,
    DrillStep,
    Scenario,
    ScenarioKind,
)
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
from training.models.sessions import Seat, Session, SessionMail

__all__ = [
    "Area",
    "Attempt",
    "AttemptItem",
    "Certificate",
    "Course",
    "CourseVersion",
    "Cycle",
    "CycleMember",
    "Difficulty",
    "Dispute",
    "Drill",
    "DrillCue",
    "DrillRating",
    "DrillSeat",
    "DrillStep",
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
    "Scenario",
    "ScenarioKind",
    "Seat",
    "Session",
    "SessionMail",
    "Way",
]
