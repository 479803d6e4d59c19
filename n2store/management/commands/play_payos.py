"""`manage.py play_payos`: PayOS on this machine, for looking at top-ups without real money."""

import time
from argparse import ArgumentParser
from itertools import count
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from typing_extensions import override

from n2store.simulator.loopback import target
from n2store.simulator.payos import API_KEY, CHECKSUM_KEY, CLIENT_ID, Payos

LOOK_EVERY_S = 0.2


class Command(BaseCommand):
    """Makes payment links for a shop, shows a page for each, and pays each after a moment if it is told to.

    It takes the shop's own keys where they are set, as `make run` does.
    """

    help = "Play PayOS on this machine: payment links, each with a page to pay it, or paid by itself. Ends with Ctrl-C."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8790)
        parser.add_argument(
            "--shop", default=f"http://127.0.0.1:{settings.PORT}", help="where the shop hears of payments"
        )
        parser.add_argument("--after", type=float, default=10.0, help="seconds until a link is paid; 0: never")
        parser.add_argument("--links", type=int, default=0, help="end after so many paid links; 0: never")

    @override
    def handle(self, *args: Any, **given: Any) -> None:
        """Serve until Ctrl-C."""
        target(given["shop"])  # Refused unless it is this machine.
        playing = Payos(
            shop=given["shop"],
            client_id=settings.PAYOS_CLIENT_ID or CLIENT_ID,
            api_key=settings.PAYOS_API_KEY or API_KEY,
            checksum_key=settings.PAYOS_CHECKSUM_KEY or CHECKSUM_KEY,
            references=count(int(time.time()) * 1_000),  # A bank never uses one again, also after a new start.
        )
        with playing.serving(given["port"]) as payos:
            self.stdout.write(f"Each link is paid at {payos.url}/.")
            if not settings.PAYOS_CLIENT_ID:
                self.stdout.write(
                    f"Start the shop with:\n  PAYOS_CLIENT_ID={CLIENT_ID}\n  PAYOS_API_KEY={API_KEY}\n"
                    f"  PAYOS_CHECKSUM_KEY={CHECKSUM_KEY}\n  PAYOS_API_URL={payos.url}"
                )
            self.stdout.flush()
            try:
                self._pay(payos, **given)
            except KeyboardInterrupt:
                self.stdout.write("Closed.")

    def _pay(self, payos: Payos, *, shop: str, after: float, links: int, **_: Any) -> None:
        """Pay every link once, so many seconds after it was first seen."""
        seen: dict[int, float] = {}
        paid = 0
        while not links or paid < links:
            time.sleep(LOOK_EVERY_S if after else 60.0)
            now = time.monotonic()
            for order_code, link in list(payos.links.items()):
                due = seen.setdefault(order_code, now + after)
                if not after or now < due or link["transactions"] or link["status"] != "PENDING":
                    continue
                answer = payos.send(shop, payos.pay(order_code))
                paid += 1
                self.stdout.write(f"{order_code}: {link['amount']:,} VND paid, the shop answers {answer.status}")
                self.stdout.flush()
