"""Forms of training: what actions take."""
