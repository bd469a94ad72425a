"""Does a product's risk suit the customer? (N3; the duty: R level at most C level.) Pure."""

from __future__ import annotations


def verdict(*, risk_level: str, risk_profile: str) -> str:
    """`suits`, `exceeds` (R above C), or `unknown` (the customer's profile is not assessed).

    R1 and C1 are the lowest of five. An empty `risk_level` (no product) is the empty verdict.
    """
    if not risk_level:
        return ""
    if not risk_profile:
        return "unknown"
    return "suits" if int(risk_level[1]) <= int(risk_profile[1]) else "exceeds"
