-- Take an order's money once for each customer: write down that it is to be taken, and try at once.
--
-- `outcome` is 'tried'; 'known' for an order whose money was taken before; and, with nothing changed, 'cancelled' or
-- 'amount_differs'. A failed one is begun anew. Raises N2K04 (blacklisted), N2K05 (no such customer).
-- Holding and cancelling one order happen one after the other, also while there is no row yet that could be locked.
-- Locks are taken in one order everywhere: the order, the row, the wallet.
CREATE OR REPLACE FUNCTION wallets_pending_hold(
    p_customer_id bigint, p_phone text, p_order_id text, p_order_number text, p_amount_vnd bigint,
    p_source text, p_note text, p_actor text, p_attempts_max integer, p_at timestamptz, p_first_wait interval,
    OUT outcome text, OUT answer jsonb
) LANGUAGE plpgsql AS $$
DECLARE
    owner customers_customer;
    held wallets_pendingwithdrawal;
    earlier record;
    counts boolean := true;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('wallets.order:' || p_order_id, 0));
    IF p_phone IS NULL THEN
        SELECT * INTO owner FROM customers_customer WHERE id = p_customer_id;
    ELSE
        SELECT * INTO owner FROM customers_customer WHERE phone = p_phone;
    END IF;
    IF owner.id IS NULL THEN
        RAISE EXCEPTION 'Customer not found' USING ERRCODE = 'N2K05';
    END IF;

    SELECT * INTO held FROM wallets_pendingwithdrawal
    WHERE order_id = p_order_id AND customer_id = owner.id FOR UPDATE;
    answer := wallets_pending_answer(held, owner.phone);
    outcome := CASE
        WHEN held.status = 'CANCELLED' OR EXISTS (SELECT FROM wallets_cancelledorder WHERE order_id = p_order_id)
            THEN 'cancelled'
        WHEN held.amount_vnd <> p_amount_vnd THEN 'amount_differs'
        WHEN held.status = 'COMPLETED' THEN 'known'
        ELSE 'tried'
    END;
    IF outcome <> 'tried' THEN
        RETURN;
    END IF;
    IF owner.tier = 'blacklist' THEN
        RAISE EXCEPTION 'The customer is blacklisted' USING ERRCODE = 'N2K04';
    END IF;

    IF held.id IS NULL THEN
        -- The order may have been paid at the other door: then this repeats it, with the same amount or another, or
        -- comes after that was given back.
        SELECT * INTO STRICT earlier FROM wallets_order_paid(p_order_id, owner.id);
        IF earlier.given_back OR earlier.paid NOT IN (0, p_amount_vnd) THEN
            outcome := CASE WHEN earlier.given_back THEN 'cancelled' ELSE 'amount_differs' END;
            RETURN;
        END IF;
        INSERT INTO wallets_pendingwithdrawal (
            order_id, order_number, customer_id, amount_vnd, source, note, actor, max_attempts, next_attempt_at,
            created_at, updated_at
        ) VALUES (
            p_order_id, p_order_number, owner.id, p_amount_vnd, p_source, p_note, p_actor, p_attempts_max, p_at,
            p_at, p_at
        ) RETURNING * INTO held;
    ELSIF held.status = 'FAILED' THEN
        UPDATE wallets_pendingwithdrawal SET status = 'PENDING', attempts = 0, actor = p_actor WHERE id = held.id;
    ELSE
        counts := held.next_attempt_at <= p_at;
    END IF;

    answer := wallets_pending_answer(wallets_pending_capture(held.id, p_at, p_first_wait, counts), owner.phone);
END $$;
