"""Segments and tiers of three scores, as data and pure functions; `sql/rfm.sql` has the same for everybody at once.

The segments are the old system's, in its order but for two: Cant_Lose stands before At_Risk, and Lost before
Hibernating, which shadowed them. Now every segment can be reached.
"""

from dataclasses import dataclass

from customers.models import Tier, TierCause

ANY = (1, 5)


@dataclass(frozen=True, slots=True)
class Segment:
    """A name, and from which to which score of each metric it reaches."""

    name: str
    recency: tuple[int, int] = ANY
    frequency: tuple[int, int] = ANY
    monetary: tuple[int, int] = ANY

    def fits(self, r: int, f: int, m: int) -> bool:
        """Tell whether the scores lie within."""
        bounds = ((r, self.recency), (f, self.frequency), (m, self.monetary))
        return all(low <= score <= high for score, (low, high) in bounds)


SEGMENTS = (
    Segment("Champion", (4, 5), (4, 5), (4, 5)),
    Segment("Loyal", (3, 5), (4, 5)),
    Segment("Potential_Loyalist", (4, 5), (2, 5), (2, 5)),
    Segment("New_Customer", (4, 5), (1, 2)),
    Segment("Promising", (4, 5), (2, 3)),
    Segment("Need_Attention", (3, 3), (3, 5), (3, 5)),
    Segment("About_To_Sleep", (2, 3), (2, 5), (2, 5)),
    Segment("Cant_Lose", (1, 2), (3, 5), (4, 5)),
    Segment("At_Risk", (1, 2), (3, 5), (3, 5)),
    Segment("Lost", (1, 1), (1, 1), (1, 2)),
    Segment("Hibernating", (1, 2), (1, 2)),
    Segment("Other"),
)
"""The first that fits."""
NAMES = tuple(segment.name for segment in SEGMENTS)
TIERS = ((14, Tier.PLATINUM), (11, Tier.GOLD), (8, Tier.SILVER), (0, Tier.NEW))
"""From which sum of the three scores on: a mean of 4.5, 3.5 and 2.5, without fractions."""


def segment_of(r: int, f: int, m: int) -> str:
    """Return the segment of three scores."""
    return next(segment.name for segment in SEGMENTS if segment.fits(r, f, m))


def tier_of(total: int, *, young: bool, tier_now: str) -> tuple[str, str]:
    """Return the tier and its cause: the blacklist first, then a young account, then the sum of the scores."""
    cause = TierCause.YOUNG if young else TierCause.SCORE
    if tier_now == Tier.BLACKLIST:
        return Tier.BLACKLIST, cause
    return (Tier.NEW if young else next(tier for least, tier in TIERS if total >= least)), cause
