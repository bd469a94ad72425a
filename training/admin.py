"""Training to look at; it is changed on its pages."""

from __future__ import annotations

from django.contrib import admin

from csservice.lib.admin import ReadOnly
from training.models import (
    Attempt,
    AttemptItem,
    Certificate,
    Course,
    CourseVersion,
    Cycle,
    CycleMember,
    Dispute,
    Drill,
    DrillCue,
    DrillRating,
    DrillSeat,
    Enrolment,
    Evidence,
    Lesson,
    LessonFile,
    Letter,
    Need,
    Question,
    Record,
    Reminder,
    Review,
    ReviewComment,
    ReviewForm,
    ReviewFormVersion,
    ReviewRound,
    Scenario,
    Seat,
    Session,
    SessionMail,
)


@admin.register(Course)
class CourseAdmin(ReadOnly):
    list_display = ("name", "area", "retired_at")
    list_filter = ("area",)


@admin.register(CourseVersion)
class CourseVersionAdmin(ReadOnly):
    list_display = ("course_id", "number", "published_at")


@admin.register(Lesson)
class LessonAdmin(ReadOnly):
    list_display = ("version_id", "position", "title")


@admin.register(LessonFile)
class LessonFileAdmin(ReadOnly):
    list_display = ("lesson_id", "name", "size")


@admin.register(Enrolment)
class EnrolmentAdmin(ReadOnly):
    list_display = ("user_id", "course_id", "why", "due_on", "passed_at", "failed_at")
    list_filter = ("why",)


@admin.register(Record)
class RecordAdmin(ReadOnly):
    list_display = ("user_id", "area", "way", "at", "passed")
    list_filter = ("area", "way")


@admin.register(ReviewForm)
class ReviewFormAdmin(ReadOnly):
    list_display = ("name", "active")


@admin.register(ReviewFormVersion)
class ReviewFormVersionAdmin(ReadOnly):
    list_display = ("form_id", "number", "made_at")


@admin.register(ReviewRound)
class ReviewRoundAdmin(ReadOnly):
    list_display = ("group_id", "since", "until", "each", "made_at")


@admin.register(Review)
class ReviewAdmin(ReadOnly):
    list_display = ("ticket_id", "person_id", "rater_id", "score", "done_at")


@admin.register(ReviewComment)
class ReviewCommentAdmin(ReadOnly):
    list_display = ("review_id", "message_id")


@admin.register(Dispute)
class DisputeAdmin(ReadOnly):
    list_display = ("review_id", "at", "outcome")


@admin.register(Cycle)
class CycleAdmin(ReadOnly):
    list_display = ("starts_on", "area", "target", "opened_at")
    list_filter = ("area",)


@admin.register(CycleMember)
class CycleMemberAdmin(ReadOnly):
    list_display = ("cycle_id", "user_id", "due_on", "attended_at", "excused_at", "left_on")


@admin.register(Letter)
class LetterAdmin(ReadOnly):
    list_display = ("reader_id", "about", "made_at", "delivery", "tries")
    list_filter = ("delivery",)


@admin.register(Reminder)
class ReminderAdmin(ReadOnly):
    list_display = ("member_id", "step", "due_on", "planned_on", "made_at")
    list_filter = ("step",)


@admin.register(Need)
class NeedAdmin(ReadOnly):
    list_display = ("user_id", "area", "why", "at", "ended_at")
    list_filter = ("area", "why")


@admin.register(Evidence)
class EvidenceAdmin(ReadOnly):
    list_display = ("need_id", "source", "at")


@admin.register(Session)
class SessionAdmin(ReadOnly):
    list_display = ("name", "area", "starts_at", "capacity", "cancelled_at", "closed_at")
    list_filter = ("area",)


@admin.register(Seat)
class SeatAdmin(ReadOnly):
    list_display = ("session_id", "user_id", "step", "score")
    list_filter = ("step",)
    exclude = ("reaction", "comment")  # shown in sum only


@admin.register(SessionMail)
class SessionMailAdmin(ReadOnly):
    list_display = ("seat_id", "about", "made_at", "delivery", "tries")
    list_filter = ("about", "delivery")


@admin.register(Scenario)
class ScenarioAdmin(ReadOnly):
    list_display = ("name", "kind", "active", "changed_at")


@admin.register(Drill)
class DrillAdmin(ReadOnly):
    list_display = ("name", "trainer_id", "planned_for", "step")
    list_filter = ("step", "kind")


@admin.register(DrillSeat)
class DrillSeatAdmin(ReadOnly):
    list_display = ("drill_id", "user_id", "served", "score")


@admin.register(DrillCue)
class DrillCueAdmin(ReadOnly):
    list_display = ("drill_id", "kind", "when", "due_at", "done_at", "skipped")


@admin.register(DrillRating)
class DrillRatingAdmin(ReadOnly):
    list_display = ("drill_id", "rater_id", "at")


@admin.register(Question)
class QuestionAdmin(ReadOnly):
    list_display = ("text", "kind", "area", "difficulty", "retired_at")
    list_filter = ("area", "kind", "difficulty")


@admin.register(Attempt)
class AttemptAdmin(ReadOnly):
    list_display = ("enrolment_id", "purpose", "number", "begun_at", "ended", "score", "passed")


@admin.register(AttemptItem)
class AttemptItemAdmin(ReadOnly):
    list_display = ("attempt_id", "position", "saved_at", "points", "waits_since")


@admin.register(Certificate)
class CertificateAdmin(ReadOnly):
    list_display = ("user_id", "area", "issued_at", "valid_until", "revoked_at")
    list_filter = ("area",)
