-- What must hold of lots, uses and reversals, beside the chain that wallets_verify proves. One row a fault.
CREATE OR REPLACE FUNCTION wallets_verify_credits() RETURNS TABLE (wallet_id bigint, sequence bigint, fault text)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    WITH used AS (
        SELECT u.credit_id, sum(u.amount_vnd) AS vnd FROM wallets_credituse u GROUP BY u.credit_id
    ), moved AS (
        SELECT u.transaction_id, sum(u.amount_vnd) AS vnd, bool_or(c.wallet_id <> t.wallet_id) AS foreign_lot
        FROM wallets_credituse u
        JOIN wallets_virtualcredit c ON c.id = u.credit_id
        JOIN wallets_transaction t ON t.id = u.transaction_id
        GROUP BY u.transaction_id
    ), lots AS (
        SELECT c.wallet_id, sum(c.remaining_vnd) AS vnd FROM wallets_virtualcredit c GROUP BY c.wallet_id
    ), totals AS (
        SELECT t.wallet_id,
               -coalesce(sum(t.amount_vnd) FILTER (WHERE t.type = 'WITHDRAW'), 0) AS withdrawn,
               coalesce(sum(t.amount_vnd) FILTER (WHERE t.type = 'VIRTUAL_CREDIT'), 0) AS issued,
               -coalesce(sum(t.amount_vnd) FILTER (WHERE t.type = 'VIRTUAL_DEBIT'), 0) AS used,
               -coalesce(sum(t.amount_vnd) FILTER (WHERE t.type = 'VIRTUAL_EXPIRE'), 0) AS expired
        FROM wallets_transaction t GROUP BY t.wallet_id
    )
    SELECT c.wallet_id, i.sequence, format('credit %s: %s', c.id, v.fault)
    FROM wallets_virtualcredit c
    JOIN wallets_transaction i ON i.id = c.issue_id
    LEFT JOIN used ON used.credit_id = c.id
    CROSS JOIN LATERAL (VALUES
        (c.remaining_vnd <> c.original_vnd - coalesce(used.vnd, 0), 'what remains is not what its uses have left'),
        (i.type <> 'VIRTUAL_CREDIT' OR i.wallet_id <> c.wallet_id OR i.amount_vnd <> c.original_vnd,
         'its issue is another row')
    ) AS v (broken, fault)
    WHERE v.broken
    UNION ALL
    SELECT t.wallet_id, t.sequence, v.fault
    FROM wallets_transaction t
    LEFT JOIN moved ON moved.transaction_id = t.id
    LEFT JOIN wallets_transaction o ON o.id = t.reverses_id
    CROSS JOIN LATERAL (VALUES
        (t.type <> 'VIRTUAL_CREDIT' AND t.virtual_after_vnd - t.virtual_before_vnd <> -coalesce(moved.vnd, 0),
         'uses of lots do not make up the movement'),
        (coalesce(moved.foreign_lot, false), 'uses a lot of another wallet'),
        (o.id IS NOT NULL AND (o.wallet_id <> t.wallet_id OR o.amount_vnd <> -t.amount_vnd),
         'does not take back what it names')
    ) AS v (broken, fault)
    WHERE v.broken AND (moved.transaction_id IS NOT NULL OR t.virtual_after_vnd <> t.virtual_before_vnd OR o.id IS NOT NULL)
    UNION ALL
    SELECT w.id, w.last_sequence, v.fault
    FROM wallets_wallet w
    LEFT JOIN lots ON lots.wallet_id = w.id
    LEFT JOIN totals s ON s.wallet_id = w.id
    CROSS JOIN LATERAL (VALUES
        (w.virtual_vnd <> coalesce(lots.vnd, 0), 'virtual balance is not what remains of the lots'),
        (w.total_withdrawn_vnd <> coalesce(s.withdrawn, 0), 'withdrawn in all is not the sum of the withdrawals'),
        (w.total_virtual_issued_vnd <> coalesce(s.issued, 0), 'credit issued in all is not the sum of the issues'),
        (w.total_virtual_used_vnd <> coalesce(s.used, 0), 'credit spent in all is not the sum of the spends'),
        (w.total_virtual_expired_vnd <> coalesce(s.expired, 0), 'credit expired in all is not the sum of the expiries')
    ) AS v (broken, fault)
    WHERE v.broken
    ORDER BY 1, 2;
END $$;
