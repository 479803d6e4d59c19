"""People who buy just so, that every segment has somebody in it and every rule finds somebody, whatever chance brings.

Days are counted back from now, and chosen so that nobody leaves a segment in the nights that follow.
"""

HABITS: dict[str, tuple[tuple[int, int], ...]] = {
    "Champion": tuple((day, 950_000) for day in (1, 6, 12, 18, 23, 30, 37, 44, 51, 58, 64, 71)),
    "Loyal": tuple((day, 600_000) for day in (17, 22, 28, 35, 44, 52, 60)),
    "Potential_Loyalist": ((3, 450_000), (20, 450_000)),
    "New_Customer": ((2, 320_000),),
    "Promising": ((2, 95_000), (9, 95_000), (15, 95_000), (33, 95_000)),
    "Need_Attention": ((17, 900_000), (30, 900_000), (45, 900_000)),
    "About_To_Sleep": ((40, 500_000), (55, 500_000), (70, 500_000)),
    "Cant_Lose": ((62, 1_600_000), (68, 1_600_000), (74, 1_600_000), (79, 1_600_000)),
    "At_Risk": ((63, 900_000), (70, 900_000), (77, 900_000)),
    "Lost": ((130, 260_000),),
    "Hibernating": ((45, 300_000),),
    "Other": ((20, 200_000),),
}
"""Segment -> orders: days ago, and dong."""
EACH = 2
"""So many people of each habit."""

SENDS_BACK, MOVES_MUCH, TAKES_OUT = "sends back", "moves much", "takes out"
SUSPICIONS = (SENDS_BACK, SENDS_BACK, SENDS_BACK, MOVES_MUCH, MOVES_MUCH, TAKES_OUT, TAKES_OUT)
"""What each of the suspects does."""
SENT_BACK = ((9, "refused"), (8, "refused"), (7, "kept"))
"""Days ago, and what became of the order."""
