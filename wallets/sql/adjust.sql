-- Correct real money by hand, up or down, once per key. Raises N2K01 and N2K02 as the other operations do.
CREATE OR REPLACE FUNCTION wallets_adjust(
    p_customer_id bigint, p_amount_vnd bigint, p_key text, p_reference_type text, p_reference_id text,
    p_reason text, p_actor text, p_at timestamptz,
    OUT transaction_id bigint, OUT posted boolean
) LANGUAGE plpgsql AS $$
DECLARE
    held wallets_wallet;
    earlier wallets_transaction;
    done wallets_transaction;
BEGIN
    SELECT * INTO STRICT held FROM wallets_wallet WHERE customer_id = p_customer_id FOR UPDATE;

    SELECT * INTO earlier FROM wallets_transaction WHERE key = p_key AND type = 'ADJUSTMENT';
    IF FOUND THEN
        IF earlier.wallet_id <> held.id OR earlier.amount_vnd <> p_amount_vnd THEN
            RAISE EXCEPTION 'key % was already used for another adjustment', p_key USING ERRCODE = 'N2K01';
        END IF;
        transaction_id := earlier.id;
        posted := false;
        RETURN;
    END IF;
    IF held.real_vnd + p_amount_vnd < 0 THEN
        RAISE EXCEPTION 'Insufficient balance. Available: %, Required: %', held.real_vnd, -p_amount_vnd
            USING ERRCODE = 'N2K02';
    END IF;

    posted := true;
    SELECT * INTO done FROM wallets_post(
        held.id, 'ADJUSTMENT', p_amount_vnd, 0, p_key, 'MANUAL_ADJUSTMENT',
        p_reference_type, p_reference_id, p_reason, p_actor, p_at
    );
    transaction_id := done.id;
    PERFORM wallets_announce(
        p_customer_id, 'wallet.adjustment', done, p_amount_vnd,
        'WALLET_ADJUSTMENT', 'Điều chỉnh số dư', 'scale-balanced', 'amber'
    );
END $$;
