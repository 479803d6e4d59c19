-- Find the customer of a canonical phone, or make one with the seed's defaults; two callers at once get the same row.
-- Making one writes its first activity and announces `customer.created`. The wallets app opens the wallet by trigger.
CREATE OR REPLACE FUNCTION customers_ensure(
    p_phone text, p_name text, p_actor text,
    OUT customer_id bigint, OUT created boolean
) LANGUAGE plpgsql AS $$
DECLARE
    made customers_customer;
BEGIN
    SELECT id INTO customer_id FROM customers_customer WHERE phone = p_phone;
    created := false;
    IF FOUND THEN
        RETURN;
    END IF;

    INSERT INTO customers_customer (phone, name)
    VALUES (p_phone, coalesce(nullif(p_name, ''), 'Khách hàng mới'))
    ON CONFLICT (phone) DO NOTHING
    RETURNING * INTO made;

    IF made.id IS NULL THEN  -- Another transaction was first; it has committed, or the insert would have waited.
        SELECT id INTO STRICT customer_id FROM customers_customer WHERE phone = p_phone;
        RETURN;
    END IF;

    customer_id := made.id;
    created := true;
    INSERT INTO customers_activity (customer_id, type, title, icon, color, actor)
    VALUES (made.id, 'CUSTOMER_CREATED', 'Thêm khách hàng: ' || made.phone, 'user-plus', 'blue', p_actor);
    PERFORM n2store_publish(
        'customer.created',
        ARRAY['customers', 'customer:' || made.phone],
        jsonb_build_object(
            'customer_id', made.id, 'phone', made.phone, 'name', made.name, 'status', made.status, 'tier', made.tier
        )
    );
END $$;
