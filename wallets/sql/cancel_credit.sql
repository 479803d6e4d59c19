-- Take an untouched lot back. Raises N2K03 when some of it was spent, or it has ended already.
CREATE OR REPLACE FUNCTION wallets_cancel_credit(
    p_credit_id bigint, p_reason text, p_actor text, p_at timestamptz,
    OUT transaction_id bigint, OUT posted boolean
) LANGUAGE plpgsql AS $$
DECLARE
    lot wallets_virtualcredit;
    held wallets_wallet;
    done wallets_transaction;
BEGIN
    SELECT w.* INTO STRICT held FROM wallets_wallet w
    WHERE w.id = (SELECT c.wallet_id FROM wallets_virtualcredit c WHERE c.id = p_credit_id) FOR UPDATE;
    SELECT * INTO STRICT lot FROM wallets_virtualcredit WHERE id = p_credit_id;

    IF lot.status = 'CANCELLED' THEN
        SELECT t.id INTO STRICT transaction_id FROM wallets_transaction t
        WHERE t.key = 'cancel:' || lot.id AND t.type = 'VIRTUAL_CANCEL';
        posted := false;
        RETURN;
    END IF;
    IF lot.status <> 'ACTIVE' OR lot.remaining_vnd < lot.original_vnd THEN
        RAISE EXCEPTION 'credit % is % with % of % left', lot.id, lot.status, lot.remaining_vnd, lot.original_vnd
            USING ERRCODE = 'N2K03';
    END IF;

    posted := true;
    UPDATE wallets_virtualcredit SET status = 'CANCELLED', remaining_vnd = 0, ended_at = p_at WHERE id = lot.id;
    SELECT * INTO done FROM wallets_post(
        held.id, 'VIRTUAL_CANCEL', 0, -lot.remaining_vnd, 'cancel:' || lot.id, 'VIRTUAL_CREDIT_CANCEL',
        'virtual_credit', lot.id::text, p_reason, p_actor, p_at
    );
    transaction_id := done.id;
    INSERT INTO wallets_credituse (transaction_id, credit_id, amount_vnd) VALUES (done.id, lot.id, lot.remaining_vnd);
    PERFORM wallets_announce(
        held.customer_id, 'wallet.virtual_credit', done, -lot.remaining_vnd,
        'WALLET_VIRTUAL_CREDIT', 'Thu hồi công nợ ảo', 'gift', 'red'
    );
END $$;
