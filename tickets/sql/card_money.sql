-- What a customer's card shows of tickets: the newest, how many there are, and what is open on them.
CREATE OR REPLACE FUNCTION tickets_card(p_customer_id bigint, p_max integer) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN json_build_object(
        'recentTickets', (
            SELECT coalesce(json_agg(v.data ORDER BY v.id DESC), '[]')
            FROM (
                SELECT t.id FROM tickets_ticket t WHERE t.customer_id = p_customer_id AND t.deleted_at IS NULL
                ORDER BY t.id DESC LIMIT p_max
            ) page JOIN tickets_shown v ON v.id = page.id
        ),
        'ticketStats', (
            SELECT json_build_object(
                'total', count(*),
                'pending', count(*) FILTER (WHERE status NOT IN ('COMPLETED', 'CANCELLED')),
                'completed', count(*) FILTER (WHERE status = 'COMPLETED'),
                'returned', count(*) FILTER (
                    WHERE status = 'COMPLETED' AND type IN ('BOOM', 'RETURN_CLIENT', 'RETURN_SHIPPER')
                ),
                'total_refunded', coalesce(sum(refund_vnd) FILTER (WHERE status = 'COMPLETED'), 0)
            )
            FROM tickets_ticket WHERE customer_id = p_customer_id AND deleted_at IS NULL
        ),
        'ticketMoney', tickets_money_of(p_customer_id)
    );
END $$;
