-- What the customers of dataset.sql ordered, and what went wrong with it. Set-based.
-- Parameters: customers, orders, busy (customers who buy most), tickets, open_tickets, states, types, products,
-- lot_owners, lots_each.
INSERT INTO customers_order (
    source, external_code, customer_id, total_vnd, status, status_text, ordered_at, delivered_at, returned_at,
    cancelled_at, raw, told_at, created_at, updated_at
)
SELECT 'tpos', 'NJD/' || n, customer_id, total, status, '', at,
       CASE WHEN status IN ('delivered', 'returned') THEN at + interval '3 days' END,
       CASE WHEN status = 'returned' THEN at + interval '6 days' END,
       CASE WHEN status = 'cancelled' THEN at + interval '1 day' END,
       '{}', at + interval '6 days', at, at + interval '6 days'
FROM (
    SELECT n, at, 50000 + 1000 * (hash %% 900) AS total,
           CASE WHEN n %% 3 = 0 THEN 1 + hash %% %(busy)s ELSE 1 + hash %% %(customers)s END AS customer_id,
           CASE WHEN at > now() - interval '7 days' THEN 'confirmed'
                WHEN hash %% 100 < 6 THEN 'returned'
                WHEN hash %% 100 < 10 THEN 'cancelled'
                ELSE 'delivered' END AS status
    FROM (
        SELECT n, (hashint8(n + 13) & 2147483647)::bigint AS hash,
               now() - (%(orders)s - n) * (interval '400 days' / %(orders)s) AS at
        FROM generate_series(1::bigint, %(orders)s) n
    ) drawn
) made
ORDER BY n;

ANALYZE customers_order;

INSERT INTO customers_orderstats
SELECT * FROM customers_order_figures(ARRAY(SELECT id FROM customers_customer ORDER BY id));

-- Each third of the first ones was made good with the first lot of its customer: see tickets_compensation below.
INSERT INTO tickets_ticket (
    id, code, customer_id, customer_name, order_id, type, status, priority, products, original_cod_vnd, refund_vnd,
    waits_for, waiting_since, carrier_deadline_at, assigned_to, actor, history, created_at, updated_at, completed_at
)
SELECT n, 'TV-2025-' || lpad(n::text, 6, '0'),
       CASE WHEN n %% 3 = 0 AND n <= %(tickets)s - %(open_tickets)s THEN 1 + n / 3 %% %(lot_owners)s
            ELSE 1 + (hashint8(n) & 2147483647)::bigint %% %(customers)s END,
       '', 'NJD/' || n, type, status,
       (ARRAY['normal', 'normal', 'normal', 'high', 'low', 'urgent'])[1 + n %% 6], %(products)s::jsonb, 400000, 100000,
       waits, at, CASE WHEN waits = 'carrier' THEN at + interval '10 days' END,
       (ARRAY['lan', 'hoa', '', '', ''])[1 + n %% 5], 'lan',
       '[{"action": "created", "performed_by": "lan"}, {"action": "complete", "performed_by": "lan"}]',
       at, at, CASE WHEN status = 'COMPLETED' THEN at + interval '30 hours' END
FROM (
    SELECT n, at, type, status,
           CASE WHEN status IN ('COMPLETED', 'CANCELLED') THEN 'nobody'
                WHEN status IN ('PENDING_GOODS', 'PENDING_FINANCE') AND type IN ('BOOM', 'FIX_COD') THEN 'carrier'
                ELSE 'shop' END AS waits
    FROM (
        SELECT n, now() - (%(tickets)s - n) * interval '1 minute' AS at, (%(types)s::text[])[1 + n %% 7] AS type,
               CASE WHEN n > %(tickets)s - %(open_tickets)s THEN (%(states)s::text[])[1 + n %% 4]
                    WHEN n %% 20 = 0 THEN 'CANCELLED' ELSE 'COMPLETED' END AS status
        FROM generate_series(1::bigint, %(tickets)s) n
    ) drawn
) made
ORDER BY n;

UPDATE tickets_ticket t SET platinum = true FROM customers_customer c
WHERE c.id = t.customer_id AND c.tier = 'platinum' AND t.status NOT IN ('COMPLETED', 'CANCELLED');

INSERT INTO tickets_compensation (ticket_id, kind, amount_vnd, credit_id, transaction_id, actor, created_at)
SELECT t.id, 'virtual_credit', lot.original_vnd, lot.id, lot.issue_id, 'ketoan', t.completed_at
FROM tickets_ticket t
JOIN wallets_virtualcredit lot ON lot.id = 1 + (t.customer_id - 1) * %(lots_each)s AND lot.wallet_id = t.customer_id
WHERE t.id %% 3 = 0 AND t.id <= 3 * (%(lot_owners)s - 1) AND t.status = 'COMPLETED'
ORDER BY t.id;

INSERT INTO tickets_tally (status, type, tickets, refund_vnd)
SELECT status, type, count(*), sum(refund_vnd) FROM tickets_ticket WHERE deleted_at IS NULL GROUP BY 1, 2;

INSERT INTO tickets_tally (status, type, credit_vnd) SELECT '', '', sum(amount_vnd) FROM tickets_compensation;

INSERT INTO tickets_yearcounter VALUES (2025, %(tickets)s);

SELECT setval(pg_get_serial_sequence('tickets_ticket', 'id'), %(tickets)s);
