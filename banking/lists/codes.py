"""QR codes and whose they are, as lists."""

from banking.lists.reading import one_row, one_text
from banking.lists.wire import vietnam

_CODE = f"""
    'unique_code', q.code, 'customer_name', o.name, 'customer_phone', o.phone, 'updated_at', {vietnam("q.created_at")}
"""
CODES = f"""
    SELECT coalesce(json_agg(json_build_object({_CODE}) ORDER BY q.id DESC), '[]')::text
    FROM (SELECT * FROM banking_qrcode ORDER BY id DESC LIMIT %(limit)s OFFSET %(offset)s) q
    JOIN customers_customer o ON o.id = q.customer_id
"""
ONE = f"""
    SELECT json_build_object({_CODE})::text
    FROM banking_qrcode q JOIN customers_customer o ON o.id = q.customer_id WHERE q.code = %(code)s
"""
WITH_TOTALS = f"""
    SELECT coalesce(json_agg(json_build_object('id', q.id, {_CODE},
               'extraction_note', NULL, 'name_fetch_status', NULL, 'created_at', {vietnam("q.created_at")},
               'total_amount', paid.vnd, 'transaction_count', paid.count
           ) ORDER BY q.id DESC), '[]')::text,
           count(*), (SELECT count(*) FROM banking_qrcode)
    FROM (SELECT * FROM banking_qrcode ORDER BY id DESC LIMIT %(limit)s OFFSET %(offset)s) q
    JOIN customers_customer o ON o.id = q.customer_id
    LEFT JOIN LATERAL (
        SELECT coalesce(sum(t.amount_vnd), 0)::bigint AS vnd, count(*) AS count FROM banking_banktransfer t
        WHERE %(with_totals)s AND t.customer_id = q.customer_id AND t.direction = 'in' AND t.verification <> 'REJECTED'
    ) paid ON true
"""


def codes(*, limit: int, offset: int) -> str:
    """Return codes as JSON, newest first."""
    return one_text(CODES, {"limit": limit, "offset": offset}) or "[]"


def code(text: str) -> str | None:
    """Return one code as JSON, None when nobody has it."""
    return one_text(ONE, {"code": text})


def codes_with_totals(*, limit: int, offset: int, with_totals: bool) -> tuple[str, int, int]:
    """Return codes as JSON with what their owners paid in, how many these are, and how many there are."""
    row = one_row(WITH_TOTALS, {"limit": limit, "offset": offset, "with_totals": with_totals})
    assert row is not None
    data, returned, total = row
    return data, returned, total
