"""How long the proof of the whole ledger takes."""

import time

from bench import cpu
from bench.measure import Plan
from bench.results import progress, say
from bench.shop import Shop


def verify(shop: Shop, plan: Plan) -> None:
    """Prove every wallet, as `manage.py ledger_verify` does; a fault ends the benchmark."""
    progress("ledger: proving it")
    with shop.connect() as connection:
        [rows] = connection.execute("SELECT count(*) FROM wallets_transaction").fetchone() or [0]
        before, started = cpu.read(shop.groups), time.perf_counter()
        connection.execute("SET statement_timeout = 0")
        faults = connection.execute("SELECT wallet_id, sequence, fault FROM wallets_verify() LIMIT 5").fetchall()
        seconds = time.perf_counter() - started
        used = cpu.used(before, cpu.read(shop.groups))
    if faults:
        raise RuntimeError(f"The ledger has faults, so no other figure counts: {faults}")
    say(
        "ledger.verify",
        "s",
        seconds,
        transactions=rows,
        postgres_cpu_s=used.groups["postgres"],
        foreign_cpu=used.foreign,
    )
