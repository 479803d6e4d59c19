"""Top-ups by PayOS: signatures, what PayOS says, what becomes of a top-up (ADR 0022)."""
