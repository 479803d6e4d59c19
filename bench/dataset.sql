-- The large shop: customers with a wallet each, transfers with all that taking them leaves behind. Set-based.
-- Parameters: customers, transfers, fat (customers with a long history), fat_transfers, lot_owners, lots_each,
-- families, middles, givens.
CREATE TEMP TABLE move AS
SELECT n, CASE WHEN n <= %(fat_transfers)s THEN 1 + n %% %(fat)s
          ELSE 1 + (hashint8(n) & 2147483647)::bigint %% %(customers)s END AS customer_id,
       20000 + 1000 * ((hashint8(n + 7) & 2147483647)::bigint %% 800) AS amount,
       now() - (%(transfers)s - n) * (interval '200 days' / %(transfers)s) AS at
FROM generate_series(1::bigint, %(transfers)s) n;

CREATE TEMP TABLE booked AS
SELECT *, row_number() OVER wallet AS sequence, sum(amount) OVER wallet AS after,
       '09' || lpad(customer_id::text, 8, '0') AS phone
FROM move WINDOW wallet AS (PARTITION BY customer_id ORDER BY n) ORDER BY n;
ANALYZE booked;

INSERT INTO customers_customer (id, phone, name, tier, address, created_at, updated_at)
SELECT n, '09' || lpad(n::text, 8, '0'),
       (%(families)s::text[])[1 + n %% cardinality(%(families)s::text[])] || ' '
       || (%(middles)s::text[])[1 + n / 7 %% cardinality(%(middles)s::text[])] || ' '
       || (%(givens)s::text[])[1 + n / 11 %% cardinality(%(givens)s::text[])],
       CASE WHEN n %% 25 = 0 THEN 'platinum' WHEN n %% 8 = 0 THEN 'gold' WHEN n %% 3 = 0 THEN 'silver' ELSE 'new' END,
       n %% 400 || ' Lê Lợi, Quận ' || 1 + n %% 12, at, at
FROM (SELECT n, now() - (%(customers)s - n) * (interval '400 days' / %(customers)s) AS at
      FROM generate_series(1::bigint, %(customers)s) n) made;

INSERT INTO wallets_wallet (
    id, customer_id, real_vnd, virtual_vnd, last_sequence, total_deposited_vnd, total_virtual_issued_vnd,
    created_at, updated_at
)
SELECT c.id, c.id, coalesce(b.total, 0), l.lots * 50000, coalesce(b.count, 0) + l.lots, coalesce(b.total, 0),
       l.lots * 50000, c.created_at, coalesce(b.at, c.created_at)
FROM customers_customer c
LEFT JOIN (SELECT customer_id, sum(amount) AS total, count(*) AS count, max(at) AS at FROM booked GROUP BY 1) b
    ON b.customer_id = c.id
CROSS JOIN LATERAL (SELECT CASE WHEN c.id <= %(lot_owners)s THEN %(lots_each)s ELSE 0 END AS lots) l
ORDER BY c.id;

INSERT INTO wallets_transaction (
    id, wallet_id, sequence, type, amount_vnd, real_before_vnd, real_after_vnd, virtual_before_vnd, virtual_after_vnd,
    source, reference_type, reference_id, key, note, actor, occurred_at, created_at
)
SELECT n, customer_id, sequence, 'DEPOSIT', amount, after - amount, after, 0, 0,
       'BANK_TRANSFER', 'balance_history', n::text, 'sepay:' || n, 'Nạp từ CK (Phone: ' || phone || ')', 'sepay', at, at
FROM booked ORDER BY booked.n;

-- Live lots, issued after the deposits: 50,000 dong each.
CREATE TEMP TABLE lot AS
SELECT row_number() OVER (ORDER BY owner, k) AS n, owner, k, w.real_vnd, w.last_sequence - %(lots_each)s + k AS sequence
FROM generate_series(1::bigint, %(lot_owners)s) owner
CROSS JOIN generate_series(1, %(lots_each)s) k
JOIN wallets_wallet w ON w.id = owner;

INSERT INTO wallets_transaction (
    id, wallet_id, sequence, type, amount_vnd, real_before_vnd, real_after_vnd, virtual_before_vnd, virtual_after_vnd,
    source, reference_type, reference_id, key, note, actor, occurred_at, created_at
)
SELECT %(transfers)s + n, owner, sequence, 'VIRTUAL_CREDIT', 50000, real_vnd, real_vnd, (k - 1) * 50000, k * 50000,
       'VIRTUAL_CREDIT_ISSUE', 'virtual_credit', n::text, 'lot:' || n, 'Cấp công nợ ảo', 'ketoan', now(), now()
FROM lot ORDER BY n;

INSERT INTO wallets_virtualcredit (
    id, wallet_id, issue_id, original_vnd, remaining_vnd, issued_at, expires_at, status, source_type, source_id, note,
    actor
)
SELECT n, owner, %(transfers)s + n, 50000, 50000, now(), now() + interval '15 days' + k * interval '1 hour', 'ACTIVE',
       'COMPENSATION', '', 'Cấp công nợ ảo', 'ketoan'
FROM lot ORDER BY n;

INSERT INTO banking_delivery (id, provider, external_id, body, received_at)
SELECT n, 'sepay', n,
       json_build_object('id', n, 'gateway', 'ACB', 'transactionDate', to_char(at, 'YYYY-MM-DD HH24:MI:SS'),
           'accountNumber', '75918', 'subAccount', NULL, 'code', NULL, 'content', phone || ' chuyen tien',
           'transferType', 'in', 'description', 'BankAPINotify ' || phone || ' chuyen tien', 'transferAmount', amount,
           'referenceCode', 'FT' || n, 'accumulated', 18250000)::text, at
FROM booked ORDER BY booked.n;

INSERT INTO banking_banktransfer (
    id, sepay_id, delivery_id, gateway, transferred_at, account_number, sub_account, code, content, direction,
    amount_vnd, accumulated_vnd, reference_code, description, customer_id, wallet_transaction_id, verification,
    match_method, matched_text, verified_at, verified_by, created_at
)
SELECT n, n, n, 'ACB', at, '75918', '', '', phone || ' chuyen tien', 'in', amount, 18250000, 'FT' || n,
       'BankAPINotify ' || phone || ' chuyen tien', customer_id, n, 'AUTO_APPROVED', 'exact_phone', phone, at, '', at
FROM booked ORDER BY booked.n;

INSERT INTO customers_activity (customer_id, type, title, icon, color, actor, created_at)
SELECT id, 'CUSTOMER_CREATED', 'Thêm khách hàng: ' || phone, 'user-plus', 'blue', 'sepay', created_at
FROM customers_customer ORDER BY id;

INSERT INTO customers_activity (
    customer_id, type, title, description, reference_type, reference_id, icon, color, actor, created_at
)
SELECT customer_id, 'WALLET_DEPOSIT', 'Nạp tiền: ' || amount || 'đ', 'Nạp từ CK (Phone: ' || phone || ')',
       'wallet_transaction', n::text, 'university', 'green', 'sepay', at
FROM booked ORDER BY booked.n;

INSERT INTO customers_activity (customer_id, type, title, icon, color, actor, created_at)
SELECT customer_id, 'NOTE_ADDED', 'Hẹn gửi tối thứ bảy', 'sticky-note', 'yellow', 'cskh', at
FROM booked WHERE n <= %(fat_transfers)s ORDER BY n;

INSERT INTO customers_recency (customer_id, activity_id)
SELECT customer_id, max(id) FROM customers_activity GROUP BY customer_id;

-- N2 and sixteen letters or digits; bench/webhook.py computes the same.
INSERT INTO banking_qrcode (code, customer_id, created_at)
SELECT 'N2' || upper(left(md5(id::text), 16)), id, created_at FROM customers_customer WHERE id <= %(customers)s / 2;

INSERT INTO n2store_event (position, name, topics, payload, created_at)
SELECT nextval('n2store_event_position'), 'wallet.deposit', ARRAY['wallets', 'wallet:' || phone],
       jsonb_build_object('customer_id', customer_id, 'phone', phone, 'amount', amount), at
FROM booked WHERE at > now() - interval '7 days' ORDER BY n;

SELECT setval(pg_get_serial_sequence('wallets_virtualcredit', 'id'), (SELECT max(id) FROM wallets_virtualcredit)),
       setval(pg_get_serial_sequence('customers_customer', 'id'), %(customers)s),
       setval(pg_get_serial_sequence('wallets_wallet', 'id'), %(customers)s),
       setval(pg_get_serial_sequence('wallets_transaction', 'id'), (SELECT max(id) FROM wallets_transaction)),
       setval(pg_get_serial_sequence('banking_delivery', 'id'), %(transfers)s),
       setval(pg_get_serial_sequence('banking_banktransfer', 'id'), %(transfers)s);
