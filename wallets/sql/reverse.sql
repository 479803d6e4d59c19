-- Take one row back, at most once: the opposite movement, naming the row. Spent lots are refilled; one that ran out
-- meanwhile lives again until `p_grace_until`, and the row's note says so.
-- Raises N2K02 when the money is no longer there, N2K03 when the row cannot be taken back. A row that was taken
-- back already answers with that reversal. A use that brought a lot back to life keeps until when the lot had been
-- good, so that its whole past can be told.
CREATE OR REPLACE FUNCTION wallets_reverse(
    p_transaction_id bigint, p_reason text, p_actor text, p_at timestamptz, p_grace_until timestamptz,
    OUT reversal_id bigint, OUT posted boolean
) LANGUAGE plpgsql AS $$
DECLARE
    original wallets_transaction;
    held wallets_wallet;
    done wallets_transaction;
    used record;
    revived integer := 0;
    back_lots bigint[] := '{}';
    back_amounts bigint[] := '{}';
    ran_out_at timestamptz[] := '{}';
    real_back bigint;
    virtual_back bigint;
BEGIN
    SELECT * INTO STRICT original FROM wallets_transaction WHERE id = p_transaction_id;
    SELECT * INTO STRICT held FROM wallets_wallet WHERE id = original.wallet_id FOR UPDATE;

    SELECT id INTO reversal_id FROM wallets_transaction WHERE reverses_id = original.id;
    IF FOUND THEN
        posted := false;
        RETURN;
    END IF;
    IF original.type NOT IN ('DEPOSIT', 'WITHDRAW', 'VIRTUAL_DEBIT', 'ADJUSTMENT') THEN
        RAISE EXCEPTION 'a % is not taken back by a reversal', original.type USING ERRCODE = 'N2K03';
    END IF;
    posted := true;
    real_back := original.real_before_vnd - original.real_after_vnd;
    virtual_back := original.virtual_before_vnd - original.virtual_after_vnd;
    IF held.real_vnd + real_back < 0 THEN
        RAISE EXCEPTION 'Insufficient balance. Available: %, Required: %', held.real_vnd, -real_back
            USING ERRCODE = 'N2K02';
    END IF;

    FOR used IN
        SELECT c.id, c.expires_at, u.amount_vnd FROM wallets_credituse u
        JOIN wallets_virtualcredit c ON c.id = u.credit_id WHERE u.transaction_id = original.id
        ORDER BY c.expires_at, c.id
    LOOP
        revived := revived + (used.expires_at <= p_at)::int;
        back_lots := back_lots || used.id;
        back_amounts := back_amounts || -used.amount_vnd;
        ran_out_at := ran_out_at || CASE WHEN used.expires_at <= p_at THEN used.expires_at END;
        UPDATE wallets_virtualcredit
        SET remaining_vnd = remaining_vnd + used.amount_vnd, status = 'ACTIVE', ended_at = NULL,
            expires_at = CASE WHEN expires_at <= p_at THEN p_grace_until ELSE expires_at END
        WHERE id = used.id;
    END LOOP;

    SELECT * INTO done FROM wallets_post(
        held.id, 'REVERSAL', real_back, virtual_back, 'reverse:' || original.id, original.source,
        'wallet_transaction', original.id::text,
        p_reason || CASE WHEN revived > 0 THEN
            ' (' || revived || ' khoản công nợ ảo đã hết hạn được gia hạn đến '
            || to_char(p_grace_until AT TIME ZONE 'Asia/Ho_Chi_Minh', 'DD/MM/YYYY HH24:MI') || ')' ELSE '' END,
        p_actor, p_at, original.id
    );
    reversal_id := done.id;
    INSERT INTO wallets_credituse (transaction_id, credit_id, amount_vnd, good_until)
    SELECT done.id, u.lot_id, u.amount, u.ran_out_at
    FROM unnest(back_lots, back_amounts, ran_out_at) AS u (lot_id, amount, ran_out_at);
    PERFORM wallets_announce(
        held.customer_id, 'wallet.reversal', done, done.amount_vnd, 'WALLET_REVERSAL', 'Hoàn tác', 'rotate-left', 'amber'
    );
END $$;
