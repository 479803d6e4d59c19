-- Issue virtual credit once per key: a lot with its own expiry, the ledger row, activity and event.
-- Raises N2K01 when the key was used for another amount or wallet.
CREATE OR REPLACE FUNCTION wallets_issue_credit(
    p_customer_id bigint, p_amount_vnd bigint, p_expires_at timestamptz, p_key text,
    p_source_type text, p_source_id text, p_note text, p_actor text, p_at timestamptz,
    OUT credit_id bigint, OUT posted boolean
) LANGUAGE plpgsql AS $$
DECLARE
    held wallets_wallet;
    earlier wallets_transaction;
    done wallets_transaction;
BEGIN
    SELECT * INTO STRICT held FROM wallets_wallet WHERE customer_id = p_customer_id FOR UPDATE;

    SELECT * INTO earlier FROM wallets_transaction WHERE key = p_key AND type = 'VIRTUAL_CREDIT';
    IF FOUND THEN
        IF earlier.wallet_id <> held.id OR earlier.amount_vnd <> p_amount_vnd THEN
            RAISE EXCEPTION 'key % was already used for another credit', p_key USING ERRCODE = 'N2K01';
        END IF;
        SELECT id INTO STRICT credit_id FROM wallets_virtualcredit WHERE issue_id = earlier.id;
        posted := false;
        RETURN;
    END IF;

    credit_id := nextval(pg_get_serial_sequence('wallets_virtualcredit', 'id'));
    posted := true;
    SELECT * INTO done FROM wallets_post(
        held.id, 'VIRTUAL_CREDIT', 0, p_amount_vnd, p_key, 'VIRTUAL_CREDIT_ISSUE',
        CASE WHEN p_source_id = '' THEN 'virtual_credit' ELSE 'ticket' END,
        CASE WHEN p_source_id = '' THEN credit_id::text ELSE p_source_id END,
        p_note, p_actor, p_at
    );
    INSERT INTO wallets_virtualcredit (
        id, wallet_id, issue_id, original_vnd, remaining_vnd, issued_at, expires_at, status,
        source_type, source_id, note, actor
    ) VALUES (
        credit_id, held.id, done.id, p_amount_vnd, p_amount_vnd, p_at, p_expires_at, 'ACTIVE',
        p_source_type, p_source_id, p_note, p_actor
    );
    PERFORM wallets_announce(
        p_customer_id, 'wallet.virtual_credit', done, p_amount_vnd,
        'WALLET_VIRTUAL_CREDIT', 'Cấp công nợ ảo', 'gift', 'purple'
    );
END $$;
