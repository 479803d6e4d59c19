"""Transfers, questions and their candidates as answers carry them: one text of SQL names every column.

Whole dong are numbers, instants have Vietnam's offset. `t` is a transfer, `c` its owner, `m` its newest question.
"""

from n2store.json_sql import Fields, filled, flag, json, number, object_of, passed, plain, text


def vietnam(column: str) -> str:
    """Return the SQL of an instant with Vietnam's offset, to the second; `n2store.clock.on_the_wire` does it, too."""
    return f"""to_char({column} AT TIME ZONE INTERVAL '7 hours', 'YYYY-MM-DD"T"HH24:MI:SS"+07:00"')"""


def told_at(column: str) -> str:
    """Return the same as the value of a row's field."""
    return plain(vietnam(column))


TOLD: Fields = {
    "id": number("t.id"),
    "sepay_id": number("t.sepay_id"),
    "gateway": text("t.gateway"),
    "transaction_date": told_at("t.transferred_at"),
    "account_number": text("t.account_number"),
    "code": filled("t.code"),
    "content": text("t.content"),
    "transfer_type": text("t.direction"),
    "transfer_amount": number("t.amount_vnd"),
    "accumulated": number("t.accumulated_vnd"),
    "sub_account": filled("t.sub_account"),
    "reference_code": filled("t.reference_code"),
    "description": filled("t.description"),
    "created_at": told_at("t.created_at"),
}
"""What SePay told of a transfer."""
DECIDED: Fields = {
    "debt_added": flag("t.customer_id IS NOT NULL"),
    "is_hidden": flag("t.is_hidden"),
    "linked_customer_phone": text("c.phone"),
    "match_method": filled("t.match_method"),
    "verification_status": text("t.verification"),
    "verified_by": filled("t.verified_by"),
    "verified_at": told_at("t.verified_at"),
    "wallet_processed": flag("t.wallet_transaction_id IS NOT NULL"),
    "wallet_tx_id": number("t.wallet_transaction_id"),
    "wallet_transaction_id": number("t.wallet_transaction_id"),
    "customer_id": number("t.customer_id"),
    "display_name": filled("t.display_name"),
}
"""What became of it."""
SHOWN_NAME = text("coalesce(nullif(t.display_name, ''), c.name)")
OWNER: Fields = {"customer_phone": text("c.phone"), "customer_name": SHOWN_NAME}
_WHOLE = object_of(
    {
        **TOLD,
        **DECIDED,
        **OWNER,
        "verification_note": filled("t.verification_note"),
        "verification_image_url": filled("t.verification_image_url"),
        "ts_checked": flag("t.list_checked"),
        "ts_verified": flag("t.list_verified"),
        "ts_notes": filled("t.list_note"),
    }
)
WHOLE_ROW = f"""
    SELECT {passed(_WHOLE)} FROM banking_banktransfer t LEFT JOIN customers_customer c ON c.id = t.customer_id
    WHERE t.id = %(id)s
"""
"""All of a transfer, as answers about one carry it."""
OPTIONS = """(
    SELECT coalesce(json_agg(json_build_object('phone', option.phone, 'count', option.count,
               'customers', option.customers) ORDER BY option.place), '[]')
    FROM (
        SELECT k->>'phone' AS phone, count(*) AS count, min(place) AS place, json_agg(json_build_object(
            'id', CASE WHEN k->>'tpos_id' ~ '^[0-9]{1,18}$' THEN to_json((k->>'tpos_id')::bigint)
                       ELSE to_json('LOCAL_' || (k->>'phone')) END,
            'customer_id', k->'customer_id', 'name', k->>'name', 'phone', k->>'phone', 'email', NULL,
            'address', NULL, 'network', NULL, 'status', NULL, 'credit', 0, 'debit', 0,
            'source', k->>'source', 'score', k->'score'
        ) ORDER BY place) AS customers
        FROM jsonb_array_elements(m.candidates) WITH ORDINALITY AS candidate(k, place)
        GROUP BY k->>'phone'
    ) option
)"""
"""The candidates of question `m`, each phone once. `id` is what resolving takes: of TPOS, or ours as LOCAL_<phone>."""
QUESTION: Fields = {
    "id": number("m.id"),
    "transaction_id": number("m.transfer_id"),
    "extracted_phone": text("m.extracted_text"),
    "matched_customers": json(OPTIONS),
    "selected_customer_id": number("m.selected_customer_id"),
    "status": text("m.status"),
    "resolution_notes": filled("m.resolution_notes"),
    "created_at": told_at("m.created_at"),
    "resolved_at": told_at("m.resolved_at"),
    "resolved_by": filled("m.resolved_by"),
}
NEWEST_QUESTION = """LEFT JOIN LATERAL (
    SELECT * FROM banking_pendingmatch asked WHERE asked.transfer_id = t.id ORDER BY asked.id DESC LIMIT 1
) m ON true"""
