"""One soak: faults in a random order for so long, then quiet, then the proof."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from bench.soak import faults
from bench.soak.faults import FAULTS, Scale
from bench.soak.proof import Verdict, judge
from bench.soak.readers import Reader, SocketReader, StreamReader
from bench.soak.world import PATIENCE_S, Clerk, NotInTime, Teller, World, begun, wait_until

TOLD_PER_S = 8.0
PAUSE_MAX_S = 2.0
"""Between two faults."""
QUIET_S = 3.0
"""After the last fault nothing is told for so long before the proof: what is on its way arrives."""


@dataclass(frozen=True, kw_only=True)
class Soaked:
    """What happened, and what it came to."""

    seed: int
    told: int
    messages: int
    happened: Counter[str]
    verdict: Verdict
    readers: dict[str, tuple[int, int, int, int]]
    """By browser: events heard, connections, resets, events that came twice over one place."""


def soak(
    home: Path, *, seconds: float, seed: int, scale: Scale, names: Sequence[str] = (), say: Callable[[str], None]
) -> Soaked:
    """Run a throwaway shop under faults for so many seconds, each kind once before any comes again."""
    chance = Random(seed)
    with begun(home, patience=lambda what: say(f"waiting for {what}")) as world:
        readers = [SocketReader(world.shop.target, world.token), StreamReader(world.shop.target, world.token)]
        for reader in readers:
            reader.start()
        wait_until(lambda: all(reader.connections for reader in readers), "The browsers do not connect")
        teller, clerk = Teller(world, per_s=TOLD_PER_S, seed=seed), Clerk(world, seed=seed)
        teller.start()
        clerk.start()
        happened: Counter[str] = Counter()
        until = time.monotonic() + seconds
        for name in _in_turn(chance, list(names or FAULTS)):
            if time.monotonic() > until and (len(happened) == len(names or FAULTS)):
                break
            say(f"{name} ({world.ledger.count} told)")
            FAULTS[name](world, scale, chance)
            happened[name] += 1
            time.sleep(chance.random() * min(PAUSE_MAX_S, scale.hold_s))
        teller.end()
        clerk.end()
        say("quiet")
        faults.settle(world)
        verdict = _until_well(world, readers)
        for reader in readers:
            reader.end()
        return Soaked(
            seed=seed, told=world.ledger.count, messages=len(world.ledger.messages), happened=happened, verdict=verdict,
            readers={one.name: (one.heard, one.connections, one.resets, one.twice) for one in readers},
        )  # fmt: skip


def _in_turn(chance: Random, names: list[str]) -> Iterator[str]:
    while True:
        yield from chance.sample(names, len(names))


def _until_well(world: World, readers: Sequence[Reader]) -> Verdict:
    """Return the verdict once all is well, or what is still wrong when patience ends."""
    found: list[Verdict] = []

    def is_well() -> bool:
        with world.shop.connect() as connection:
            found[:] = [judge(connection, world.ledger, {one.name: dict(one.waiting) for one in readers})]
        return found[0].is_well

    try:
        wait_until(is_well, "Not all is well", within_s=PATIENCE_S)
        time.sleep(QUIET_S)
        is_well()  # And stays so: what comes late comes twice.
    except NotInTime:
        pass
    return found[0]
