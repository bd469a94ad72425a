"""Every write of training."""

from __future__ import annotations
