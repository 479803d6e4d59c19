"""Transfers, questions and their candidates as answers carry them: one text of SQL names every column.

Whole dong are numbers, instants have Vietnam's offset. `t` is a transfer, `c` its owner, `m` its newest question.
"""


def vietnam(column: str) -> str:
    """Return the SQL of an instant with Vietnam's offset, to the second; `n2store.clock.on_the_wire` does it, too."""
    return f"""to_char({column} AT TIME ZONE INTERVAL '7 hours', 'YYYY-MM-DD"T"HH24:MI:SS"+07:00"')"""


TOLD = f"""
    'id', t.id, 'sepay_id', t.sepay_id, 'gateway', t.gateway, 'transaction_date', {vietnam("t.transferred_at")},
    'account_number', t.account_number, 'code', nullif(t.code, ''), 'content', t.content,
    'transfer_type', t.direction, 'transfer_amount', t.amount_vnd, 'accumulated', t.accumulated_vnd,
    'sub_account', nullif(t.sub_account, ''), 'reference_code', nullif(t.reference_code, ''),
    'description', nullif(t.description, ''), 'created_at', {vietnam("t.created_at")}
"""
"""What SePay told of a transfer."""
DECIDED = f"""
    'debt_added', t.customer_id IS NOT NULL, 'is_hidden', t.is_hidden, 'linked_customer_phone', c.phone,
    'match_method', nullif(t.match_method, ''), 'verification_status', t.verification,
    'verified_by', nullif(t.verified_by, ''), 'verified_at', {vietnam("t.verified_at")},
    'wallet_processed', t.wallet_transaction_id IS NOT NULL, 'wallet_tx_id', t.wallet_transaction_id,
    'wallet_transaction_id', t.wallet_transaction_id, 'customer_id', t.customer_id,
    'display_name', nullif(t.display_name, '')
"""
"""What became of it."""
SHOWN_NAME = "coalesce(nullif(t.display_name, ''), c.name)"
OWNER = f"'customer_phone', c.phone, 'customer_name', {SHOWN_NAME}"
WHOLE = f"""json_build_object({TOLD}, {DECIDED}, {OWNER},
    'verification_note', nullif(t.verification_note, ''),
    'verification_image_url', nullif(t.verification_image_url, ''),
    'ts_checked', t.list_checked, 'ts_verified', t.list_verified, 'ts_notes', nullif(t.list_note, '')
)"""
"""All of a transfer, as answers about one carry it."""
WHOLE_ROW = f"""
    SELECT {WHOLE}::text FROM banking_banktransfer t LEFT JOIN customers_customer c ON c.id = t.customer_id
    WHERE t.id = %(id)s
"""
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
QUESTION = f"""
    'id', m.id, 'transaction_id', m.transfer_id, 'extracted_phone', m.extracted_text, 'matched_customers', {OPTIONS},
    'selected_customer_id', m.selected_customer_id, 'status', m.status,
    'resolution_notes', nullif(m.resolution_notes, ''), 'created_at', {vietnam("m.created_at")},
    'resolved_at', {vietnam("m.resolved_at")}, 'resolved_by', nullif(m.resolved_by, '')
"""
NEWEST_QUESTION = """LEFT JOIN LATERAL (
    SELECT * FROM banking_pendingmatch asked WHERE asked.transfer_id = t.id ORDER BY asked.id DESC LIMIT 1
) m ON true"""
