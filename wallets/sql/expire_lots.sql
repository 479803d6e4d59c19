-- Take what has run out by `p_at` from one wallet, oldest lot first, a row each. The caller holds the wallet's lock.
-- Tells how many lots ended, and what they held.
CREATE OR REPLACE FUNCTION wallets_expire_lots(
    p_wallet_id bigint, p_at timestamptz, OUT ended integer, OUT ended_vnd bigint
) LANGUAGE plpgsql AS $$
DECLARE
    lot wallets_virtualcredit;
    done wallets_transaction;
BEGIN
    ended := 0;
    ended_vnd := 0;
    FOR lot IN
        SELECT * FROM wallets_virtualcredit
        WHERE wallet_id = p_wallet_id AND status = 'ACTIVE' AND expires_at <= p_at
        ORDER BY expires_at, id
    LOOP
        UPDATE wallets_virtualcredit SET status = 'EXPIRED', remaining_vnd = 0, ended_at = p_at WHERE id = lot.id;
        -- A lot that was refilled may run out a second time: its expiry tells the two apart.
        SELECT * INTO done FROM wallets_post(
            p_wallet_id, 'VIRTUAL_EXPIRE', 0, -lot.remaining_vnd,
            'expire:' || lot.id || ':' || extract(epoch FROM lot.expires_at)::bigint, 'VIRTUAL_CREDIT_EXPIRE',
            'virtual_credit', lot.id::text, 'Công nợ ảo hết hạn - ID: ' || lot.id, 'system', lot.expires_at
        );
        INSERT INTO wallets_credituse (transaction_id, credit_id, amount_vnd)
        VALUES (done.id, lot.id, lot.remaining_vnd);
        ended := ended + 1;
        ended_vnd := ended_vnd + lot.remaining_vnd;
    END LOOP;
END $$;
