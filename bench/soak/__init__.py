"""A shop of its own under random faults, and the proof that nothing was lost and nothing came twice."""
