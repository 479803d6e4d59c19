-- Spend once per key: lots first, the one that expires earliest before the others, then real money; all or nothing.
--
-- What is spendable is decided by `p_at`: lots that have run out are taken away first, whether or not the hourly job
-- has seen them. A spend of both kinds is two rows under one key. The plan is wallets/ledger.py's `plan_withdrawal`.
-- Raises N2K01 when the key was used for another amount or wallet, N2K02 when there is not enough.
CREATE OR REPLACE FUNCTION wallets_withdraw(
    p_customer_id bigint, p_amount_vnd bigint, p_key text,
    p_reference_type text, p_reference_id text, p_note text, p_actor text, p_at timestamptz,
    OUT posted boolean, OUT virtual_used bigint, OUT real_used bigint, OUT real_after bigint, OUT virtual_after bigint
) LANGUAGE plpgsql AS $$
DECLARE
    held wallets_wallet;
    other_wallet boolean;
    lot wallets_virtualcredit;
    done wallets_transaction;
    taken bigint;
    spends bigint[] := '{}';
    spent_lots bigint[] := '{}';
BEGIN
    SELECT * INTO STRICT held FROM wallets_wallet WHERE customer_id = p_customer_id FOR UPDATE;

    SELECT coalesce(-sum(amount_vnd) FILTER (WHERE type = 'VIRTUAL_DEBIT'), 0),
           coalesce(-sum(amount_vnd) FILTER (WHERE type = 'WITHDRAW'), 0),
           bool_or(wallet_id <> held.id)
    INTO virtual_used, real_used, other_wallet
    FROM wallets_transaction WHERE key = p_key AND type IN ('VIRTUAL_DEBIT', 'WITHDRAW');
    IF other_wallet IS NOT NULL THEN
        IF other_wallet OR virtual_used + real_used <> p_amount_vnd THEN
            RAISE EXCEPTION 'key % was already used for another withdrawal', p_key USING ERRCODE = 'N2K01';
        END IF;
        posted := false;
        real_after := held.real_vnd;
        virtual_after := held.virtual_vnd;
        RETURN;
    END IF;

    IF (SELECT e.ended FROM wallets_expire_lots(held.id, p_at) e) > 0 THEN
        SELECT * INTO STRICT held FROM wallets_wallet WHERE id = held.id;
    END IF;
    IF held.real_vnd + held.virtual_vnd < p_amount_vnd THEN
        RAISE EXCEPTION 'Insufficient balance. Available: %, Required: %', held.real_vnd + held.virtual_vnd, p_amount_vnd
            USING ERRCODE = 'N2K02';
    END IF;

    posted := true;
    virtual_used := 0;
    FOR lot IN
        SELECT * FROM wallets_virtualcredit WHERE wallet_id = held.id AND status = 'ACTIVE' ORDER BY expires_at, id
    LOOP
        EXIT WHEN virtual_used = p_amount_vnd;
        taken := least(lot.remaining_vnd, p_amount_vnd - virtual_used);
        UPDATE wallets_virtualcredit
        SET remaining_vnd = remaining_vnd - taken,
            status = CASE WHEN remaining_vnd = taken THEN 'USED' ELSE 'ACTIVE' END,
            ended_at = CASE WHEN remaining_vnd = taken THEN p_at END
        WHERE id = lot.id;
        spends := spends || taken;
        spent_lots := spent_lots || lot.id;
        virtual_used := virtual_used + taken;
    END LOOP;
    real_used := p_amount_vnd - virtual_used;

    IF virtual_used > 0 THEN
        SELECT * INTO done FROM wallets_post(
            held.id, 'VIRTUAL_DEBIT', 0, -virtual_used, p_key, 'ORDER_PAYMENT',
            p_reference_type, p_reference_id, p_note, p_actor, p_at
        );
        INSERT INTO wallets_credituse (transaction_id, credit_id, amount_vnd)
        SELECT done.id, u.lot_id, u.amount FROM unnest(spent_lots, spends) AS u (lot_id, amount);
    END IF;
    IF real_used > 0 THEN
        SELECT * INTO done FROM wallets_post(
            held.id, 'WITHDRAW', -real_used, 0, p_key, 'ORDER_PAYMENT',
            p_reference_type, p_reference_id, p_note, p_actor, p_at
        );
    END IF;
    real_after := done.real_after_vnd;
    virtual_after := done.virtual_after_vnd;
    PERFORM wallets_announce(
        p_customer_id, 'wallet.withdraw', done, -p_amount_vnd, 'WALLET_WITHDRAW', 'Rút tiền', 'shopping-cart', 'red'
    );
END $$;
