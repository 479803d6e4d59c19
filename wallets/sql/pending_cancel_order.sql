-- Cancel an order: what waits is ended, and what comes later for this order is refused, whoever it is for.
-- `outcome` is 'taken', with nothing changed, while money of the order is out, by whichever door: that is to be given back first.
-- `answer` lists the withdrawals that were ended.
CREATE OR REPLACE FUNCTION wallets_pending_cancel_order(
    p_order_id text, p_reason text, p_actor text, p_at timestamptz, OUT outcome text, OUT answer jsonb
) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('wallets.order:' || p_order_id, 0));
    PERFORM FROM wallets_pendingwithdrawal WHERE order_id = p_order_id ORDER BY id FOR UPDATE;
    IF EXISTS (
        SELECT FROM wallets_transaction t LEFT JOIN wallets_transaction r ON r.reverses_id = t.id
        WHERE t.reference_type = 'order' AND t.reference_id = p_order_id AND r.id IS NULL
          AND t.type IN ('VIRTUAL_DEBIT', 'WITHDRAW')
    ) THEN
        outcome := 'taken';
        RETURN;
    END IF;

    outcome := 'cancelled';
    SELECT coalesce(jsonb_agg(wallets_pending_answer(p, c.phone) ORDER BY p.id), '[]') INTO answer
    FROM wallets_pendingwithdrawal p JOIN customers_customer c ON c.id = p.customer_id
    WHERE p.order_id = p_order_id AND p.status <> 'CANCELLED';

    UPDATE wallets_pendingwithdrawal SET
        status = 'CANCELLED', last_error = p_reason, updated_at = p_at,
        released_at = CASE WHEN completed_at IS NOT NULL THEN p_at END  -- Given back row by row, by hand.
    WHERE order_id = p_order_id AND status <> 'CANCELLED';
    INSERT INTO wallets_cancelledorder (order_id, reason, actor, created_at)
    VALUES (p_order_id, p_reason, p_actor, p_at) ON CONFLICT (order_id) DO NOTHING;
END $$;
