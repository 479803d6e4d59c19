-- Give back what an order took: every row of the withdrawal is reversed, the lots are refilled, the order is paid no
-- more. A repeat changes nothing.
-- `outcome` is 'released', 'not_taken' when there is nothing to give back, or NULL when there is no such row.
CREATE OR REPLACE FUNCTION wallets_pending_release(
    p_id bigint, p_reason text, p_actor text, p_at timestamptz, p_grace_until timestamptz,
    OUT outcome text, OUT answer jsonb
) LANGUAGE plpgsql AS $$
DECLARE
    held wallets_pendingwithdrawal;
    owner_phone text;
    spent record;
BEGIN
    SELECT * INTO held FROM wallets_pendingwithdrawal WHERE id = p_id FOR UPDATE;
    IF held.id IS NULL THEN
        RETURN;
    END IF;
    SELECT phone INTO STRICT owner_phone FROM customers_customer WHERE id = held.customer_id;

    IF held.status NOT IN ('COMPLETED', 'CANCELLED')
       AND (SELECT o.paid FROM wallets_order_paid(held.order_id, held.customer_id) o) = held.amount_vnd THEN
        -- Paid at the other door meanwhile: this takes nothing, and says so.
        held := wallets_pending_capture(held.id, p_at, interval '1 minute', false);
    END IF;
    outcome := CASE WHEN held.completed_at IS NULL THEN 'not_taken' ELSE 'released' END;
    IF held.status = 'COMPLETED' THEN
        FOR spent IN
            SELECT t.id FROM wallets_transaction t
            WHERE t.key = 'order:' || held.order_id || ':' || held.customer_id
              AND t.type IN ('VIRTUAL_DEBIT', 'WITHDRAW')
            ORDER BY t.sequence DESC
        LOOP
            PERFORM wallets_reverse(spent.id, p_reason, p_actor, p_at, p_grace_until);
        END LOOP;
        UPDATE wallets_pendingwithdrawal
        SET status = 'CANCELLED', released_at = p_at, last_error = p_reason, updated_at = p_at
        WHERE id = held.id RETURNING * INTO held;
    END IF;
    answer := wallets_pending_answer(held, owner_phone);
END $$;
