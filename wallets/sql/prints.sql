-- A print of each row booked from one moment to before another, over all that was written once: the row, the lots it
-- used, and the lot it issued with the expiry it had then. What changes later by right (what remains of a lot) is not
-- in it. 24 bytes: wallet, sequence, and the beginning of a SHA-256.
CREATE OR REPLACE FUNCTION wallets_prints(p_from timestamptz, p_before timestamptz)
RETURNS TABLE (booked_on date, wallet_id bigint, sequence bigint, print bytea)
LANGUAGE plpgsql STABLE SET jit = off SET timezone = 'UTC' SET datestyle = 'ISO, YMD' AS $$
BEGIN
    RETURN QUERY
    SELECT (t.created_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date, t.wallet_id, t.sequence,
           int8send(t.wallet_id) || int8send(t.sequence) || substr(sha256(convert_to(
               ROW(t.id, t.wallet_id, t.sequence, t.type, t.amount_vnd,
                   t.real_before_vnd, t.real_after_vnd, t.virtual_before_vnd, t.virtual_after_vnd,
                   t.source, t.reference_type, t.reference_id, t.key, t.reverses_id, t.note, t.actor,
                   t.occurred_at, t.created_at)::text
               || CASE WHEN t.type = 'VIRTUAL_CREDIT' THEN coalesce((
                      SELECT ROW(c.id, c.wallet_id, c.original_vnd, c.issued_at, coalesce((
                                 SELECT u.good_until FROM wallets_credituse u
                                 WHERE u.credit_id = c.id AND u.good_until IS NOT NULL ORDER BY u.transaction_id LIMIT 1
                             ), c.expires_at), c.source_type, c.source_id, c.note, c.actor)::text
                      FROM wallets_virtualcredit c WHERE c.issue_id = t.id), '')
                  WHEN t.virtual_before_vnd <> t.virtual_after_vnd THEN coalesce((
                      SELECT string_agg(ROW(u.credit_id, u.amount_vnd, u.good_until, CASE WHEN u.good_until IS NOT NULL THEN (
                                 -- Until when this brought it back to life.
                                 SELECT coalesce(min(n.good_until), c.expires_at)
                                 FROM wallets_virtualcredit c
                                 LEFT JOIN wallets_credituse n ON n.credit_id = c.id AND n.transaction_id > t.id
                                 WHERE c.id = u.credit_id GROUP BY c.id
                             ) END)::text, '' ORDER BY u.credit_id)
                      FROM wallets_credituse u WHERE u.transaction_id = t.id), '')
                  ELSE '' END,
               'UTF8')), 1, 8)
    FROM wallets_transaction t
    WHERE t.created_at >= p_from AND t.created_at < p_before;
END $$;
