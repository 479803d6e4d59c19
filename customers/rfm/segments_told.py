"""What the segments are called on screen."""

from django.utils.translation import gettext_lazy as _

SEGMENTS = {
    "Champion": _("Champions"),
    "Loyal": _("Loyal"),
    "Potential_Loyalist": _("May become loyal"),
    "New_Customer": _("New customers"),
    "Promising": _("Promising"),
    "Need_Attention": _("Need attention"),
    "About_To_Sleep": _("About to sleep"),
    "Cant_Lose": _("Must not be lost"),
    "At_Risk": _("At risk"),
    "Hibernating": _("Hibernating"),
    "Lost": _("Lost"),
    "Other": _("Others"),
}


def segment_told(segment: str) -> str:
    """Return what a segment is called."""
    return str(SEGMENTS.get(segment, segment))
