"""Pages of training (plan L1-L5)."""
