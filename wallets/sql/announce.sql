-- Tell of a finished money operation: a line in the customer's history, and an event for everyone who may hear it.
-- The event carries the wallet as it is now, so that a screen needs no further question.
CREATE OR REPLACE FUNCTION wallets_announce(
    p_customer_id bigint, p_event text, p_posted wallets_transaction, p_amount_vnd bigint,
    p_activity text, p_title text, p_icon text, p_color text
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    owner_phone text;
BEGIN
    SELECT phone INTO STRICT owner_phone FROM customers_customer WHERE id = p_customer_id;

    INSERT INTO customers_activity (
        customer_id, type, title, description, reference_type, reference_id, icon, color, actor, created_at
    ) VALUES (
        p_customer_id, p_activity, p_title || ': ' || to_char(abs(p_amount_vnd), 'FM999,999,999,999,999,999') || 'đ',
        p_posted.note, 'wallet_transaction', p_posted.id::text, p_icon, p_color, p_posted.actor, p_posted.created_at
    );

    PERFORM n2store_publish(
        p_event,
        ARRAY['wallets', 'wallet:' || owner_phone],
        jsonb_build_object(
            'customer_id', p_customer_id,
            'phone', owner_phone,
            'wallet', jsonb_build_object(
                'phone', owner_phone, 'balance', p_posted.real_after_vnd,
                'virtual_balance', p_posted.virtual_after_vnd,
                'total', p_posted.real_after_vnd + p_posted.virtual_after_vnd
            ),
            'transaction', jsonb_build_object(
                'id', p_posted.id, 'sequence', p_posted.sequence, 'type', p_posted.type, 'amount', p_amount_vnd,
                'source', p_posted.source, 'referenceType', p_posted.reference_type,
                'referenceId', p_posted.reference_id, 'note', p_posted.note
            )
        )
    );
END $$;
