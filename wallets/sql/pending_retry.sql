-- Try a pending withdrawal now, because somebody says so; a failed one is begun anew.
-- `outcome` is 'tried', 'known' when the money was taken before, 'cancelled', or NULL when there is no such row.
CREATE OR REPLACE FUNCTION wallets_pending_retry(
    p_id bigint, p_at timestamptz, p_first_wait interval, OUT outcome text, OUT answer jsonb
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

    outcome := CASE held.status WHEN 'COMPLETED' THEN 'known' WHEN 'CANCELLED' THEN 'cancelled' ELSE 'tried' END;
    IF outcome = 'tried' THEN
        IF held.status = 'FAILED' THEN
            UPDATE wallets_pendingwithdrawal SET status = 'PENDING', attempts = 0 WHERE id = held.id;
        END IF;
        held := wallets_pending_capture(held.id, p_at, p_first_wait, held.status = 'FAILED' OR held.next_attempt_at <= p_at);
    END IF;
    answer := wallets_pending_answer(held, owner_phone);
END $$;
