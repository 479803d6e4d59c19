"""SePay's deliveries: matched and booked through the front, and repeated ones; held against the database alone."""

import itertools
from functools import partial
from random import Random

from bench import bound, direct, measure
from bench.deliveries import Payment, payments, requests
from bench.measure import Plan
from bench.results import Run, figures, progress, ratio, say_rate
from bench.shop import Shop

SEED = 20260116
RATE_MAX = 6_000
"""More a second than will be taken: so many are prepared."""


def matched(shop: Shop, plan: Plan) -> None:
    """Post deliveries that name a customer; each becomes money, an activity and two events in one transaction."""
    points = shop.manage("shell", "-v", "0", "-c", bound.POINTS)
    ways = {"statements": bound.statements, "function": partial(bound.function, points)}
    coming = payments(Random(SEED))
    key, host = shop.api_key, f"127.0.0.1:{shop.place.port}"
    count = int(RATE_MAX * (plan.seconds + 1))
    for connections in plan.connections:
        ours: list[Run] = []
        bounds: dict[str, list[Run]] = {"statements": [], "function": []}
        for repeat in range(plan.repeats):
            progress(f"webhook: {connections} connections, repetition {repeat + 1} of {plan.repeats}")
            warm_up = iter(requests(coming, RATE_MAX, host=host, key=key))
            measure.http(shop, warm_up, connections=connections, seconds=measure.WARM_UP_S)
            posts = iter(requests(coming, count, host=host, key=key))
            ours.append(
                measure.http(
                    shop, posts, connections=connections, seconds=plan.seconds, wanted=b'"success": true, "id"'
                )
            )
            for way, runs in bounds.items():
                prepared = list(itertools.islice(coming, count * 3))
                runs.append(_directly(shop, ways[way], prepared, connections=connections, seconds=plan.seconds))
        _tell(f"webhook.matched.c{connections}", ours, bounds)


def _directly(shop: Shop, way: direct.Work, prepared: list[Payment], *, connections: int, seconds: float) -> Run:
    work = partial(direct.run, way, shop.database_url, prepared, connections=connections, seconds=seconds)
    return measure.direct(shop, work)


def _tell(name: str, ours: list[Run], bounds: dict[str, list[Run]]) -> None:
    statements, function = figures(bounds["statements"]), figures(bounds["function"])
    say_rate(
        name,
        figures(ours),
        bound="the same rows by plain psycopg statements in one transaction, as many connections",
        bound_value=statements.rate,
        share_of_bound=ratio(ours, bounds["statements"]),
        function_value=function.rate,
        share_of_function=ratio(ours, bounds["function"]),
        notes="through Caddy and granian; customer found by QR code or phone",
    )
    say_rate(f"{name}.bound_statements", statements)
    say_rate(f"{name}.bound_function", function)


def repeated(shop: Shop, plan: Plan) -> None:
    """Post deliveries that were taken before: they are counted and change nothing."""
    coming = payments(Random(SEED + 1))
    posts = requests(coming, 500, host=f"127.0.0.1:{shop.place.port}", key=shop.api_key)
    measure.http(shop, iter(posts), connections=4, seconds=10)
    for connections in plan.connections:
        progress(f"duplicates: {connections} connections")
        runs = [
            measure.http(
                shop, itertools.cycle(posts), connections=connections, seconds=plan.seconds, wanted=b"Duplicate"
            )
            for _ in range(plan.repeats)
        ]
        say_rate(f"webhook.duplicate.c{connections}", figures(runs))
