-- End what has run out in at most `p_wallets_max` wallets, and tell how many lots that were and what they held.
-- Wallets that others hold are left for the next run.
DROP FUNCTION IF EXISTS wallets_expire_due(timestamptz, integer);
CREATE FUNCTION wallets_expire_due(
    p_at timestamptz, p_wallets_max integer, OUT ended integer, OUT ended_vnd bigint
)
LANGUAGE plpgsql AS $$
DECLARE
    held record;
    gone record;
    last_row wallets_transaction;
BEGIN
    ended := 0;
    ended_vnd := 0;
    FOR held IN
        SELECT w.id, w.customer_id FROM wallets_wallet w
        WHERE w.id IN (
            SELECT c.wallet_id FROM wallets_virtualcredit c
            WHERE c.status = 'ACTIVE' AND c.expires_at <= p_at ORDER BY c.expires_at LIMIT p_wallets_max
        )
        ORDER BY w.id FOR UPDATE SKIP LOCKED
    LOOP
        SELECT * INTO STRICT gone FROM wallets_expire_lots(held.id, p_at);
        ended := ended + gone.ended;
        ended_vnd := ended_vnd + gone.ended_vnd;
        IF gone.ended > 0 THEN
            SELECT * INTO STRICT last_row FROM wallets_transaction WHERE wallet_id = held.id ORDER BY sequence DESC LIMIT 1;
            PERFORM wallets_announce(
                held.customer_id, 'wallet.virtual_credit', last_row, -gone.ended_vnd,
                'WALLET_VIRTUAL_CREDIT', 'Công nợ ảo hết hạn', 'hourglass-end', 'gray'
            );
        END IF;
    END LOOP;
END $$;
