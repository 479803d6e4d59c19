"""A push process that nobody has listened to yet. In a file of its own: here no other one runs."""

from pathlib import Path

import pytest

from n2store.models import Event
from tests.processes import wait_until
from tests.realtime.driving import Daphne, Shop


@pytest.mark.django_db(transaction=True)
def test_events_are_numbered_though_nobody_has_ever_listened(tmp_path: Path, shop: Shop) -> None:
    shop.deposit(1)
    assert Event.objects.filter(position=None).exists()

    alone = Daphne(tmp_path)
    try:
        wait_until(lambda: not Event.objects.filter(position=None).exists())
    finally:
        alone.kill()
