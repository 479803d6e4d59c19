"""Where a screen stands in the event log, so that its stream goes on exactly from what was drawn."""

from django.db.models import Max

from n2store.models import Event


def newest_position() -> int:
    """Return the position of the newest relayed event; 0 before the first. Read it before the rows of the screen."""
    newest: int | None = Event.objects.aggregate(newest=Max("position"))["newest"]
    return newest or 0
