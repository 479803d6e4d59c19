-- Try the pending withdrawal that has been due longest, and tell what became of it; NULL when none is due.
-- One row a call: a transaction never holds two wallets. Rows in other hands are left to them.
CREATE OR REPLACE FUNCTION wallets_pending_next(p_at timestamptz, p_first_wait interval, OUT status text)
LANGUAGE plpgsql AS $$
DECLARE
    due_id bigint;
BEGIN
    SELECT p.id INTO due_id FROM wallets_pendingwithdrawal p
    WHERE p.status IN ('PENDING', 'PROCESSING') AND p.next_attempt_at <= p_at
    ORDER BY p.next_attempt_at, p.id LIMIT 1 FOR UPDATE SKIP LOCKED;
    IF due_id IS NOT NULL THEN
        SELECT c.status INTO status FROM wallets_pending_capture(due_id, p_at, p_first_wait, true) c;
    END IF;
END $$;
