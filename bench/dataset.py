"""The large data set: made once, kept between runs, and made again when the schema or the recipe has changed."""

import hashlib
import time
from pathlib import Path

import psycopg

from bench.results import progress
from bench.shop import DATABASE, Shop
from n2store.launch.place import PROJECT
from n2store.simulator import people

CUSTOMERS = 200_000
TRANSFERS = 1_000_000
FAT_CUSTOMERS, FAT_TRANSFERS = 2_000, 50
"""Those with the lowest ids have a long history: so many transfers each, with an activity and a note for each."""
LOT_OWNERS, LOTS_EACH = 100_000, 3
"""The customers with the lowest ids hold live virtual credit."""
RECIPE = Path(__file__).with_name("dataset.sql")
APPS = ("n2store", "customers", "wallets", "banking", "realtime", "tickets")


def qr_code(customer: int) -> str:
    """Return the code of one of the first half of the customers, as dataset.sql makes it."""
    return "N2" + hashlib.md5(str(customer).encode(), usedforsecurity=False).hexdigest()[:16].upper()


def phone(customer: int) -> str:
    """Return a customer's phone, as dataset.sql makes it."""
    return f"09{customer:08}"


def ensure(shop: Shop, *, rebuild: bool = False) -> None:
    """Make the data set unless it is there."""
    with shop.connect() as connection:
        [comment] = connection.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [DATABASE]
        ).fetchone() or [None]
    if rebuild or comment != fingerprint():
        _build(shop)


def fingerprint() -> str:
    """Return a digest of what the data set is made by."""
    made_by = (
        file for app in APPS for kind in ("migrations/0*.py", "sql/*.sql") for file in (PROJECT / app).glob(kind)
    )
    files = [RECIPE, *sorted(made_by)]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _build(shop: Shop) -> None:
    progress(f"Data set: {CUSTOMERS:,} customers and {TRANSFERS:,} transactions; made once, this takes minutes.")
    started = time.perf_counter()
    server = shop.database_url.replace(f"/{DATABASE}", "/postgres", 1)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {DATABASE}")
    shop.manage("migrate", "--noinput", "--verbosity", "0")
    (families, women, men) = (people.FAMILIES, people.WOMEN, people.MEN)
    values = {
        "customers": CUSTOMERS,
        "transfers": TRANSFERS,
        "fat": FAT_CUSTOMERS,
        "fat_transfers": FAT_CUSTOMERS * FAT_TRANSFERS,
        "lot_owners": LOT_OWNERS,
        "lots_each": LOTS_EACH,
        "families": [*families],
        "middles": [*women[0], *men[0]],
        "givens": [*women[1], *men[1]],
    }
    with shop.connect(autocommit=False) as connection, psycopg.ClientCursor(connection) as cursor:
        # Row by row, the triggers would do what the recipe does at once: foreign keys hold, wallets are opened.
        cursor.execute("SET LOCAL session_replication_role = replica; SET LOCAL work_mem = '256MB'")
        for statement in RECIPE.read_text(encoding="utf-8").split(";\n"):
            if statement.strip():
                cursor.execute(statement.encode(), values)
    with shop.connect() as connection:
        connection.execute("VACUUM (ANALYZE, FREEZE)")
        connection.execute("CHECKPOINT")
        connection.execute(f"COMMENT ON DATABASE {DATABASE} IS '{fingerprint()}'")
    progress(f"Data set: made in {time.perf_counter() - started:.0f} s.")
