"""Training for programs (plan L1-L5)."""
