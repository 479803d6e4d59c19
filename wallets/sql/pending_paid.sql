-- What an order has taken from a customer at whichever door and not given back, and whether any of it was given back.
CREATE OR REPLACE FUNCTION wallets_order_paid(
    p_order_id text, p_customer_id bigint, OUT paid bigint, OUT given_back boolean
) LANGUAGE plpgsql STABLE AS $$
BEGIN
    SELECT coalesce(-sum(t.amount_vnd) FILTER (WHERE r.id IS NULL), 0), coalesce(bool_or(r.id IS NOT NULL), false)
    INTO paid, given_back
    FROM wallets_transaction t LEFT JOIN wallets_transaction r ON r.reverses_id = t.id
    WHERE t.key = 'order:' || p_order_id || ':' || p_customer_id AND t.type IN ('VIRTUAL_DEBIT', 'WITHDRAW');
END $$;
