"""What the jobs of this app would do now. See `n2store.rehearsing`."""

from datetime import datetime, timedelta

from django.conf import settings

from proxy import alerts
from proxy.facebook import once
from proxy.models import Alert, CallCount, Sending, Trace


def alerts_to_tell(now: datetime) -> dict[str, int]:
    """Return how many alerts the shop's chat has not heard and is due to."""
    return {"alerts": Alert.objects.filter(next_try_at__lte=now).count()}


def gateway_to_prune(now: datetime) -> dict[str, int]:
    """Return how many alerts and keys of sent messages are too old."""
    old = Alert.objects.filter(next_try_at=None, at__lt=now - alerts.KEPT_FOR)
    return {"rows": old.count() + Sending.objects.filter(begun_at__lt=now - once.KEPT_FOR).count()}


def traces_to_prune(now: datetime) -> dict[str, int]:
    """Return how many traces and counts are too old, and traces too many."""
    before = now - timedelta(days=settings.GATEWAY_TRACES_KEPT_DAYS)
    old = Trace.objects.filter(at__lt=before).count()
    beyond = Trace.objects.count() - old - settings.GATEWAY_TRACES_MAX
    return {"rows": old + max(beyond, 0) + CallCount.objects.filter(minute__lt=before).count()}
