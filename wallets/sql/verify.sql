-- Everything that must hold of every wallet's rows, in one pass over the ledger. One row a fault; none is the proof.
CREATE OR REPLACE FUNCTION wallets_verify() RETURNS TABLE (wallet_id bigint, sequence bigint, fault text)
LANGUAGE plpgsql STABLE SET work_mem = '64MB' SET jit = off AS $$
BEGIN
    RETURN QUERY
    WITH chained AS (
        SELECT t.wallet_id, t.sequence, t.amount_vnd, t.created_at,
               t.real_before_vnd, t.real_after_vnd, t.virtual_before_vnd, t.virtual_after_vnd,
               lag(t.sequence, 1, 0::bigint) OVER chain AS sequence_earlier,
               lag(t.real_after_vnd, 1, 0::bigint) OVER chain AS real_earlier,
               lag(t.virtual_after_vnd, 1, 0::bigint) OVER chain AS virtual_earlier,
               lag(t.created_at, 1, '-infinity'::timestamptz) OVER chain AS booked_earlier
        FROM wallets_transaction t
        WINDOW chain AS (PARTITION BY t.wallet_id ORDER BY t.sequence)
    ), summed AS (
        SELECT t.wallet_id, max(t.sequence) AS sequence,
               sum(t.real_after_vnd - t.real_before_vnd) AS real_sum,
               sum(t.virtual_after_vnd - t.virtual_before_vnd) AS virtual_sum,
               coalesce(sum(t.amount_vnd) FILTER (WHERE t.type = 'DEPOSIT'), 0) AS deposited,
               -coalesce(sum(t.amount_vnd) FILTER (WHERE t.type = 'WITHDRAW'), 0) AS withdrawn,
               coalesce(sum(t.amount_vnd) FILTER (WHERE t.type = 'VIRTUAL_CREDIT'), 0) AS issued,
               -coalesce(sum(t.amount_vnd) FILTER (WHERE t.type = 'VIRTUAL_DEBIT'), 0) AS used,
               -coalesce(sum(t.amount_vnd) FILTER (WHERE t.type = 'VIRTUAL_EXPIRE'), 0) AS expired
        FROM wallets_transaction t GROUP BY t.wallet_id
    )
    SELECT c.wallet_id, c.sequence, v.fault
    FROM (
        -- Nearly no row is at fault: one pass finds those that are, and only they are asked what is wrong.
        SELECT * FROM chained
        WHERE (chained.sequence, real_before_vnd, virtual_before_vnd, amount_vnd)
              <> (sequence_earlier + 1, real_earlier, virtual_earlier,
                  real_after_vnd - real_before_vnd + virtual_after_vnd - virtual_before_vnd)
           OR least(real_before_vnd, real_after_vnd, virtual_before_vnd, virtual_after_vnd) < 0
           OR created_at < booked_earlier
    ) c
    CROSS JOIN LATERAL (VALUES
        (c.sequence <> c.sequence_earlier + 1, 'sequence has a gap before this row'),
        (c.real_before_vnd <> c.real_earlier, 'real balance before is not the one after the earlier row'),
        (c.virtual_before_vnd <> c.virtual_earlier, 'virtual balance before is not the one after the earlier row'),
        (c.amount_vnd <> c.real_after_vnd - c.real_before_vnd + c.virtual_after_vnd - c.virtual_before_vnd,
         'amount is not the difference of the balances'),
        (least(c.real_before_vnd, c.real_after_vnd, c.virtual_before_vnd, c.virtual_after_vnd) < 0,
         'a balance is below zero'),
        (c.created_at < c.booked_earlier, 'booked before the row before it')
    ) AS v (broken, fault)
    WHERE v.broken
    UNION ALL
    SELECT coalesce(w.id, s.wallet_id), coalesce(s.sequence, 0), v.fault
    FROM wallets_wallet w
    FULL JOIN summed s ON s.wallet_id = w.id
    CROSS JOIN LATERAL (VALUES
        (w.id IS NULL, 'the wallet of these rows is gone'),
        (w.real_vnd <> coalesce(s.real_sum, 0), 'real balance is not the sum of the rows'),
        (w.virtual_vnd <> coalesce(s.virtual_sum, 0), 'virtual balance is not the sum of the rows'),
        (w.last_sequence <> coalesce(s.sequence, 0), 'last sequence is not the number of rows'),
        (w.total_deposited_vnd <> coalesce(s.deposited, 0), 'deposited in all is not the sum of the deposits'),
        (w.total_withdrawn_vnd <> coalesce(s.withdrawn, 0), 'withdrawn in all is not the sum of the withdrawals'),
        (w.total_virtual_issued_vnd <> coalesce(s.issued, 0), 'credit issued in all is not the sum of the issues'),
        (w.total_virtual_used_vnd <> coalesce(s.used, 0), 'credit spent in all is not the sum of the spends'),
        (w.total_virtual_expired_vnd <> coalesce(s.expired, 0), 'credit expired in all is not the sum of the expiries')
    ) AS v (broken, fault)
    WHERE v.broken
    ORDER BY 1, 2;
END $$;
