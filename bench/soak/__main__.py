"""`python -m bench.soak --minutes 10 --seed 7`: random faults for so long; exits 1 when anything was lost or twice."""

import argparse
import secrets
import sys

from bench.results import progress, say
from bench.soak.faults import ASKED, FAULTS, SHORT
from bench.soak.soaking import soak
from bench.soak.world import default_home


def main() -> None:
    """Soak; progress goes to standard error, one JSON object to standard output."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="how long; every fault happens at least once")
    parser.add_argument("--seed", type=int, help="for the same faults in the same order")
    parser.add_argument("--short", action="store_true", help="faults last seconds only, as in the test")
    parser.add_argument("--only", help=f"of these faults, by comma: {', '.join(FAULTS)}")
    given = parser.parse_args()
    names = given.only.split(",") if given.only else []
    if unknown := set(names) - set(FAULTS):
        parser.error(f"there is no fault {', '.join(sorted(unknown))}")
    seed = secrets.randbelow(10**6) if given.seed is None else given.seed
    progress(f"seed {seed}")
    done = soak(
        default_home(), seconds=given.minutes * 60, seed=seed, scale=SHORT if given.short else ASKED, names=names,
        say=progress,
    )  # fmt: skip
    verdict = done.verdict
    say(
        "soak.lost", "messages", len(verdict.lost), seed=seed, told=done.told, messages=done.messages,
        faults=dict(sorted(done.happened.items())), invented=len(verdict.invented), events_lost=verdict.events_lost,
        twice=verdict.twice, failed=verdict.failed, tags_lost=verdict.tags_lost, browsers_wrong=verdict.browsers,
        readers=done.readers, well=verdict.is_well,
    )  # fmt: skip
    sys.exit(0 if verdict.is_well else 1)


if __name__ == "__main__":
    main()
