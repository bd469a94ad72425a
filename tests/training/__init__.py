"""Training: courses, sessions, cycles, drills, reviews."""
