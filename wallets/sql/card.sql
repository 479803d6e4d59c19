-- What a customer's card and the lists of customers show of money. Credit that has run out counts for nothing from that
-- moment on, whether or not the hourly job has seen it.
CREATE OR REPLACE VIEW wallets_available AS
SELECT w.customer_id, w.real_vnd, w.virtual_vnd - gone.vnd AS virtual_vnd
FROM wallets_wallet w
CROSS JOIN LATERAL (
    SELECT coalesce(sum(v.remaining_vnd), 0)::bigint AS vnd FROM wallets_virtualcredit v
    WHERE v.wallet_id = w.id AND v.status = 'ACTIVE' AND v.expires_at <= now()
) gone;

-- Both balances and the live lots, the one that expires first on top; at most p_lots_max of them are listed.
CREATE OR REPLACE FUNCTION wallets_card(p_customer_id bigint, p_lots_max integer) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    held wallets_wallet;
    live_vnd bigint;
    lots json;
BEGIN
    SELECT * INTO STRICT held FROM wallets_wallet WHERE customer_id = p_customer_id;

    SELECT coalesce(sum(remaining_vnd), 0) INTO live_vnd FROM wallets_virtualcredit
    WHERE wallet_id = held.id AND status = 'ACTIVE' AND expires_at > now();

    SELECT coalesce(json_agg(json_build_object(
        'id', v.id, 'original_amount', v.original_vnd, 'remaining_amount', v.remaining_vnd,
        'issued_at', n2store_iso(v.issued_at), 'expires_at', n2store_iso(v.expires_at), 'status', v.status,
        'source_type', v.source_type, 'source_id', nullif(v.source_id, ''), 'note', nullif(v.note, ''),
        'days_left', ceil(extract(epoch FROM v.expires_at - now()) / 86400)::integer
    ) ORDER BY v.expires_at, v.id), '[]') INTO lots
    FROM (
        SELECT * FROM wallets_virtualcredit
        WHERE wallet_id = held.id AND status = 'ACTIVE' AND expires_at > now() ORDER BY expires_at, id LIMIT p_lots_max
    ) v;

    RETURN json_build_object(
        'id', held.id, 'balance', held.real_vnd, 'virtualBalance', live_vnd, 'total', held.real_vnd + live_vnd,
        'total_deposited', held.total_deposited_vnd, 'total_withdrawn', held.total_withdrawn_vnd,
        'total_virtual_issued', held.total_virtual_issued_vnd, 'total_virtual_used', held.total_virtual_used_vnd,
        'total_virtual_expired', held.total_virtual_expired_vnd, 'virtualCredits', lots
    );
END $$;

-- Whose wallet paid for an order, or is to pay for it: for finding a customer by order code.
CREATE OR REPLACE FUNCTION wallets_customers_of_order(p_order_id text) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE ROWS 2 AS $$
BEGIN
    RETURN QUERY
    SELECT w.customer_id FROM wallets_transaction t JOIN wallets_wallet w ON w.id = t.wallet_id
    WHERE t.reference_type = 'order' AND t.reference_id = p_order_id
    UNION
    SELECT p.customer_id FROM wallets_pendingwithdrawal p WHERE p.order_id = p_order_id;
END $$;

-- The newest movements, as few words as a hover shows.
CREATE OR REPLACE FUNCTION wallets_glance(p_customer_id bigint, p_max integer) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT coalesce(json_agg(json_build_object(
            'id', t.id, 'type', t.type, 'amount', t.amount_vnd, 'note', nullif(t.note, ''),
            'created_at', n2store_iso(t.created_at)
        ) ORDER BY t.sequence DESC), '[]')
        FROM (
            SELECT t.* FROM wallets_transaction t JOIN wallets_wallet w ON w.id = t.wallet_id
            WHERE w.customer_id = p_customer_id ORDER BY t.sequence DESC LIMIT p_max
        ) t
    );
END $$;
