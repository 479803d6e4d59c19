-- Who owes whom what on every kept ticket: the lines of `tickets.money.lines`, for lists and cards. Whole dong.
CREATE VIEW tickets_owed AS
SELECT t.id || l.direction || l.party AS key, t.id AS ticket_id, t.customer_id, l.party, l.direction, l.amount_vnd,
       l.given_vnd, coalesce(w.amount_vnd, 0) AS written_off_vnd,
       greatest(l.amount_vnd - l.given_vnd - coalesce(w.amount_vnd, 0), 0) AS open_vnd
FROM tickets_ticket t
LEFT JOIN tickets_compensation g ON g.ticket_id = t.id AND g.revoked_at IS NULL
CROSS JOIN LATERAL (
    SELECT 'carrier' AS party, 'owed_to' AS direction, c.amount_vnd,
           CASE WHEN t.settled_at IS NULL THEN 0 ELSE c.amount_vnd END AS given_vnd
    FROM (SELECT coalesce(t.refund_vnd, CASE WHEN t.type = 'BOOM' THEN t.original_cod_vnd END, 0) AS amount_vnd) c
    WHERE t.type IN ('BOOM', 'FIX_COD')
    UNION ALL
    SELECT 'customer', 'owed_to',
           greatest(
               CASE WHEN t.type IN ('RETURN_CLIENT', 'RETURN_SHIPPER') THEN t.refund_vnd END, g.amount_vnd, 0
           ),
           coalesce(g.amount_vnd, 0)
    UNION ALL
    SELECT b.party, 'owed_by', sum(b.amount_vnd)::bigint, sum(b.received_vnd)::bigint
    FROM (
        SELECT CASE WHEN k.kind IN ('lost', 'cod') THEN 'carrier' ELSE 'customer' END AS party, k.amount_vnd,
               k.received_vnd
        FROM tickets_claim k WHERE k.ticket_id = t.id
        UNION ALL
        SELECT 'customer', g.amount_vnd, CASE WHEN t.received_at IS NULL THEN 0 ELSE g.amount_vnd END
        WHERE g.in_advance AND t.type IN ('RETURN_CLIENT', 'RETURN_SHIPPER')
    ) b GROUP BY b.party
) l
LEFT JOIN tickets_writeoff w ON w.ticket_id = t.id AND w.party = l.party AND w.direction = l.direction
WHERE t.deleted_at IS NULL AND l.amount_vnd > 0;

-- What is open on a customer's tickets that are not over: the shop's debts, and what is owed to it.
CREATE OR REPLACE FUNCTION tickets_money_of(p_customer_id bigint) RETURNS json LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT json_build_object(
            'owed_to_customer', coalesce(sum(o.open_vnd) FILTER (WHERE (o.direction, o.party) = ('owed_to', 'customer')), 0)::bigint,
            'owed_by_customer', coalesce(sum(o.open_vnd) FILTER (WHERE (o.direction, o.party) = ('owed_by', 'customer')), 0)::bigint,
            'owed_to_carrier', coalesce(sum(o.open_vnd) FILTER (WHERE (o.direction, o.party) = ('owed_to', 'carrier')), 0)::bigint,
            'owed_by_carrier', coalesce(sum(o.open_vnd) FILTER (WHERE (o.direction, o.party) = ('owed_by', 'carrier')), 0)::bigint
        )
        FROM tickets_ticket t JOIN tickets_owed o ON o.ticket_id = t.id
        WHERE t.customer_id = p_customer_id AND t.deleted_at IS NULL AND t.status NOT IN ('COMPLETED', 'CANCELLED')
    );
END $$;
