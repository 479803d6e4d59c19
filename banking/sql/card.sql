-- What a customer's card shows of bank transfers: the newest, and the sum of those that wait for the accountant.
CREATE OR REPLACE FUNCTION banking_card(p_customer_id bigint, p_transfers_max integer) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    transfers json;
    waiting json;
BEGIN
    SELECT coalesce(json_agg(json_build_object(
        'id', t.id, 'sepay_id', t.sepay_id, 'transaction_code', nullif(t.code, ''), 'content', t.content,
        'amount', t.amount_vnd, 'transfer_type', t.direction, 'transaction_date', n2store_iso(t.transferred_at),
        'gateway', t.gateway, 'reference_code', nullif(t.reference_code, ''),
        'wallet_processed', t.wallet_transaction_id IS NOT NULL, 'wallet_tx_id', t.wallet_transaction_id,
        'verification_status', t.verification, 'match_method', nullif(t.match_method, '')
    ) ORDER BY t.transferred_at DESC, t.id DESC), '[]') INTO transfers
    FROM (
        SELECT * FROM banking_banktransfer WHERE customer_id = p_customer_id
        ORDER BY transferred_at DESC, id DESC LIMIT p_transfers_max
    ) t;

    SELECT json_build_object('count', count(*), 'total', coalesce(sum(amount_vnd), 0)) INTO waiting
    FROM banking_banktransfer
    WHERE customer_id = p_customer_id AND verification = 'PENDING_VERIFICATION' AND direction = 'in'
        AND wallet_transaction_id IS NULL;

    RETURN json_build_object('transfers', transfers, 'pending_deposits', waiting);
END $$;
