"""`manage.py simulate sepay`: play a neighbour against the running shop, over its real protocol, on loopback."""

import asyncio
import contextlib
import secrets
import time
from argparse import ArgumentParser
from datetime import datetime
from functools import partial
from random import Random
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from banking.models import BankTransfer, QrCode
from customers.models import Customer
from n2store.clock import VIETNAM
from n2store.simulator import sepay
from n2store.simulator.loopback import NotLoopback, Target, target
from n2store.simulator.play import Manner, Report, Verdict, play
from n2store.simulator.texts import Known

KNOWN_MAX = 5_000


class Command(BaseCommand):
    """SePay for now; each further neighbour gets a module in `n2store.simulator` and a word here."""

    help = "Play a neighbour: `simulate sepay` posts transfers to the shop on this machine."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the neighbours with their options."""
        neighbours = parser.add_subparsers(dest="neighbour", required=True)
        given = neighbours.add_parser("sepay", help="bank transfers by webhook")
        given.add_argument("--rate", type=float, default=2.0, help="transfers a second (0: as fast as they are taken)")
        given.add_argument("--count", type=int, default=20, help="how many (0: until Ctrl-C)")
        given.add_argument("--repeat-share", type=float, default=0.05, help="share sent a second time")
        given.add_argument("--reorder", action="store_true", help="deliver later ones before earlier ones")
        given.add_argument("--retry-scale", type=float, default=0.01, help="1 waits as long as SePay: minutes")
        given.add_argument("--seed", type=int, help="for the same transfers again")
        given.add_argument("--url", default=f"http://127.0.0.1:{settings.PORT}", help="the shop; loopback only")

    def handle(self, *args: Any, **options: Any) -> None:
        """Play, then print what happened; exits 1 when something was never taken."""
        try:
            shop = target(options["url"])
        except NotLoopback as error:
            raise CommandError(str(error)) from error
        keys, signing = settings.SEPAY_API_KEYS, settings.SEPAY_HMAC_SECRETS
        if not keys and not signing:
            raise CommandError("Neither SEPAY_API_KEY nor SEPAY_HMAC_SECRET is set: the shop would refuse everything.")
        seed = secrets.randbelow(10**6) if options["seed"] is None else options["seed"]
        manner = Manner(
            rate=options["rate"],
            count=options["count"] or None,
            repeat_share=options["repeat_share"],
            reorder=options["reorder"],
            retry_waits_s=[minutes * 60 * options["retry_scale"] for minutes in sepay.RETRY_MINUTES],
        )
        source = sepay.Deliveries(
            Random(seed),  # noqa: S311 -- made-up transfers, to be made again
            known=_known(),
            first_id=sepay.first_id(datetime.now(VIETNAM)),
            accounts=sepay.shop_accounts(_balances_vnd()),
        )
        report = Report()
        self.stdout.write(f"SePay -> http://{shop.host}:{shop.port}{sepay.PATH}, seed {seed}")
        with contextlib.suppress(KeyboardInterrupt):
            post = partial(_post, shop, keys=keys, signing=signing)
            asyncio.run(play(source, post, manner, random=Random(seed), report=report))  # noqa: S311 -- as above
        self.stdout.write(report.summary())
        if report.given_up:
            raise CommandError(f"{report.given_up} deliveries were never taken.")


def _known() -> Known:
    """Return whom transfers may name: customers and codes of this shop, the oldest first."""
    return Known(
        phones=list(Customer.objects.order_by("id").values_list("phone", flat=True)[:KNOWN_MAX]),
        codes=list(QrCode.objects.order_by("id").values_list("code", flat=True)[:KNOWN_MAX]),
    )


def _balances_vnd() -> dict[str, int]:
    """Return the balance that the newest transfer of each bank account told."""
    newest = BankTransfer.objects.order_by("account_number", "-sepay_id").distinct("account_number")
    return dict(newest.values_list("account_number", "accumulated_vnd"))


def _post(shop: Target, delivery: sepay.Delivery, *, keys: list[str], signing: list[str]) -> Verdict:
    proof = sepay.headers(delivery.body, keys=keys, secrets=signing, now_s=time.time())
    return sepay.verdict(shop.post(sepay.PATH, delivery.body, proof, timeout_s=sepay.ANSWER_TIMEOUT_S))
