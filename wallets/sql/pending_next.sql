-- Try one pending withdrawal, and tell what became of it; NULL when there is none to try. First comes what has been due
-- longest, but what the wallet covers by now is tried as well, before its time: money that has come in is not left
-- waiting for the end of a long pause. Such a try uses no attempt up, and comes once in a run (`p_at`).
-- One row a call: a transaction never holds two wallets. Rows in other hands are left to them.
CREATE OR REPLACE FUNCTION wallets_pending_next(p_at timestamptz, p_first_wait interval, OUT status text)
LANGUAGE plpgsql AS $$
DECLARE
    chosen record;
BEGIN
    SELECT p.id, p.next_attempt_at <= p_at AS due INTO chosen
    FROM wallets_pendingwithdrawal p JOIN wallets_wallet w ON w.customer_id = p.customer_id
    WHERE p.status IN ('PENDING', 'PROCESSING')
      AND (p.next_attempt_at <= p_at
           OR (w.real_vnd + w.virtual_vnd >= p.amount_vnd AND (p.last_attempt_at IS NULL OR p.last_attempt_at < p_at)))
    ORDER BY p.next_attempt_at, p.id LIMIT 1 FOR UPDATE OF p SKIP LOCKED;
    IF chosen.id IS NOT NULL THEN
        SELECT c.status INTO status FROM wallets_pending_capture(chosen.id, p_at, p_first_wait, chosen.due) c;
    END IF;
END $$;
