"""`python -m bench [names…]`: run the benchmark, or some of its cases."""

import argparse
import os
from collections.abc import Callable
from pathlib import Path

from bench import dataset, gateway, inbox, judgement, ledger, money, reads, streams, tickets, topups, transfers, webhook
from bench.measure import Plan
from bench.results import progress
from bench.shop import Shop, opened

CASES: dict[str, Callable[[Shop, Plan], None]] = {
    "webhook": webhook.matched,
    "duplicates": webhook.repeated,
    "reading": transfers.reading,
    "everyday": transfers.everyday,
    "backlog": transfers.backlog,
    "transfers": transfers.lists,
    "deposit": money.deposits,
    "withdraw": money.withdrawals,
    "streams": streams.streams,
    "inbox": inbox.inbox,
    "topups": topups.topups,
    "customers": reads.customers,
    "lists": reads.lists,
    "search": reads.searches,
    "tickets": tickets.lists,
    "open-ticket": tickets.opening,
    "dashboard": judgement.dashboard,
    "rfm": judgement.everybody,
    "backtest": judgement.backtests,
    "ledger": ledger.verify,
    "tpos-hangs": transfers.while_tpos_hangs,
    "gateway": gateway.gateway,
    "slow-upstream": gateway.slow_upstream,
}
QUICK = Plan(seconds=2.0, repeats=1)


def main() -> None:
    """Run the cases; progress goes to standard error, figures to standard output."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"cases: {', '.join(CASES)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="one short repetition, for a look")
    parser.add_argument("--seconds", type=float, help="length of a repetition (default 5)")
    parser.add_argument("--repeats", type=int, help="repetitions, of which the median is told (default 3)")
    parser.add_argument("--connections", help="numbers of connections (default 1,16,64)")
    parser.add_argument("--rebuild", action="store_true", help="make the data set again")
    given = parser.parse_args()
    if unknown := set(given.names) - set(CASES):
        parser.error(f"there is no case {', '.join(sorted(unknown))}")
    plan = _plan(given)
    home = Path(os.environ.get("N2STORE_HOME") or ".n2store").resolve() / "bench"
    with opened(home) as shop:
        dataset.ensure(shop, rebuild=given.rebuild)
        for name in ("front", "web"):
            shop.start(name)
        shop.wait_healthy()
        for name, case in CASES.items():
            if not given.names or name in given.names:
                case(shop, plan)
    progress("Done.")


def _plan(given: argparse.Namespace) -> Plan:
    base = QUICK if given.quick else Plan()
    return Plan(
        seconds=given.seconds or base.seconds,
        repeats=given.repeats or base.repeats,
        connections=tuple(map(int, given.connections.split(","))) if given.connections else base.connections,
    )


if __name__ == "__main__":
    main()
