-- The views of the old system, under their names and columns, for reports and tools that read the database. Nothing here
-- writes, and the code reads none of them. Amounts are whole dong; credit that has run out counts for nothing.

CREATE VIEW customers AS
SELECT c.id, c.tpos_id, c.phone, c.name, c.email, c.address, c.status, c.debt_vnd AS debt, c.active, c.tpos_data,
       c.tier, to_jsonb(c.tags) AS tags, to_jsonb(c.aliases) AS aliases, coalesce(o.total_orders, 0) AS total_orders,
       coalesce(o.total_spent_vnd, 0) AS total_spent, coalesce(o.successful_orders, 0) AS successful_orders,
       coalesce(o.returned_orders, 0) AS returned_orders, round(coalesce(o.return_rate_bp, 0) / 100.0, 2) AS return_rate,
       o.first_order_at AS first_order_date, o.last_order_at AS last_order_date,
       (SELECT max(a.created_at) FROM customers_activity a WHERE a.customer_id = c.id) AS last_interaction_date,
       coalesce(s.recency, 0) AS rfm_recency_score, coalesce(s.frequency, 0) AS rfm_frequency_score,
       coalesce(s.monetary, 0) AS rfm_monetary_score, s.segment AS rfm_segment, coalesce(s.total, 0) AS rfm_total_score,
       c.internal_note, c.created_at, c.updated_at
FROM customers_customer c
LEFT JOIN customers_orderstats o ON o.customer_id = c.id
LEFT JOIN customers_rfmscore s ON s.customer_id = c.id;

CREATE VIEW sepay_logs AS
SELECT t.id, coalesce(nullif(t.reference_code, ''), nullif(t.code, '')) AS transaction_code, t.amount_vnd AS amount,
       c.phone AS customer_phone, t.created_at
FROM banking_banktransfer t LEFT JOIN customers_customer c ON c.id = t.customer_id;

-- What a wallet can spend now: lots that have run out are subtracted until the hourly job ends them.
CREATE VIEW n2store_wallet_live AS
SELECT w.id, w.customer_id, w.real_vnd, (w.virtual_vnd - coalesce(gone.vnd, 0))::bigint AS virtual_vnd,
       coalesce(alive.lots, 0) AS lots
FROM wallets_wallet w
LEFT JOIN (
    SELECT wallet_id, sum(remaining_vnd) AS vnd FROM wallets_virtualcredit
    WHERE status = 'ACTIVE' AND expires_at <= now() GROUP BY wallet_id
) gone ON gone.wallet_id = w.id
LEFT JOIN (
    SELECT wallet_id, count(*) AS lots FROM wallets_virtualcredit
    WHERE status = 'ACTIVE' AND expires_at > now() GROUP BY wallet_id
) alive ON alive.wallet_id = w.id;

CREATE VIEW customer_360_summary AS
SELECT c.id, c.phone, c.name, c.email, c.status, c.tier, c.tags, c.total_orders, c.total_spent, c.return_rate,
       c.rfm_segment, coalesce(w.real_vnd, 0) AS wallet_balance, coalesce(w.virtual_vnd, 0) AS wallet_virtual_balance,
       coalesce(w.real_vnd + w.virtual_vnd, 0) AS wallet_total,
       (SELECT count(*) FROM tickets_ticket t
        WHERE t.customer_id = c.id AND t.deleted_at IS NULL AND t.status NOT IN ('COMPLETED', 'CANCELLED')
       ) AS pending_tickets,
       c.last_order_date, c.last_interaction_date, c.created_at
FROM customers c LEFT JOIN n2store_wallet_live w ON w.customer_id = c.id;

CREATE VIEW ticket_statistics AS
SELECT told.* FROM json_to_record(tickets_statistics()) AS told (
    total_tickets bigint, pending_count bigint, in_progress_count bigint, pending_goods_count bigint,
    pending_finance_count bigint, completed_count bigint, cancelled_count bigint, boom_count bigint,
    fix_cod_count bigint, return_client_count bigint, return_shipper_count bigint, total_refunded bigint,
    total_virtual_issued bigint
);

CREATE VIEW wallet_statistics AS
SELECT count(*) AS total_wallets, count(*) FILTER (WHERE live.real_vnd > 0) AS wallets_with_balance,
       count(*) FILTER (WHERE live.virtual_vnd > 0) AS wallets_with_virtual,
       coalesce(sum(live.real_vnd), 0)::bigint AS total_real_balance,
       coalesce(sum(live.virtual_vnd), 0)::bigint AS total_virtual_balance,
       coalesce(sum(live.real_vnd + live.virtual_vnd), 0)::bigint AS total_available,
       coalesce(sum(w.total_deposited_vnd), 0)::bigint AS total_deposited,
       coalesce(sum(w.total_withdrawn_vnd), 0)::bigint AS total_withdrawn,
       coalesce(sum(w.total_virtual_issued_vnd), 0)::bigint AS total_virtual_issued,
       coalesce(sum(w.total_virtual_used_vnd), 0)::bigint AS total_virtual_used,
       coalesce(sum(w.total_virtual_expired_vnd), 0)::bigint AS total_virtual_expired
FROM wallets_wallet w JOIN n2store_wallet_live live ON live.id = w.id;

CREATE VIEW customer_activity_summary AS
SELECT c.id AS customer_id, c.name, c.phone, c.tier, coalesce(w.real_vnd, 0) AS wallet_balance,
       coalesce(w.virtual_vnd, 0) AS virtual_balance, coalesce(w.virtual_vnd, 0) AS pending_virtual_credits,
       coalesce(w.lots, 0) AS active_credits_count,
       (SELECT count(*) FROM tickets_ticket t
        WHERE t.customer_id = c.id AND t.deleted_at IS NULL AND t.status NOT IN ('COMPLETED', 'CANCELLED')
       ) AS open_tickets,
       (SELECT count(*) FROM tickets_ticket t WHERE t.customer_id = c.id AND t.deleted_at IS NULL) AS total_tickets,
       paid.vnd AS total_bank_deposits, paid.count AS bank_deposit_count, c.rfm_recency_score, c.rfm_frequency_score,
       c.rfm_monetary_score, c.rfm_segment, c.last_order_date, c.total_orders, c.total_spent, c.return_rate,
       customers_vietnam_day(now()) - customers_vietnam_day(c.last_order_date) AS days_since_last_order
FROM customers c
LEFT JOIN n2store_wallet_live w ON w.customer_id = c.id
CROSS JOIN LATERAL (
    SELECT coalesce(sum(t.amount_vnd), 0)::bigint AS vnd, count(*) AS count
    FROM banking_banktransfer t WHERE t.customer_id = c.id AND t.direction = 'in'
) paid;

-- The segments are those that count, not the other ones that the old view made up beside them.
CREATE VIEW rfm_segment_mapping AS
SELECT c.id AS customer_id, c.phone, c.name, s.recency AS r, s.frequency AS f, s.monetary AS m, s.total AS total_score,
       s.segment, coalesce(o.total_orders, 0) AS total_orders, coalesce(o.total_spent_vnd, 0) AS total_spent,
       o.last_order_at AS last_order_date
FROM customers_rfmscore s
JOIN customers_customer c ON c.id = s.customer_id
LEFT JOIN customers_orderstats o ON o.customer_id = s.customer_id;

CREATE VIEW daily_wallet_summary AS
SELECT customers_vietnam_day(created_at) AS date, type, count(*) AS transaction_count,
       sum(abs(amount_vnd))::bigint AS total_amount, count(DISTINCT wallet_id) AS unique_customers
FROM wallets_transaction GROUP BY 1, 2;

CREATE VIEW rfm_segment_distribution AS
SELECT s.segment, c.tier, count(*) AS customer_count, round(avg(coalesce(o.total_orders, 0)), 1) AS avg_orders,
       round(avg(s.spent_vnd)) AS avg_spent,
       round(avg(customers_vietnam_day(now()) - customers_vietnam_day(s.last_purchase_at))) AS avg_days_since_order
FROM customers_rfmscore s
JOIN customers_customer c ON c.id = s.customer_id
LEFT JOIN customers_orderstats o ON o.customer_id = s.customer_id
GROUP BY s.segment, c.tier;

CREATE VIEW ticket_resolution_metrics AS
SELECT t.type, t.status, count(*) AS ticket_count,
       round(extract(epoch FROM avg(t.completed_at - t.created_at)) / 3600, 1) AS avg_resolution_hours,
       count(given.vnd) AS credited_count, coalesce(sum(given.vnd), 0)::bigint AS total_virtual_credits_issued
FROM tickets_ticket t
LEFT JOIN (
    SELECT ticket_id, sum(amount_vnd) AS vnd FROM tickets_compensation
    WHERE kind = 'virtual_credit' AND revoked_at IS NULL GROUP BY ticket_id
) given ON given.ticket_id = t.id
WHERE t.deleted_at IS NULL GROUP BY t.type, t.status;
