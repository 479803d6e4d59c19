-- Each account's days: balances as the bank told them, and what became of what came. One index range an account and day.
WITH RECURSIVE account AS (
    (SELECT account_number FROM banking_banktransfer ORDER BY account_number LIMIT 1)
    UNION ALL
    SELECT (
        SELECT t.account_number FROM banking_banktransfer t
        WHERE t.account_number > account.account_number ORDER BY t.account_number LIMIT 1
    ) FROM account WHERE account.account_number IS NOT NULL
),
calendar AS (
    SELECT d::date AS day, d AT TIME ZONE 'Asia/Ho_Chi_Minh' AS begins,
        (d + interval '1 day') AT TIME ZONE 'Asia/Ho_Chi_Minh' AS ends
    FROM generate_series(%(begin)s::timestamp, %(end)s::timestamp, interval '1 day') d
)
SELECT account.account_number, coalesce(newest.gateway, earlier.gateway) AS gateway, calendar.day,
    coalesce(earlier.accumulated_vnd, oldest.before_vnd) AS opening_vnd,
    sums.came_vnd, sums.went_vnd,
    coalesce(newest.accumulated_vnd, earlier.accumulated_vnd) AS closing_vnd,
    sums.came_count, sums.went_count, sums.credited_vnd, sums.credited_count, sums.owned_vnd, sums.owned_count,
    sums.unowned_vnd, sums.unowned_count, sums.rejected_vnd, sums.rejected_count
FROM account
CROSS JOIN calendar
CROSS JOIN LATERAL (
    SELECT coalesce(sum(amount_vnd) FILTER (WHERE direction = 'in'), 0)::bigint AS came_vnd,
        count(*) FILTER (WHERE direction = 'in') AS came_count,
        coalesce(sum(amount_vnd) FILTER (WHERE direction = 'out'), 0)::bigint AS went_vnd,
        count(*) FILTER (WHERE direction = 'out') AS went_count,
        coalesce(sum(amount_vnd) FILTER (WHERE state = 'credited'), 0)::bigint AS credited_vnd,
        count(*) FILTER (WHERE state = 'credited') AS credited_count,
        coalesce(sum(amount_vnd) FILTER (WHERE state = 'owned'), 0)::bigint AS owned_vnd,
        count(*) FILTER (WHERE state = 'owned') AS owned_count,
        coalesce(sum(amount_vnd) FILTER (WHERE state = 'unowned'), 0)::bigint AS unowned_vnd,
        count(*) FILTER (WHERE state = 'unowned') AS unowned_count,
        coalesce(sum(amount_vnd) FILTER (WHERE state = 'rejected'), 0)::bigint AS rejected_vnd,
        count(*) FILTER (WHERE state = 'rejected') AS rejected_count
    FROM (
        SELECT direction, amount_vnd,
            CASE
                WHEN direction = 'out' THEN 'went'
                WHEN wallet_transaction_id IS NOT NULL THEN 'credited'
                WHEN verification = 'REJECTED' THEN 'rejected'
                WHEN customer_id IS NOT NULL THEN 'owned'
                ELSE 'unowned'
            END AS state
        FROM banking_banktransfer
        WHERE account_number = account.account_number
            AND transferred_at >= calendar.begins AND transferred_at < calendar.ends
    ) line
) sums
LEFT JOIN LATERAL (
    SELECT gateway, accumulated_vnd FROM banking_banktransfer
    WHERE account_number = account.account_number AND transferred_at < calendar.begins
    ORDER BY transferred_at DESC, sepay_id DESC LIMIT 1
) earlier ON true
LEFT JOIN LATERAL (
    SELECT accumulated_vnd - CASE direction WHEN 'in' THEN amount_vnd ELSE -amount_vnd END AS before_vnd
    FROM banking_banktransfer
    WHERE account_number = account.account_number
        AND transferred_at >= calendar.begins AND transferred_at < calendar.ends
    ORDER BY transferred_at, sepay_id LIMIT 1
) oldest ON true
LEFT JOIN LATERAL (
    SELECT gateway, accumulated_vnd FROM banking_banktransfer
    WHERE account_number = account.account_number
        AND transferred_at >= calendar.begins AND transferred_at < calendar.ends
    ORDER BY transferred_at DESC, sepay_id DESC LIMIT 1
) newest ON true
WHERE account.account_number IS NOT NULL
    AND (%(account_number)s = '' OR account.account_number = %(account_number)s)
    AND (sums.came_count + sums.went_count > 0 OR %(also_empty)s AND earlier.gateway IS NOT NULL)
ORDER BY calendar.day DESC, account.account_number
