"""What the jobs of this app would do now. See `n2store.rehearsing`."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F

from n2store.models import Event
from realtime.models import Frame, Message, WaitingCustomer


def events_to_prune(now: datetime) -> dict[str, int]:
    """Return how many events are too old; the newest stays, also where it has no place yet."""
    newest_first = Event.objects.order_by(F("position").desc(nulls_first=True), "-id")
    newest = newest_first.values_list("pk", flat=True).first() or 0
    old = Event.objects.filter(created_at__lt=now - timedelta(days=settings.EVENTS_KEPT_DAYS))
    return {"rows": old.exclude(pk=newest).count()}


def frames_to_prune(now: datetime) -> dict[str, int]:
    """Return how many frames are too old."""
    return {"rows": Frame.objects.filter(received_at__lt=now - timedelta(days=settings.FRAMES_KEPT_DAYS)).count()}


def inbox_to_prune(now: datetime) -> dict[str, int]:
    """Return how many messages, and customers who wait no more, are too old."""
    silent = WaitingCustomer.objects.filter(last_message_time__lt=now - timedelta(days=settings.WAITING_KEPT_DAYS))
    said = Message.objects.filter(received_at__lt=now - timedelta(days=settings.CHAT_KEPT_DAYS))
    return {"rows": silent.count() + said.count()}
