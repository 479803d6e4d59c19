"""The large data set: made once, kept between runs, and made again when the schema or the recipe has changed."""

import hashlib
import json
import time
from pathlib import Path
from typing import Any

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
ORDERS = 1_000_000
BUSY = 20_000
"""A third of the orders are those of so many customers."""
TICKETS, OPEN_TICKETS = 300_000, 9_000
TYPES = ("BOOM", "FIX_COD", "RETURN_CLIENT", "RETURN_SHIPPER", "COMPLAINT", "WARRANTY", "OTHER")
STATES = ("PENDING", "IN_PROGRESS", "PENDING_GOODS", "PENDING_FINANCE")
"""Of the open tickets."""
PRODUCT = {"id": 1, "name": "Áo thun", "price": 100_000, "quantity": 2, "returnQuantity": 1}
RECIPES = [Path(__file__).with_name(name) for name in ("dataset.sql", "dataset_orders.sql")]
APPS = ("n2store", "proxy", "customers", "wallets", "banking", "realtime", "tickets")


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
    files = [*RECIPES, *sorted(made_by)]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _build(shop: Shop) -> None:
    progress(
        f"Data set: {CUSTOMERS:,} customers, {TRANSFERS:,} transactions, {ORDERS:,} orders, {TICKETS:,} tickets;"
        " made once, this takes minutes."
    )
    started = time.perf_counter()
    server = shop.database_url.replace(f"/{DATABASE}", "/postgres", 1)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {DATABASE}")
    shop.manage("migrate", "--noinput", "--verbosity", "0")
    with shop.connect(autocommit=False) as connection, psycopg.ClientCursor(connection) as cursor:
        cursor.execute("SET LOCAL work_mem = '256MB'")
        fill(cursor)
    with shop.connect() as connection:
        connection.execute("VACUUM (ANALYZE, FREEZE)")
    shop.manage("recalculate_rfm")
    shop.manage("shell", "-v", "0", "-c", "from tickets.marks import settle; settle()")
    with shop.connect() as connection:
        connection.execute("VACUUM (ANALYZE) customers_rfmscore, customers_customer, tickets_tiermove, tickets_ticket")
        connection.execute("CHECKPOINT")
        connection.execute(f"COMMENT ON DATABASE {DATABASE} IS '{fingerprint()}'")
    progress(f"Data set: made in {time.perf_counter() - started:.0f} s.")


def fill(cursor: Any, **smaller: int) -> None:
    """Write the data set by its recipes into an empty database, in the cursor's transaction; `smaller` replaces sizes.

    The cursor puts values into the text itself: some statements here are none that a server prepares.
    """
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
        "orders": ORDERS,
        "busy": BUSY,
        "tickets": TICKETS,
        "open_tickets": OPEN_TICKETS,
        "types": [*TYPES],
        "states": [*STATES],
        "products": json.dumps([PRODUCT]),
    }
    # Row by row, the triggers would do what the recipes do at once: foreign keys hold, wallets are opened.
    cursor.execute("SET LOCAL session_replication_role = replica")
    for recipe in RECIPES:
        for statement in recipe.read_text(encoding="utf-8").split(";\n"):
            if statement.strip():
                cursor.execute(statement.encode(), values | smaller)
