"""What somebody with all rights over the database could do to the ledger, one thing at a time. For the drill only."""

# ruff: noqa: S608 -- our own words

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tampering:
    """One change, and the row that a proof must name for it: wallet and number, by a query or as they are."""

    what: str
    sql: str
    names: str


ROW = "SELECT wallet_id, sequence FROM wallets_transaction WHERE key = '{}'"
LAST = "SELECT id, last_sequence FROM wallets_wallet WHERE id = {first}"
ISSUE = (
    "SELECT t.wallet_id, t.sequence FROM wallets_virtualcredit c JOIN wallets_transaction t ON t.id = c.issue_id"
    " WHERE c.id = {}"
)
FIRST = "(SELECT wallet_id FROM wallets_transaction WHERE key = 'drill:in:1')"
OTHER = "(SELECT wallet_id FROM wallets_transaction WHERE key = 'drill:in:other')"
LOT = (
    "(SELECT c.id FROM wallets_virtualcredit c JOIN wallets_transaction t ON t.id = c.issue_id"
    " WHERE t.key = 'drill:lot:{}')"
)
SPEND = "(SELECT id FROM wallets_transaction WHERE key = 'drill:order' AND type = 'VIRTUAL_DEBIT')"


def _row(what: str, key: str, change: str) -> Tampering:
    return Tampering(what, f"UPDATE wallets_transaction SET {change} WHERE key = '{key}'", ROW.format(key))


def _wallet(what: str, change: str) -> Tampering:
    return Tampering(what, f"UPDATE wallets_wallet SET {change} WHERE id = {FIRST}", LAST.format(first=FIRST))


def _lot(what: str, lot: str, change: str) -> Tampering:
    chosen = LOT.format(lot)
    return Tampering(what, f"UPDATE wallets_virtualcredit SET {change} WHERE id = {chosen}", ISSUE.format(chosen))


LAST_ROW_GONE = f"""
    UPDATE wallets_wallet SET real_vnd = real_vnd - 7000, total_deposited_vnd = total_deposited_vnd - 7000,
        last_sequence = last_sequence - 1 WHERE id = {FIRST};
    DELETE FROM wallets_transaction WHERE key = 'drill:in:last'
"""
WHOLE_REWRITE = f"""
    UPDATE wallets_transaction SET real_before_vnd = real_before_vnd + 90000, real_after_vnd = real_after_vnd + 90000
        WHERE wallet_id = {FIRST} AND sequence > 1;
    UPDATE wallets_transaction SET amount_vnd = amount_vnd + 90000, real_after_vnd = real_after_vnd + 90000
        WHERE wallet_id = {FIRST} AND sequence = 1;
    UPDATE wallets_wallet SET real_vnd = real_vnd + 90000, total_deposited_vnd = total_deposited_vnd + 90000
        WHERE id = {FIRST}
"""
ROW_ADDED = f"""
    INSERT INTO wallets_transaction (wallet_id, sequence, type, amount_vnd, real_before_vnd, real_after_vnd,
        virtual_before_vnd, virtual_after_vnd,
        source, reference_type, reference_id, key, note, actor, occurred_at, created_at)
    SELECT w.id, last_sequence + 1, 'DEPOSIT', 50000, real_vnd, real_vnd + 50000, virtual_vnd, virtual_vnd,
        'BANK_TRANSFER', '', '', 'drill:added', '', 'nobody', now(), w.updated_at
    FROM wallets_wallet w WHERE id = {FIRST}
"""
BALANCE_OF_ROW_ADDED = f"""
    ; UPDATE wallets_wallet SET real_vnd = real_vnd + 50000, total_deposited_vnd = total_deposited_vnd + 50000,
        last_sequence = last_sequence + 1 WHERE id = {FIRST}
"""
NUMBERS_SWAPPED = f"""
    UPDATE wallets_transaction SET sequence = -sequence WHERE wallet_id = {FIRST} AND sequence IN (1, 2);
    UPDATE wallets_transaction SET sequence = 3 + sequence WHERE wallet_id = {FIRST} AND sequence < 0
"""

TAMPERINGS = [
    _row(
        "amount and balance after raised",
        "drill:in:1",
        "amount_vnd = amount_vnd + 1, real_after_vnd = real_after_vnd + 1",
    ),
    _row("amount alone raised", "drill:in:1", "amount_vnd = amount_vnd + 1"),
    _row(
        "real before and after shifted",
        "drill:in:2",
        "real_before_vnd = real_before_vnd + 1, real_after_vnd = real_after_vnd + 1",
    ),
    _row(
        "virtual before and after shifted",
        "drill:in:2",
        "virtual_before_vnd = virtual_before_vnd + 1, virtual_after_vnd = virtual_after_vnd + 1",
    ),
    _row("type changed", "drill:in:1", "type = 'ADJUSTMENT'"),
    _row("source changed", "drill:in:1", "source = 'MANUAL_ADJUSTMENT'"),
    _row("reference changed", "drill:in:1", "reference_id = '42'"),
    _row("key changed", "drill:in:1", "key = 'drill:other'"),
    _row("note changed", "drill:in:1", "note = 'other'"),
    _row("by whom changed", "drill:in:1", "actor = 'somebody'"),
    _row("moved to another moment of the world", "drill:in:1", "occurred_at = occurred_at - interval '1 day'"),
    _row("booked earlier", "drill:in:2", "created_at = created_at - interval '1 hour'"),
    Tampering(
        "moved to another wallet",
        f"UPDATE wallets_transaction SET wallet_id = {OTHER}, sequence = 900 WHERE key = 'drill:in:2'",
        ROW.format("drill:in:2"),
    ),
    Tampering("numbers of two rows swapped", NUMBERS_SWAPPED, ROW.format("drill:in:1")),
    Tampering("row deleted", "DELETE FROM wallets_transaction WHERE key = 'drill:in:2'", ROW.format("drill:in:2")),
    Tampering("last row deleted, balance adjusted", LAST_ROW_GONE, ROW.format("drill:in:last")),
    Tampering("row inserted", ROW_ADDED, f"SELECT id, last_sequence + 1 FROM wallets_wallet WHERE id = {FIRST}"),
    Tampering(
        "row inserted into a sealed day, balance adjusted",
        ROW_ADDED + BALANCE_OF_ROW_ADDED,
        f"SELECT id, last_sequence + 1 FROM wallets_wallet WHERE id = {FIRST}",
    ),
    Tampering("first deposit raised, and all after it with the wallet", WHOLE_REWRITE, ROW.format("drill:in:1")),
    Tampering(
        "reversal names another row",
        "UPDATE wallets_transaction SET reverses_id = (SELECT id FROM wallets_transaction WHERE key = 'drill:in:1')"
        " WHERE key = 'reverse:' || (SELECT id FROM wallets_transaction WHERE key = 'drill:in:2')",
        "SELECT wallet_id, sequence FROM wallets_transaction WHERE type = 'REVERSAL' AND reverses_id ="
        " (SELECT id FROM wallets_transaction WHERE key = 'drill:in:2')",
    ),
    _wallet("wallet: real money raised", "real_vnd = real_vnd + 1"),
    _wallet("wallet: virtual credit raised", "virtual_vnd = virtual_vnd + 1"),
    _wallet("wallet: number of rows raised", "last_sequence = last_sequence + 1"),
    _wallet("wallet: deposited in all raised", "total_deposited_vnd = total_deposited_vnd + 1"),
    _wallet("wallet: withdrawn in all raised", "total_withdrawn_vnd = total_withdrawn_vnd + 1"),
    _wallet("wallet: credit issued in all raised", "total_virtual_issued_vnd = total_virtual_issued_vnd + 1"),
    _wallet("wallet: credit spent in all raised", "total_virtual_used_vnd = total_virtual_used_vnd + 1"),
    _wallet("wallet: credit expired in all raised", "total_virtual_expired_vnd = total_virtual_expired_vnd + 1"),
    Tampering("wallet deleted", f"DELETE FROM wallets_wallet WHERE id = {FIRST}", LAST.format(first=FIRST)),
    _lot("lot: more remains", "live", "remaining_vnd = remaining_vnd + 1"),
    _lot("lot: issued for more", "live", "original_vnd = original_vnd + 1"),
    _lot("lot: lives longer", "live", "expires_at = expires_at + interval '1 day'"),
    Tampering(
        "lot: a revived one lives longer",
        f"UPDATE wallets_virtualcredit SET expires_at = expires_at + interval '1 day' WHERE id = {LOT.format('spent')}",
        "SELECT wallet_id, sequence FROM wallets_transaction"
        " WHERE type = 'REVERSAL' AND virtual_after_vnd > virtual_before_vnd",
    ),
    _lot("lot: an expired one lived longer", "expired", "expires_at = expires_at + interval '1 day'"),
    _lot("lot: issued on another day", "live", "issued_at = issued_at - interval '1 day'"),
    _lot("lot: an expired one called spent", "expired", "status = 'USED'"),
    _lot("lot: a spent one ended later", "used", "ended_at = ended_at + interval '1 day'"),
    _lot("lot: issued for another reason", "live", "source_type = 'PROMOTION'"),
    _lot("lot: moved to another wallet", "live", f"wallet_id = {OTHER}"),
    Tampering(
        "lot deleted",
        f"DELETE FROM wallets_virtualcredit WHERE id = {LOT.format('live')}",
        ISSUE.format(LOT.format("live")),
    ),
    Tampering(
        "use of a lot: amount raised",
        f"UPDATE wallets_credituse SET amount_vnd = amount_vnd + 1 WHERE transaction_id = {SPEND}",
        f"SELECT wallet_id, sequence FROM wallets_transaction WHERE id = {SPEND}",
    ),
    Tampering(
        "use of a lot: deleted",
        f"DELETE FROM wallets_credituse WHERE transaction_id = {SPEND}",
        f"SELECT wallet_id, sequence FROM wallets_transaction WHERE id = {SPEND}",
    ),
    Tampering(
        "use of a lot: of another lot instead",
        f"UPDATE wallets_credituse SET credit_id = {LOT.format('live')} WHERE transaction_id = {SPEND}"
        f" AND credit_id = {LOT.format('used')}",
        f"SELECT wallet_id, sequence FROM wallets_transaction WHERE id = {SPEND}",
    ),
    Tampering(
        "use of a lot: invented",
        f"INSERT INTO wallets_credituse (transaction_id, credit_id, amount_vnd) SELECT id, {LOT.format('live')}, 1"
        " FROM wallets_transaction WHERE key = 'drill:in:1'",
        ROW.format("drill:in:1"),
    ),
    Tampering("seal: prints changed", "UPDATE wallets_ledgerseal SET prints = substr(prints, 25)", "SELECT 0, 0"),
    Tampering("seal: digest changed", "UPDATE wallets_ledgerseal SET digest = repeat('0', 64)", "SELECT 0, 0"),
    Tampering("seals deleted: the copy kept elsewhere tells", "DELETE FROM wallets_ledgerseal", "SELECT 0, 0"),
    Tampering(
        "all rewritten, seals too: the copy kept elsewhere tells",
        f"{WHOLE_REWRITE}; DELETE FROM wallets_ledgerseal; SELECT wallets_seal(now() + interval '2 days')",
        "SELECT 0, 0",
    ),
]
