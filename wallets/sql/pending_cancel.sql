-- End a pending withdrawal whose money was not taken. A repeat changes nothing.
-- `outcome` is 'cancelled', 'taken' when the money has moved already, or NULL when there is no such row.
CREATE OR REPLACE FUNCTION wallets_pending_cancel(
    p_id bigint, p_reason text, p_at timestamptz, OUT outcome text, OUT answer jsonb
) LANGUAGE plpgsql AS $$
DECLARE
    held wallets_pendingwithdrawal;
    owner_phone text;
BEGIN
    SELECT * INTO held FROM wallets_pendingwithdrawal WHERE id = p_id FOR UPDATE;
    IF held.id IS NULL THEN
        RETURN;
    END IF;
    SELECT phone INTO STRICT owner_phone FROM customers_customer WHERE id = held.customer_id;

    outcome := CASE
        WHEN held.status = 'CANCELLED' THEN 'cancelled'
        WHEN (SELECT o.paid FROM wallets_order_paid(held.order_id, held.customer_id) o) > 0 THEN 'taken'
        ELSE 'cancelled'
    END;
    IF outcome = 'cancelled' AND held.status <> 'CANCELLED' THEN
        UPDATE wallets_pendingwithdrawal SET
            status = 'CANCELLED', last_error = p_reason, updated_at = p_at,
            released_at = CASE WHEN completed_at IS NOT NULL THEN p_at END  -- Given back row by row, by hand.
        WHERE id = held.id RETURNING * INTO held;
    END IF;
    answer := wallets_pending_answer(held, owner_phone);
END $$;
