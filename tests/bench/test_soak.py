"""The soak in short: every fault once, on a shop of its own. The long one is `python -m bench.soak`."""

import tempfile
from pathlib import Path

from bench.soak.faults import FAULTS, SHORT
from bench.soak.proof import Ledger, _known_by
from bench.soak.soaking import soak
from n2store.launch.terminal import say
from n2store.simulator.evening import Telling

SEED = 7
TOLD_AT_LEAST = 50


def test_under_every_fault_nothing_is_lost_and_nothing_comes_twice() -> None:
    with tempfile.TemporaryDirectory(prefix="n2s-", dir="/tmp", ignore_cleanup_errors=True) as home:  # A short path.
        done = soak(Path(home), seconds=1, seed=SEED, scale=SHORT, say=say)

    assert done.verdict.is_well, done.verdict
    assert set(done.happened) == set(FAULTS)
    assert done.told > TOLD_AT_LEAST
    assert all(heard > 0 and twice == 0 for heard, _connections, _resets, twice in done.readers.values())


def test_the_proof_sees_what_is_missing(db: None) -> None:
    ledger = Ledger()
    update = {"conversation": {"last_message": {"id": "m_1"}}}
    ledger.write(Telling("pages:update_conversation", update, "7"))
    ledger.write(Telling("pages:new_message", {"message": {"id": "10_20"}}, "7"))
    ledger.write(Telling("order:tags_updated", {}, "7"))
    ledger.write(Telling("on-events", '{"Message":{"ChannelId":"7","Data":{"id":"10_20"}}}'))

    assert ledger.messages == {("7", "m_1"), ("7", "20")}
    assert (ledger.tags, ledger.count, len(ledger.events)) == (1, 4, 1)
    assert _known_by("t_10_20") == "t_10_20"
