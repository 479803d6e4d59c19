-- What the shop knows of an order, by a code in capitals or not, whatever the source: the customer's own, or the newest.
-- Null for an order that it does not know. Each source by name, as the index begins with it.
CREATE OR REPLACE FUNCTION tickets_bought(p_order text, p_customer_id bigint) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT json_build_object(
            'code', o.external_code, 'total_vnd', o.total_vnd, 'status', o.status, 'phone', c.phone, 'name', c.name,
            'is_own', o.customer_id = p_customer_id
        )
        FROM customers_order o JOIN customers_customer c ON c.id = o.customer_id
        WHERE o.source IN ('tpos', 'import', 'api') AND o.external_code IN (p_order, upper(p_order))
        ORDER BY o.customer_id = p_customer_id DESC, o.ordered_at DESC, o.id DESC LIMIT 1
    );
END $$;
