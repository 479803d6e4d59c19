-- Move to their day in history the rows that say when we heard of something. Only here, where the whole past is made
-- up in one transaction, are ledger and audit log dated: money two seconds after it moved, never before the row above it.
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE wallets_transaction DISABLE TRIGGER wallets_transaction_unchanged;

UPDATE wallets_transaction t SET created_at = b.booked_at
FROM (
    SELECT id, max(occurred_at) OVER (PARTITION BY wallet_id ORDER BY sequence) + interval '2 seconds' AS booked_at
    FROM wallets_transaction
) b WHERE b.id = t.id;

ALTER TABLE wallets_transaction ENABLE TRIGGER wallets_transaction_unchanged;
SET CONSTRAINTS ALL DEFERRED;

UPDATE banking_delivery d SET received_at = t.transferred_at + interval '2 seconds'
FROM banking_banktransfer t WHERE t.delivery_id = d.id;

UPDATE banking_banktransfer
SET created_at = transferred_at + interval '2 seconds',
    verified_at = CASE
        WHEN verified_by <> '' THEN verified_at
        WHEN verified_at IS NOT NULL THEN transferred_at + interval '2 seconds'
    END;

-- What the rules decided and asked was at once; what people did stays of today.
UPDATE banking_decision d SET at = t.created_at FROM banking_banktransfer t WHERE t.id = d.transfer_id AND d.actor = 'rules';

UPDATE banking_pendingmatch m SET created_at = t.created_at FROM banking_banktransfer t WHERE t.id = m.transfer_id;

UPDATE banking_qrcode q SET created_at = c.created_at FROM customers_customer c WHERE c.id = q.customer_id;

UPDATE customers_activity a SET created_at = t.created_at
FROM wallets_transaction t WHERE a.reference_type = 'wallet_transaction' AND a.reference_id = t.id::text;

UPDATE customers_activity a SET created_at = c.created_at
FROM customers_customer c WHERE a.type = 'CUSTOMER_CREATED' AND c.id = a.customer_id;

UPDATE wallets_wallet w
SET created_at = c.created_at,
    updated_at = coalesce((SELECT max(t.created_at) FROM wallets_transaction t WHERE t.wallet_id = w.id), c.created_at)
FROM customers_customer c WHERE c.id = w.customer_id;

UPDATE customers_customer c SET updated_at = w.updated_at FROM wallets_wallet w WHERE w.customer_id = c.id;

-- What staff wrote was dated as it was written; history and audit log follow.
UPDATE customers_activity a SET created_at = n.created_at
FROM customers_note n WHERE a.reference_type = 'note' AND a.reference_id = n.id::text;

ALTER TABLE audit_logs DISABLE TRIGGER audit_logs_unchanged;

UPDATE audit_logs l SET at = n.created_at
FROM customers_note n WHERE l.action = 'customer.note.add' AND (l.after ->> 'note') = n.id::text;

UPDATE audit_logs l SET at = a.created_at
FROM customers_activity a
WHERE l.action = 'customer.update' AND l.subject = 'customer:' || a.customer_id AND a.type = 'PROFILE_UPDATED';

ALTER TABLE audit_logs ENABLE TRIGGER audit_logs_unchanged;

-- The attempts that failed were played in the days to come.
UPDATE wallets_pendingwithdrawal
SET created_at = created_at - interval '6 days',
    next_attempt_at = next_attempt_at - interval '6 days',
    last_attempt_at = last_attempt_at - interval '6 days',
    updated_at = updated_at - interval '6 days'
WHERE status = 'FAILED';

UPDATE customers_activity a SET created_at = p.last_attempt_at
FROM wallets_pendingwithdrawal p
WHERE p.status = 'FAILED' AND a.reference_type = 'pending_withdrawal' AND a.reference_id = p.id::text;

-- Orders were told week by week; their rows and lines of history are of the day on which it happened.
UPDATE customers_order SET created_at = ordered_at, updated_at = told_at;

UPDATE customers_activity a
SET created_at = CASE a.type WHEN 'ORDER_DELIVERED' THEN o.delivered_at WHEN 'ORDER_RETURNED' THEN o.returned_at
                 ELSE o.ordered_at END
FROM customers_order o WHERE a.reference_type = 'order' AND a.reference_id = o.external_code AND a.type LIKE 'ORDER_%';

-- What the database dated itself while a moment of the past was played. The order lines above keep their day.
UPDATE customers_activity a SET created_at = p.at
FROM demo_played p WHERE a.id > p.activity_after AND a.id <= p.activity_upto AND a.created_at = now();

UPDATE customers_tierchange c SET at = p.at
FROM demo_played p WHERE c.id > p.tier_after AND c.id <= p.tier_upto AND c.at = now();

UPDATE customers_tierchange c SET at = a.created_at
FROM customers_activity a
WHERE c.cause = 'person' AND c.at = now() AND a.customer_id = c.customer_id AND a.type = 'PROFILE_UPDATED';

ALTER TABLE audit_logs DISABLE TRIGGER audit_logs_unchanged;

UPDATE audit_logs l SET at = p.at
FROM demo_played p WHERE l.id > p.audit_after AND l.id <= p.audit_upto AND l.at = now();

ALTER TABLE audit_logs ENABLE TRIGGER audit_logs_unchanged;
