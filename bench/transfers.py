"""Bank transfers beyond the plain delivery: reading texts, partial phones, TPOS hanging, lists, and a backlog."""

import itertools
import time
from collections.abc import Iterator
from datetime import datetime
from random import Random
from urllib.parse import quote

from banking.sepay.reading import read
from bench import deliveries, measure
from bench.dataset import CUSTOMERS, TRANSFERS, phone, qr_code
from bench.deliveries import Naming
from bench.measure import Plan
from bench.reads import PREPARED, Asker, rate_of
from bench.results import figures, progress, say, say_rate
from bench.shop import Shop
from n2store.clock import VIETNAM
from n2store.simulator import tpos as played_tpos
from n2store.simulator.texts import Known, incoming

TEXTS = 20_000
BACKLOG = 10_000
RATE_MAX = 3_000
EVERYDAY = (Naming.QR, Naming.PHONE, Naming.PARTIAL)
WITH_STRANGERS = (*EVERYDAY, Naming.STRANGER)
CREDIT_BACKLOG = """
import time
from banking.tasks import credit_approved
begun = time.perf_counter()
print(credit_approved(), time.perf_counter() - begun)
"""


def reading(_shop: Shop, plan: Plan) -> None:
    """Read what banks pass on, in one process."""
    random, now = Random(3), datetime.now(VIETNAM)
    known = Known([phone(n) for n in range(1, 1_000)], [qr_code(n) for n in range(1, 1_000)])
    texts = [incoming(random, known, at=now).content for _ in range(TEXTS)]
    rates = []
    for _ in range(plan.repeats):
        begun = time.perf_counter()
        for text in texts:
            read(text)
        rates.append(TEXTS / (time.perf_counter() - begun))
    say("reading.texts", "1/s", sorted(rates)[len(rates) // 2], notes="one process; the simulator's texts")


def everyday(shop: Shop, plan: Plan) -> None:
    """Post deliveries of which a third each names its customer by code, by phone and by the last six digits."""
    _post(shop, plan, "webhook.everyday", EVERYDAY)


def while_tpos_hangs(shop: Shop, plan: Plan) -> None:
    """The same, and a quarter that only TPOS could know, while TPOS takes questions and never answers."""
    with played_tpos.Tpos(manner=played_tpos.Manner.HANGING).serving() as neighbour:
        shop.environ |= {
            "TPOS_BASE_URL": neighbour.url,
            "TPOS_USERNAME": played_tpos.USERNAME,
            "TPOS_PASSWORD": played_tpos.PASSWORD,
        }
        shop.stop("web")
        for name in ("web", "worker", "beat"):
            shop.start(name)
        shop.wait_healthy()
        try:
            _post(shop, plan, "webhook.tpos_hangs", WITH_STRANGERS)
        finally:
            shop.stop("beat", "worker")


def lists(shop: Shop, plan: Plan) -> None:
    """Ask for pages of transfers as the old pages and the new ones do."""
    asker, random = Asker(shop), Random(4)
    customers = [random.randrange(1, CUSTOMERS + 1) for _ in range(PREPARED // 5)]
    search = "/api/sepay/history?limit=50&search="
    asked = {
        "history": ["/api/sepay/history?limit=50"],
        "history.linked": ["/api/sepay/history?limit=50&has_phone=true&type=in"],
        "history.page40": ["/api/sepay/history?limit=50&page=40"],
        "history.search": [f"{search}{phone(customer)[-6:]}" for customer in customers],
        "history.reference": [
            f"/api/sepay/history?limit=50&search=FT{random.randrange(1, TRANSFERS)}" for _ in customers
        ],
        "unlinked": ["/api/v2/balance-history?limit=20"],
        "linked": ["/api/v2/balance-history?limit=20&linked=true"],
        "queue": ["/api/v2/balance-history/verification-queue?limit=20"],
        "debt": [f"/api/sepay/debt-summary?phone={quote(phone(customer))}" for customer in customers],
    }
    for name, paths in asked.items():
        rate_of(shop, plan, f"transfers.{name}", [asker.get(path) for path in paths])


def backlog(shop: Shop, _plan: Plan) -> None:
    """Credit transfers that were approved while nothing ran."""
    coming = deliveries.payments(Random(5), naming=(Naming.PHONE,))
    posts = deliveries.requests(coming, BACKLOG, host=f"127.0.0.1:{shop.place.port}", key=shop.api_key)
    with shop.connect() as connection:
        connection.execute("UPDATE banking_banksetting SET value = 'false' WHERE key = 'auto_approve_enabled'")
        try:
            progress(f"backlog: {BACKLOG:,} transfers wait")
            while connection.execute(WAITING).fetchone()[0] < BACKLOG:
                measure.http(shop, iter(posts), connections=16, seconds=60)
        finally:
            connection.execute("UPDATE banking_banksetting SET value = 'true' WHERE key = 'auto_approve_enabled'")
        connection.execute(APPROVE)
    credited, seconds = shop.manage("shell", "-v", "0", "-c", CREDIT_BACKLOG).split()
    say("backlog.credit", "s", float(seconds), transfers=int(credited))


WAITING = "SELECT count(*) FROM banking_banktransfer WHERE verification = 'PENDING_VERIFICATION'"
APPROVE = """
    UPDATE banking_banktransfer SET verification = 'APPROVED', verified_at = now(), verified_by = 'bench'
    WHERE verification = 'PENDING_VERIFICATION'
"""


def _post(shop: Shop, plan: Plan, name: str, naming: tuple[Naming, ...]) -> None:
    coming = deliveries.payments(Random(int(time.time())), naming=naming)
    for connections in plan.connections:
        runs = []
        for repeat in range(plan.repeats):
            progress(f"{name}: {connections} connections, repetition {repeat + 1} of {plan.repeats}")
            measure.http(
                shop, _posts(shop, coming, measure.WARM_UP_S), connections=connections, seconds=measure.WARM_UP_S
            )
            posts = _posts(shop, coming, plan.seconds)
            runs.append(
                measure.http(
                    shop, posts, connections=connections, seconds=plan.seconds, wanted=b'"success": true, "id"'
                )
            )
        say_rate(
            f"{name}.c{connections}", figures(runs), notes="through the front; matched, and booked where it is clear"
        )


def _posts(shop: Shop, coming: Iterator[deliveries.Payment], seconds: float) -> Iterator[bytes]:
    count = int(RATE_MAX * (seconds + 1))
    return iter(
        deliveries.requests(
            itertools.islice(coming, count), count, host=f"127.0.0.1:{shop.place.port}", key=shop.api_key
        )
    )
