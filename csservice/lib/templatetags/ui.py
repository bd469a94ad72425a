"""Template tags of the whole product."""

from __future__ import annotations

from django import template

register = template.Library()
