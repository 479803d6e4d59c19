"""`manage.py simulate`: play a neighbour against the running shop, over its real protocol, on loopback."""

import asyncio
import contextlib
import secrets
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Max
from typing_extensions import override

from banking.models import BankTransfer, QrCode
from customers.models import Customer
from n2store.clock import VIETNAM
from n2store.simulator import (
    gateway,
    live,
    pancake,
    pancake_shown,
    people,
    sepay,
    sepay_list,
    tpos,
    tpos_socket,
)
from n2store.simulator.bank import Bank
from n2store.simulator.evening import Evening
from n2store.simulator.loopback import NotLoopback, Target, target
from n2store.simulator.play import Manner, Report, Verdict, play
from n2store.simulator.scenario import Oddities, Story, Told, World, tell
from n2store.simulator.texts import Known

KNOWN_MAX = 5_000
STRANGERS = 200
STORY_EVERY = timedelta(seconds=2)
LOOK_AGAIN_S = 0.5


class Command(BaseCommand):
    """Each neighbour has a module in `n2store.simulator` and a word here."""

    help = (
        "Play a neighbour: `sepay` posts transfers to the shop on this machine, `tpos` answers it, `gateway` answers"
        " what pages ask through it, `pancake` and `tpos-socket` serve sockets, `live_sale` plays an evening over both."
    )

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        neighbours = parser.add_subparsers(dest="neighbour", required=True)
        given = neighbours.add_parser("sepay", help="bank transfers by webhook, and SePay's list of them")
        given.add_argument("--rate", type=float, default=2.0, help="transfers a second (0: as fast as they are taken)")
        given.add_argument("--count", type=int, default=20, help="how many (0: until Ctrl-C)")
        given.add_argument("--repeat-share", type=float, default=0.05, help="share sent a second time")
        given.add_argument("--reorder", action="store_true", help="deliver later ones before earlier ones")
        given.add_argument("--withhold", type=int, default=0, help="so many are booked and never told by webhook")
        given.add_argument("--twins", type=int, default=0, help="so many pairs of equal transfers, both real")
        given.add_argument("--repeat", type=int, default=0, help="exactly so many are sent a second time")
        given.add_argument("--late", type=int, default=0, help="exactly so many come after later ones")
        given.add_argument("--list-port", type=int, help="answer as SePay's list of transactions on this port too")
        given.add_argument("--list-wait", type=float, default=600, help="seconds to wait for withheld ones to be asked")
        given.add_argument("--retry-scale", type=float, default=0.01, help="1 waits as long as SePay: minutes")
        given.add_argument("--seed", type=int, help="for the same transfers again")
        given.add_argument("--url", default=f"http://127.0.0.1:{settings.PORT}", help="the shop; loopback only")
        given = neighbours.add_parser(
            "gateway", help="TPOS, Pancake, pages.fm, Facebook and a host of pictures, until Ctrl-C"
        )
        given.add_argument(
            "--ports", type=int, nargs=4, default=[0, 0, 0, 0], metavar=("TPOS", "PANCAKE", "GRAPH", "PICTURES"),
            help="where to answer on 127.0.0.1 (0: any free port)",
        )  # fmt: skip
        given = neighbours.add_parser("tpos", help="a made-up book of customers, until Ctrl-C")
        given.add_argument("--port", type=int, default=0, help="where to answer on 127.0.0.1 (0: any free port)")
        for name, told in (("pancake", "Pancake's socket"), ("tpos-socket", "TPOS's socket")):
            given = neighbours.add_parser(name, help=f"{told} with an evening's messages, until Ctrl-C")
            given.add_argument("--port", type=int, default=0, help="where to serve on 127.0.0.1 (0: any free port)")
            live.add_pace(given)
        given = neighbours.add_parser("live_sale", help="an evening: both sockets, and transfers")
        given.add_argument("--pancake-port", type=int, default=0, help="Pancake's socket (0: any free port)")
        given.add_argument("--tpos-port", type=int, default=0, help="TPOS's socket (0: any free port)")
        given.add_argument("--pages-port", type=int, default=0, help="Pancake's pages over HTTP (0: any free port)")
        given.add_argument("--transfers", type=float, default=0.0, help="bank transfers a second, by webhook")
        given.add_argument("--url", default=f"http://127.0.0.1:{settings.PORT}", help="the shop; loopback only")
        live.add_pace(given)

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        with contextlib.suppress(KeyboardInterrupt):
            plays = {"sepay": self._sepay, "tpos": self._tpos, "live_sale": self._live_sale, "gateway": self._gateway}
            try:
                plays.get(options["neighbour"], self._socket)(options)
            except OSError as error:
                raise CommandError(f"Cannot serve there: {error.strerror}.") from error

    def _sepay(self, options: dict[str, Any]) -> None:
        """Play, then print what happened; exits 1 when something was never taken."""
        shop = _shop_of(options)
        post = _poster(shop)
        seed = secrets.randbelow(10**6) if options["seed"] is None else options["seed"]
        odd = Oddities(
            withheld=options["withhold"], repeated=options["repeat"], twins=options["twins"], late=options["late"]
        )
        random = Random(seed)  # noqa: S311 -- made-up transfers, to be made again
        story = _story(random, options["count"], odd) if odd != Oddities() else None
        bank = story.bank if story else Bank()
        source = Told(story) if story else _deliveries(random, bank)
        manner = Manner(
            rate=options["rate"],
            count=len(story.posts) if story else options["count"] or None,
            repeat_share=0.0 if story else options["repeat_share"],
            reorder=options["reorder"],
            retry_waits_s=[minutes * 60 * options["retry_scale"] for minutes in sepay.RETRY_MINUTES],
        )
        report = Report()
        self.stdout.write(f"SePay -> http://{shop.host}:{shop.port}{sepay.PATH}, seed {seed}")
        with self._listing(bank, options["list_port"]):
            with contextlib.suppress(KeyboardInterrupt):
                asyncio.run(play(source, post, manner, random=Random(seed), report=report))  # noqa: S311 -- as above
            self.stdout.write(report.summary())
            if story and options["list_port"] is not None:
                self._await(story, options["list_wait"])
        if report.given_up:
            raise CommandError(f"{report.given_up} deliveries were never taken.")

    @contextlib.contextmanager
    def _listing(self, bank: Bank, port: int | None) -> Iterator[None]:
        """Answer as SePay's list meanwhile, if a port is given."""
        if port is None:
            yield
            return
        token = settings.SEPAY_API_TOKEN or sepay_list.TOKEN
        with sepay_list.SepayList(bank=bank, good_token=token).serving(port) as listing:
            self.stdout.write(f"SePay's list: SEPAY_API_URL={listing.url}")
            if not settings.SEPAY_API_TOKEN:
                self.stdout.write(f"The shop asks it when it was started with SEPAY_API_TOKEN={token}.")
            yield

    def _await(self, story: Story, wait_s: float) -> None:
        """Wait until the shop has what was withheld.

        Raises:
            CommandError: it has not in time.
        """
        ids = [one.id for one in story.withheld]
        until = time.monotonic() + wait_s
        while (found := BankTransfer.objects.filter(sepay_id__in=ids).count()) < len(ids):
            if time.monotonic() > until:
                raise CommandError(f"Of {len(ids)} withheld transfers the shop has found {found}.")
            time.sleep(LOOK_AGAIN_S)
        self.stdout.write(f"withheld {len(ids)}: the shop has found them all")

    def _gateway(self, options: dict[str, Any]) -> None:
        """Answer as whom pages reach through the gateway, until Ctrl-C."""
        with gateway.playing(gateway.Ports(*options["ports"]), _partners()) as played:
            self.stdout.write(" ".join(f"{name}={value}" for name, value in played.settings().items()))
            self.stdout.flush()
            while not played.tpos.wait_until_over(3600):
                pass

    def _socket(self, options: dict[str, Any]) -> None:
        """Serve one socket with an evening's messages."""
        if options["neighbour"] == "pancake":
            with pancake.PancakeSocket().serving(options["port"]) as pages:
                self.stdout.write(f"PANCAKE_SOCKET_URL={pages.url}")
                self._evening(live.Stage(pancake=pages), options)
        else:
            with tpos_socket.TposSocket().serving(options["port"]) as room:
                self.stdout.write(f"TPOS_SOCKET_URL={room.url}")
                self._evening(live.Stage(tpos=room), options)

    def _live_sale(self, options: dict[str, Any]) -> None:
        """Serve both sockets; transfers go to the shop meanwhile. Only the demo's own tokens are good."""
        send = _poster(_shop_of(options))
        sockets = (
            pancake.PancakeSocket(good_tokens={pancake.TOKEN}),
            tpos_socket.TposSocket(good_tokens={tpos_socket.TOKEN}),
        )
        shown = pancake_shown.PancakePages(shown=sockets[0].shown, good_tokens={pancake.TOKEN})
        with (
            sockets[0].serving(options["pancake_port"]) as pages,
            sockets[1].serving(options["tpos_port"]) as room,
            shown.serving(options["pages_port"]),
        ):
            self.stdout.write(f"PANCAKE_SOCKET_URL={pages.url} PANCAKE_BASE_URL={shown.url} TPOS_SOCKET_URL={room.url}")
            random = Random(options["seed"])  # noqa: S311 -- made-up transfers
            transfers = live.Transfers(_deliveries(random, Bank()), send, options["transfers"])
            self._evening(live.Stage(pages, room, transfers), options)

    def _evening(self, stage: live.Stage, options: dict[str, Any]) -> None:
        self.stdout.flush()
        known = list(Customer.objects.order_by("id").values_list("phone", "name")[:KNOWN_MAX])
        evening = Evening(Random(options["seed"]), known)  # noqa: S311 -- made-up messages
        told = live.play_evening(stage, evening, every_s=options["every"], count=options["count"])
        self.stdout.write(f"{told} told.")

    def _tpos(self, options: dict[str, Any]) -> None:
        """Answer as TPOS about the shop's customers and strangers, until Ctrl-C."""
        partners = _partners()
        with tpos.Tpos(partners).serving(options["port"]) as book:
            self.stdout.write(
                f"TPOS with {len(partners)} customers: TPOS_BASE_URL={book.url} TPOS_USERNAME={tpos.USERNAME}"
                f" TPOS_PASSWORD={tpos.PASSWORD}"
            )
            self.stdout.flush()
            while not book.wait_until_over(3600):
                pass


def _partners() -> list[dict[str, Any]]:
    """Return TPOS's book: the shop's customers where they live, and strangers."""
    random = Random(0)  # noqa: S311 -- made-up people, the same for everyone
    known = Customer.objects.order_by("id").values_list("phone", "name", "address")[:KNOWN_MAX]
    strangers = [(people.phone(random), people.name(random), people.address(random)) for _ in range(STRANGERS)]
    return [
        tpos.partner(id, phone, name, Street=address or None, FullAddress=address or None)
        for id, (phone, name, address) in enumerate([*known, *strangers], start=5_001)
    ]


def _shop_of(options: dict[str, Any]) -> Target:
    try:
        return target(options["url"])
    except NotLoopback as error:
        raise CommandError(str(error)) from error


def _poster(shop: Target) -> Callable[[sepay.Delivery], Verdict]:
    """Return what posts a delivery as SePay does, with the keys that the shop believes."""
    keys, signing = settings.SEPAY_API_KEYS, settings.SEPAY_HMAC_SECRETS
    if not keys and not signing:
        raise CommandError("Neither SEPAY_API_KEY nor SEPAY_HMAC_SECRET is set: the shop would refuse everything.")
    return partial(_post, shop, keys=keys, signing=signing)


def _story(random: Random, lines: int, odd: Oddities) -> Story:
    now = datetime.now(VIETNAM)
    begin, every = _time_for(lines, now)
    world = World(
        known=_known(),
        accounts=sepay.shop_accounts(_balances_vnd()),
        first_id=sepay.first_id(now),
        begin=begin,
        every=every,
    )
    try:
        return tell(random, world, lines=lines, odd=odd)
    except ValueError as error:
        raise CommandError(str(error)) from error


def _time_for(lines: int, now: datetime) -> tuple[datetime, timedelta]:
    """Return begin and pace of a story that ends now: after all that is known, whose balances it goes on from."""
    newest = BankTransfer.objects.aggregate(at=Max("transferred_at"))["at"]
    begin = now - lines * STORY_EVERY
    if newest is None or newest < begin:
        return begin, STORY_EVERY
    begin = min(newest.astimezone(VIETNAM), now)
    return begin, (now - begin) / max(lines, 1)


def _deliveries(random: Random, bank: Bank) -> sepay.Deliveries:
    return sepay.Deliveries(
        random,
        known=_known(),
        first_id=sepay.first_id(datetime.now(VIETNAM)),
        accounts=sepay.shop_accounts(_balances_vnd()),
        bank=bank,
    )


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
