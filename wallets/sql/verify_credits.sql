-- What must hold of lots, uses and reversals, beside the chain that wallets_verify proves. One row a fault.
-- Nearly nothing is at fault: one pass finds what is, and only that is asked what is wrong.
CREATE OR REPLACE FUNCTION wallets_verify_credits() RETURNS TABLE (wallet_id bigint, sequence bigint, fault text)
LANGUAGE plpgsql STABLE SET work_mem = '64MB' SET jit = off AS $$
BEGIN
    RETURN QUERY
    WITH used AS (
        SELECT u.credit_id, sum(u.amount_vnd) AS vnd FROM wallets_credituse u GROUP BY u.credit_id
    ), lots AS (
        SELECT c.*, i.sequence, coalesce(used.vnd, 0) AS used_vnd,
               i.type = 'VIRTUAL_CREDIT' AND (i.wallet_id, i.amount_vnd, i.occurred_at)
                   = (c.wallet_id, c.original_vnd, c.issued_at) AS issue_fits,
               e.occurred_at AS last_used_at,
               CASE e.type WHEN 'VIRTUAL_EXPIRE' THEN 'EXPIRED' WHEN 'VIRTUAL_CANCEL' THEN 'CANCELLED'
                   ELSE 'USED' END AS last_made
        FROM wallets_virtualcredit c
        LEFT JOIN wallets_transaction i ON i.id = c.issue_id
        LEFT JOIN used ON used.credit_id = c.id
        LEFT JOIN LATERAL (
            SELECT t.type, t.occurred_at
            FROM wallets_credituse u JOIN wallets_transaction t ON t.id = u.transaction_id
            WHERE u.credit_id = c.id AND c.status <> 'ACTIVE' ORDER BY t.sequence DESC LIMIT 1
        ) e ON true
    )
    SELECT c.wallet_id, coalesce(c.sequence, 0), format('credit %s: %s', c.id, v.fault)
    FROM (
        SELECT * FROM lots WHERE remaining_vnd <> original_vnd - used_vnd OR issue_fits IS NOT TRUE
           OR (status <> 'ACTIVE' AND (status <> last_made OR ended_at IS DISTINCT FROM last_used_at))
    ) c
    CROSS JOIN LATERAL (VALUES
        (c.remaining_vnd <> c.original_vnd - c.used_vnd, 'what remains is not what its uses have left'),
        (c.issue_fits IS NOT TRUE, 'its issue is another row'),
        (c.status <> 'ACTIVE' AND c.status <> c.last_made, 'its state is not what its last use made of it'),
        (c.status IN ('USED', 'CANCELLED') AND c.ended_at IS DISTINCT FROM c.last_used_at,
         'it did not end with its last use'),
        (c.status = 'EXPIRED' AND (c.expires_at IS DISTINCT FROM c.last_used_at OR c.ended_at < c.expires_at),
         'it did not end when it ran out')
    ) AS v (broken, fault)
    WHERE v.broken;

    RETURN QUERY
    WITH moved AS (
        SELECT u.transaction_id, sum(u.amount_vnd) AS vnd, bool_or(c.id IS NULL) AS lot_gone,
               min(c.wallet_id) AS wallet_least, max(c.wallet_id) AS wallet_most
        FROM wallets_credituse u LEFT JOIN wallets_virtualcredit c ON c.id = u.credit_id
        GROUP BY u.transaction_id
    )
    SELECT t.wallet_id, t.sequence, v.fault
    FROM wallets_transaction t
    LEFT JOIN moved m ON m.transaction_id = t.id
    CROSS JOIN LATERAL (VALUES
        (t.type <> 'VIRTUAL_CREDIT' AND t.virtual_before_vnd - t.virtual_after_vnd <> coalesce(m.vnd, 0),
         'uses of lots do not make up the movement'),
        (t.type = 'VIRTUAL_CREDIT' AND m.transaction_id IS NOT NULL, 'an issue uses no lot'),
        (m.lot_gone, 'uses a lot that is gone'),
        (m.wallet_least <> t.wallet_id OR m.wallet_most <> t.wallet_id, 'uses a lot of another wallet')
    ) AS v (broken, fault)
    WHERE v.broken AND (
        (t.virtual_before_vnd - t.virtual_after_vnd <> coalesce(m.vnd, 0) AND t.type <> 'VIRTUAL_CREDIT')
        OR m.lot_gone OR m.wallet_least <> t.wallet_id OR m.wallet_most <> t.wallet_id
        OR (m.transaction_id IS NOT NULL AND t.type = 'VIRTUAL_CREDIT')
    );

    RETURN QUERY
    SELECT t.wallet_id, t.sequence, 'it issued no lot'
    FROM wallets_transaction t
    WHERE t.type = 'VIRTUAL_CREDIT' AND NOT EXISTS (SELECT FROM wallets_virtualcredit c WHERE c.issue_id = t.id)
    UNION ALL
    SELECT t.wallet_id, t.sequence, 'does not take back what it names'
    FROM wallets_transaction t
    LEFT JOIN wallets_transaction o ON o.id = t.reverses_id
    WHERE t.reverses_id IS NOT NULL AND (o.id IS NULL OR o.wallet_id <> t.wallet_id
        OR o.real_after_vnd - o.real_before_vnd <> t.real_before_vnd - t.real_after_vnd
        OR o.virtual_after_vnd - o.virtual_before_vnd <> t.virtual_before_vnd - t.virtual_after_vnd)
    UNION ALL
    SELECT coalesce(c.wallet_id, 0), 0::bigint, format('use %s of credit %s: its row is gone', u.id, u.credit_id)
    FROM wallets_credituse u
    LEFT JOIN wallets_virtualcredit c ON c.id = u.credit_id
    WHERE NOT EXISTS (SELECT FROM wallets_transaction t WHERE t.id = u.transaction_id)
    UNION ALL
    SELECT w.id, w.last_sequence, 'virtual balance is not what remains of the lots'
    FROM wallets_wallet w
    LEFT JOIN (
        SELECT c.wallet_id, sum(c.remaining_vnd) AS vnd FROM wallets_virtualcredit c GROUP BY c.wallet_id
    ) lots ON lots.wallet_id = w.id
    WHERE w.virtual_vnd <> coalesce(lots.vnd, 0)
    ORDER BY 1, 2;
END $$;
