"""Training to look at; it is changed on its pages."""

from __future__ import annotations

from django.contrib import admin

from csservice.lib.admin import ReadOnly
from training.models import Course, CourseVersion, Lesson, Record


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


@admin.register(Record)
class RecordAdmin(ReadOnly):
    list_display = ("user_id", "area", "way", "at", "passed")
    list_filter = ("area", "way")
