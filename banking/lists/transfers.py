"""The lists of transfers: what a row of each is, and how each may be narrowed."""

import re
from collections.abc import Collection
from datetime import datetime

from banking.lists.reading import Listing, one_text
from banking.lists.wire import (
    DECIDED,
    NEWEST_QUESTION,
    OPTIONS,
    OWNER,
    SHOWN_NAME,
    TOLD,
    told_at,
)
from banking.models import Verification
from banking.search import digits_meant
from n2store.json_sql import NULL, Fields, filled, flag, json, number, object_of, passed, text
from n2store.narrowing import Filter

ALL = Filter()
INCOMING = Filter(conditions=("t.direction = 'in'",))
UNLINKED = INCOMING.and_("t.customer_id IS NULL").and_("t.amount_vnd > 0")
DIGITS_BY_INDEX_MIN = 4
"""Fewer digits are part of so many phones that walking the newest transfers finds them sooner."""
FOUR_DIGITS = re.compile(r"\d{4}")
"""What a search goes to the index of digits for."""
FOLDED = r"('%%' || regexp_replace(customers_fold(%(text)s), '([\\%%_])', '\\\1', 'g') || '%%')"
"""The pattern of what holds the folded text. Folding makes `%` of a full-width one, so it comes before the escaping."""

QR_CODE = "CASE WHEN t.match_method = 'qr_code' THEN t.matched_text END"
ASKED_ABOUT = f"CASE WHEN m.id IS NOT NULL THEN {OPTIONS} END"


HISTORY = Listing(
    row=object_of(
        {
            **TOLD,
            **DECIDED,
            **OWNER,
            "customer_aliases": json("c.aliases", missing="[]"),
            "qr_code": text(QR_CODE),
            "extraction_note": NULL,
            "match_trouble": filled("t.match_trouble"),
            "pending_match_id": number("m.id"),
            "pending_match_status": text("m.status"),
            "pending_extracted_phone": text("m.extracted_text"),
            "pending_match_options": json(ASKED_ABOUT),
            "pending_resolution_notes": filled("m.resolution_notes"),
            "in_transfer_stats": flag("false"),
            "has_pending_match": flag("m.status = 'pending'"),
            "pending_match_skipped": flag("m.status = 'skipped'"),
        }
    ),
    beside=NEWEST_QUESTION,
)
BY_CODE = object_of(TOLD)
OF_PHONE = Listing(row=object_of({**TOLD, **DECIDED, **OWNER, "unique_code": text(QR_CODE)}))
_COMMON: Fields = {
    "id": number("t.id"),
    "sepay_id": number("t.sepay_id"),
    "transaction_code": filled("t.code"),
    "content": text("t.content"),
    "amount": number("t.amount_vnd"),
    "description": filled("t.description"),
    "transfer_type": text("t.direction"),
    "transaction_date": told_at("t.transferred_at"),
    "bank_account": text("t.account_number"),
    "gateway": text("t.gateway"),
    "reference_code": filled("t.reference_code"),
    "linked_customer_phone": text("c.phone"),
    "customer_id": number("t.customer_id"),
    "customer_name": SHOWN_NAME,
    "wallet_processed": flag("t.wallet_transaction_id IS NOT NULL"),
    "wallet_tx_id": number("t.wallet_transaction_id"),
    "wallet_transaction_id": number("t.wallet_transaction_id"),
    "verification_status": text("t.verification"),
    "match_method": filled("t.match_method"),
    "created_at": told_at("t.created_at"),
}
OF_V2 = Listing(row=object_of(_COMMON))
TO_REVIEW = Listing(
    row=object_of(
        {
            **_COMMON,
            "verification_note": filled("t.verification_note"),
            "matched_customers": json(ASKED_ABOUT),
            "extracted_phone": text("m.extracted_text"),
        }
    ),
    beside=NEWEST_QUESTION,
)
APPROVED = Listing(
    row=object_of(
        {
            "id": number("t.id"),
            "content": text("t.content"),
            "amount": number("t.amount_vnd"),
            "transaction_date": told_at("t.transferred_at"),
            "linked_customer_phone": text("c.phone"),
            "verified_at": told_at("t.verified_at"),
            "verified_by": filled("t.verified_by"),
            "verification_note": filled("t.verification_note"),
            "verification_image_url": filled("t.verification_image_url"),
            "match_method": filled("t.match_method"),
            "customer_name": SHOWN_NAME,
        }
    ),
    sort="verified_at",
)
WITHOUT_OWNER = Listing(
    row=object_of(
        {
            "id": number("t.id"),
            "sepay_id": number("t.sepay_id"),
            "transaction_code": filled("t.code"),
            "customer_name": text("t.content"),
            "amount": number("t.amount_vnd"),
            "description": filled("t.description"),
            "transaction_date": told_at("t.transferred_at"),
            "bank_account": text("t.account_number"),
            "reference_code": filled("t.reference_code"),
            "created_at": told_at("t.created_at"),
        }
    )
)
CHECKED = object_of(
    {
        "id": number("t.id"),
        "transaction_id": number("t.id"),
        "customer_name": SHOWN_NAME,
        "customer_phone": text("c.phone"),
        "amount": number("t.amount_vnd"),
        "content": text("t.content"),
        "notes": filled("t.list_note"),
        "transaction_date": told_at("t.transferred_at"),
        "is_checked": flag("t.list_checked"),
        "is_verified": flag("t.list_verified"),
        "created_at": told_at("t.created_at"),
    }
)
CHECK_LIST = Listing(row=CHECKED)
ONE_CHECKED = f"""
    SELECT {passed(CHECKED)} FROM banking_banktransfer t LEFT JOIN customers_customer c ON c.id = t.customer_id
    WHERE t.id = %(id)s AND t.direction = 'in'
"""
GATEWAYS = """
    WITH RECURSIVE known AS (
        (SELECT gateway FROM banking_banktransfer ORDER BY gateway LIMIT 1)
        UNION ALL
        SELECT (SELECT t.gateway FROM banking_banktransfer t WHERE t.gateway > known.gateway
                ORDER BY t.gateway LIMIT 1)
        FROM known WHERE known.gateway IS NOT NULL
    )
    SELECT coalesce(array_agg(gateway), '{}') FROM known WHERE gateway ILIKE %(within)s
"""
"""A bank after the other, each found by one look into the index."""


def saying(narrowed: Filter, text: str) -> Filter:
    """Narrow to transfers whose content, reference or code holds the text, or whose owner's phone does.

    Case and diacritics do not matter, `%` and `_` are letters like any other.
    """
    condition, parameters = f"t.searched LIKE {FOLDED}{_by_digits(text, 'customers_fold(%(text)s)')}", {"text": text}
    digits = digits_meant(text)
    if digits:
        parameters["phone_part"] = within(digits)
        if digits != text:
            condition = f"({condition} OR t.searched LIKE %(phone_part)s{_by_digits(digits, '%(phone_part)s')})"
        owner = (
            "t.customer_id = ANY (ARRAY(SELECT o.id FROM customers_customer o WHERE o.phone LIKE %(phone_part)s))"
            if len(digits) >= DIGITS_BY_INDEX_MIN
            else "c.phone LIKE %(phone_part)s"
        )
        condition = f"({owner} OR {condition})"  # Most are found by both, and this one is quickly told.
    return narrowed.and_(condition, **parameters).searched()


def _by_digits(text: str, value: str) -> str:
    """Return what is true of every transfer that holds the text, so that the index of digits finds it."""
    return f" AND banking_digits(t.searched) @> banking_digits({value})" if FOUR_DIGITS.search(text) else ""


def waiting_saying(narrowed: Filter, text: str) -> Filter:
    """Narrow to transfers with the text in content, amount, owner's name or phone."""
    return _in_any(narrowed, text, "t.amount_vnd::text")


def decided_saying(narrowed: Filter, text: str) -> Filter:
    """Narrow to transfers with the text in content, amount, owner's name or phone, or who decided."""
    return _in_any(narrowed, text, "t.amount_vnd::text", "t.verified_by")


def _in_any(narrowed: Filter, text: str, *columns: str) -> Filter:
    """Narrow by columns that only a list which is short by itself may be searched in."""
    held = " OR ".join(f"{column} ILIKE %(within)s" for column in ("c.phone", *columns))
    name = f"c.folded LIKE {FOLDED} OR t.display_name <> '' AND customers_fold(t.display_name) LIKE {FOLDED}"
    digits = digits_meant(text)
    parameters = {"text": text, "within": within(text)}
    if digits and digits != text:
        held += " OR c.phone LIKE %(digits)s OR t.searched LIKE %(digits)s"
        parameters["digits"] = within(digits)
    return narrowed.and_(f"(t.searched LIKE {FOLDED} OR {name} OR {held})", **parameters).searched()


def between(
    narrowed: Filter, since: datetime | None, before: datetime | None, column: str = "transferred_at"
) -> Filter:
    """Narrow to a period; either end may be open."""
    if since is not None:
        narrowed = narrowed.and_(f"t.{column} >= %(since)s", since=since)
    if before is not None:
        narrowed = narrowed.and_(f"t.{column} < %(before)s", before=before)
    return narrowed


def of_gateway(narrowed: Filter, text: str) -> Filter:
    """Narrow to banks whose name holds the text; one more look into an index."""
    return narrowed.and_("t.gateway = ANY (%(gateways)s)", gateways=one_text(GATEWAYS, {"within": within(text)}))


def in_state(narrowed: Filter, *states: str) -> Filter:
    """Narrow to transfers that came so far."""
    if len(states) == 1:
        return narrowed.and_("t.verification = %(state)s", state=states[0])
    return narrowed.and_("t.verification = ANY (%(states)s)", states=list(states))


def waiting(status: str) -> Filter:
    """Return the queue of the accountant: what waits, what has no owner yet, or with `all` both."""
    known: dict[str, Collection[str]] = {
        "PENDING": [Verification.PENDING],
        "all": [Verification.PENDING, Verification.PENDING_VERIFICATION],
    }
    return in_state(INCOMING, *known.get(status, [Verification.PENDING_VERIFICATION]))


def within(text: str) -> str:
    """Return the pattern of what holds the text, literally."""
    literal = re.sub(r"([\\%_])", r"\\\1", text)
    return f"%{literal}%"
