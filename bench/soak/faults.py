"""What goes wrong, one thing after another. Each returns once its cause is gone; the rest mends itself."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from itertools import count
from random import Random

from bench.soak.proof import MEANINGLESS
from bench.soak.world import PATIENCE_S, WORKERS, World, wait_until
from n2store.simulator.evening import Telling
from n2store.simulator.pancake import PAGES

MALFORMED = (
    "[", "null", "[]", '["1",null]', '["1","2",3,4,5]', "<html>502 Bad Gateway</html>", '{"a":', "\ud800",
    f'["1",null,"{MEANINGLESS}","pages:update_conversation",{{"conversation":[]}}]',
    f'["1",null,"{MEANINGLESS}","pages:update_conversation",null]', '["1",null,"t","e",NaN]', "9" * 4000,
    "42/chatomni,[nope", "42/elsewhere,[]", "40/chatomni,{", "6", "b0", "44", "[" * 3000,
)  # fmt: skip
BIG_FRAME_CHARS = 5 * 1024 * 1024
_numbers = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How long faults last. `ASKED` is what the issue asks for, `SHORT` what a test has time for."""

    hold_s: float
    storm: int
    storm_every_s: float
    valkey_s: float


ASKED = Scale(hold_s=10.0, storm=20, storm_every_s=3.0, valkey_s=20.0)
SHORT = Scale(hold_s=1.5, storm=5, storm_every_s=0.4, valkey_s=3.0)


def break_lines(world: World, scale: Scale, chance: Random) -> None:
    """Break the connections without a word."""
    world.pancake.break_connections()
    world.tpos.break_connections()


def storm(world: World, scale: Scale, chance: Random) -> None:
    """Restart the neighbours again and again: twenty times in a minute."""
    for _ in range(scale.storm):
        break_lines(world, scale, chance)
        time.sleep(scale.storm_every_s)


def half_open(world: World, scale: Scale, chance: Random) -> None:
    """Swallow everything, both ways, with the connections open."""
    for neighbour in (world.pancake, world.tpos):
        neighbour.faults.half_open = True
    time.sleep(scale.hold_s)
    for neighbour in (world.pancake, world.tpos):
        neighbour.faults.half_open = False


def away(world: World, scale: Scale, chance: Random) -> None:
    """Answer handshakes with 503."""
    for neighbour in (world.pancake, world.tpos):
        neighbour.faults.away = True
    break_lines(world, scale, chance)
    time.sleep(scale.hold_s)
    for neighbour in (world.pancake, world.tpos):
        neighbour.faults.away = False


def leaky(world: World, scale: Scale, chance: Random) -> None:
    """Lose some frames, tell some twice, others out of order."""
    for neighbour in (world.pancake, world.tpos):
        neighbour.faults.dropped = neighbour.faults.duplicated = neighbour.faults.out_of_order = 0.2
    time.sleep(scale.hold_s)
    mend(world)


def crash(world: World, scale: Scale, chance: Random) -> None:
    """Have Pancake's channels crash, and refuse to be joined for a while."""
    world.pancake.faults.joins_refused = True
    world.pancake.crash_channels()
    time.sleep(scale.hold_s)
    world.pancake.faults.joins_refused = False


def wrong_token(world: World, scale: Scale, chance: Random) -> None:
    """Refuse the login; then somebody opens a page, which logs in anew."""
    for neighbour in (world.pancake, world.tpos):
        neighbour.faults.login_refused = True
    break_lines(world, scale, chance)
    time.sleep(scale.hold_s)
    for neighbour in (world.pancake, world.tpos):
        neighbour.faults.login_refused = False
    world.log_in()


def malformed(world: World, scale: Scale, chance: Random) -> None:
    """Send what is no frame, or no frame that means anything."""
    for neighbour in (world.pancake, world.tpos):
        for text in chance.sample(MALFORMED, 8):
            neighbour.send_raw(text.encode("utf-8", "replace").decode())


def big_frame(world: World, scale: Scale, chance: Random) -> None:
    """Tell a message of five megabytes."""
    now = datetime.now(UTC).replace(tzinfo=None).isoformat()
    number, page = next(_numbers), chance.choice(PAGES)
    psid = str(8_000_000_000_000_000 + number)
    person = {"id": psid, "name": "Khách viết dài"}
    said = {"id": f"big_{world.ledger.count}_{number}", "message": "dài " * (BIG_FRAME_CHARS // 4), "from": person,
            "inserted_at": now}  # fmt: skip
    conversation = {
        "id": f"{page}_{psid}", "type": "INBOX", "page_id": page, "from": person, "from_psid": psid, "unread_count": 1,
        "updated_at": now, "last_sent_by": person, "last_message": said,
    }  # fmt: skip
    world.ledger.write(Telling("pages:update_conversation", {"conversation": conversation}, page))
    world.pancake.tell_event("pages:update_conversation", {"conversation": conversation}, page_id=page)


def worker_killed(world: World, scale: Scale, chance: Random) -> None:
    """Kill the worker that holds the sockets; it is started again, as a supervisor does."""
    name = world.holder()
    world.shop.kill(name)
    world.shop.start(name)


def worker_ended(world: World, scale: Scale, chance: Random) -> None:
    """Ask the worker that holds the sockets to end, as a new release does."""
    name = world.holder()
    world.shop.stop(name)
    world.shop.start(name)


def push_killed(world: World, scale: Scale, chance: Random) -> None:
    """Kill what serves the browsers."""
    world.shop.kill("push")
    world.shop.start("push")
    world.shop.wait_listening("push")


def valkey_stopped(world: World, scale: Scale, chance: Random) -> None:
    """Stop Valkey for a while."""
    world.shop.stop("valkey")
    time.sleep(scale.valkey_s)
    world.shop.start_service("valkey")


def postgres_restarted(world: World, scale: Scale, chance: Random) -> None:
    """Restart the whole of PostgreSQL, in order or by kill; then web and gate answer without a single error."""
    if chance.random() < 0.5:
        world.shop.stop("postgres")
    else:
        world.shop.kill("postgres")
    time.sleep(scale.hold_s / 4)
    world.shop.start_service("postgres")
    for path in ("/api/realtime/status", "/api/debug/time"):  # Of web, and of gate.
        answers = {world.ask("GET", path) for _ in range(12)}
        if answers != {HTTPStatus.OK}:
            raise AssertionError(f"After a restart of PostgreSQL {path} answers {sorted(answers)}.")


def mend(world: World) -> None:
    """Let the neighbours be well again."""
    for neighbour in (world.pancake, world.tpos):
        faults = neighbour.faults
        faults.dropped = faults.duplicated = faults.out_of_order = 0.0
        faults.half_open = faults.away = faults.login_refused = faults.joins_refused = False


def settle(world: World) -> None:
    """Let everything come back, and show once more what was held back."""
    mend(world)
    for name in WORKERS:
        if world.shop.running[name].poll() is not None:
            raise AssertionError(f"{name} has ended by itself.")
    world.log_in()
    break_lines(world, SHORT, Random(0))
    world.wait_joined()
    wait_until(lambda: not world.tpos.unacknowledged, "TPOS waits for answers", within_s=PATIENCE_S)


FAULTS: Mapping[str, Callable[[World, Scale, Random], None]] = {
    "drop": break_lines,
    "storm": storm,
    "half-open": half_open,
    "away": away,
    "leaky": leaky,
    "crash": crash,
    "wrong-token": wrong_token,
    "malformed": malformed,
    "big-frame": big_frame,
    "worker-killed": worker_killed,
    "worker-ended": worker_ended,
    "push-killed": push_killed,
    "valkey-stopped": valkey_stopped,
    "postgres-restarted": postgres_restarted,
}
