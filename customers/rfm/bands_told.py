"""What the seed's bands are called on screen. What people wrote in their place stays in their words."""

from django.utils.translation import gettext_lazy as _

from customers.models import Metric
from customers.rfm.bands import SEED_DESCRIPTIONS

SEED_TOLD = {
    Metric.RECENCY: {
        5: _("Bought in the last 7 days"), 4: _("Bought 8-14 days ago"), 3: _("Bought 15-30 days ago"),
        2: _("Bought 31-60 days ago"), 1: _("Bought more than 60 days ago, or never"),
    },
    Metric.FREQUENCY: {
        5: _("More than 10 orders"), 4: _("6-10 orders"), 3: _("3-5 orders"), 2: _("2 orders"),
        1: _("1 order, or none yet"),
    },
    Metric.MONETARY: {
        5: _("More than 10 million"), 4: _("5-10 million"), 3: _("2 million to less than 5 million"),
        2: _("500 thousand to less than 2 million"), 1: _("Less than 500 thousand"),
    },
}  # fmt: skip
TOLD = {
    SEED_DESCRIPTIONS[metric][score]: told for metric, scores in SEED_TOLD.items() for score, told in scores.items()
}


def band_told(description: str) -> str:
    """Return a band's description as people read it: the seed's in their language."""
    return str(TOLD.get(description, description))
