"""`manage.py demo`: make the demo shop in an empty database, and a login for each role. Safe to run again."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from n2store.demo import logins, shop, sockets


class Command(BaseCommand):
    """Does nothing where the demo shop already is, nor where a shop of somebody's own is."""

    help = "Make the demo shop: customers, months of transfers, logins in N2STORE_HOME/logins.txt."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Make what is missing and say what was made."""
        started = time.perf_counter()
        if not shop.exists():
            try:
                shop.open_shop(now=timezone.now())
            except shop.NotEmpty as error:
                self.stdout.write(str(error))
                return
            self.stdout.write(f"The demo shop is open, made in {time.perf_counter() - started:.1f} s.")
        if sockets.ensure():
            self.stdout.write("Pancake's and TPOS's sockets are to be held.")
        path = settings.N2STORE_HOME / "logins.txt"
        if logins.ensure(path):
            self.stdout.write(f"Logins are in {path}.")
