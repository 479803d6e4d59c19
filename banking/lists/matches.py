"""The list of questions about transfers' owners, newest first."""

from banking.lists.reading import Page, one_row
from banking.lists.wire import QUESTION, told_at
from n2store.json_sql import array_of, number, object_of, text
from n2store.windows import BIGINT_MAX, COUNTED_MAX, Window

ROW = object_of(
    {
        **QUESTION,
        "transaction_content": text("t.content"),
        "transfer_amount": number("t.amount_vnd"),
        "amount": number("t.amount_vnd"),
        "transaction_date": told_at("t.transferred_at"),
        "gateway": text("t.gateway"),
    }
)
PAGE = f"""
    SELECT {array_of(ROW, order="m.id DESC")}, count(*), min(m.id),
           (SELECT count(*) FROM (
               SELECT FROM banking_pendingmatch WHERE status = ANY (%(states)s) LIMIT {COUNTED_MAX + 1}
           ) counted)
    FROM (
        SELECT * FROM banking_pendingmatch WHERE status = ANY (%(states)s) AND id < %(before)s
        ORDER BY id DESC LIMIT %(limit)s OFFSET %(offset)s
    ) m JOIN banking_banktransfer t ON t.id = m.transfer_id
"""


def questions_page(window: Window, *, states: list[str]) -> Page:
    """Return one page of the questions in these states; a total above `COUNTED_MAX` says only that there are more."""
    parameters = {
        "states": states,
        "before": window.after[0] if window.after else BIGINT_MAX,
        "limit": window.limit,
        "offset": window.offset,
    }
    row = one_row(PAGE, parameters)
    assert row is not None
    data, rows, last, total = row
    key = None if last is None else [last]
    block = window.block(total=total, estimated=total > COUNTED_MAX, rows=rows, last=key)
    return Page(data=data, rows=rows, block=block)
