-- A ticket as every answer and event carries it: one text names every field. Amounts are numbers, instants UTC.
CREATE VIEW tickets_shown AS
SELECT t.id, t.customer_id, t.order_id, c.phone, json_build_object(
    'id', t.id, 'ticket_code', t.code, 'firebase_id', t.firebase_id, 'phone', c.phone, 'customer_id', t.customer_id,
    'customer_name', coalesce(nullif(t.customer_name, ''), c.name), 'customer_full_name', c.name,
    'customer_tier', c.tier, 'order_id', nullif(t.order_id, ''), 'tpos_order_id', t.tpos_order_id,
    'tracking_code', nullif(t.tracking_code, ''), 'carrier', nullif(t.carrier, ''), 'type', t.type,
    'status', t.status, 'priority', t.priority, 'subject', nullif(t.subject, ''),
    'description', nullif(t.description, ''), 'products', t.products, 'original_cod', t.original_cod_vnd,
    'new_cod', t.new_cod_vnd, 'refund_amount', t.refund_vnd, 'wallet_credited', g.id IS NOT NULL,
    'wallet_transaction_id', g.transaction_id, 'virtual_credit_id', g.credit_id,
    'virtual_credit_amount', CASE WHEN g.kind = 'virtual_credit' THEN g.amount_vnd END,
    'fix_cod_reason', nullif(t.fix_cod_reason, ''), 'waits_for', t.waits_for,
    'carrier_deadline', n2store_iso(t.carrier_deadline_at), 'received_at', n2store_iso(t.received_at),
    'settled_at', n2store_iso(t.settled_at), 'completed_at', n2store_iso(t.completed_at),
    'assigned_to', nullif(t.assigned_to, ''), 'internal_note', nullif(t.internal_note, ''),
    'attachments', t.attachments, 'action_history', t.history, 'refund_order_id', t.refund_order_id,
    'refund_number', nullif(t.refund_number, ''), 'deadline', NULL, 'created_by', t.actor,
    'created_at', n2store_iso(t.created_at), 'updated_at', n2store_iso(t.updated_at)
) AS data
FROM tickets_ticket t
JOIN customers_customer c ON c.id = t.customer_id
LEFT JOIN tickets_compensation g ON g.ticket_id = t.id AND g.revoked_at IS NULL;

-- Tell of a change of a ticket: an event with the row, for the channel and for the customer's own listeners.
CREATE OR REPLACE FUNCTION tickets_announce(p_ticket_id bigint, p_event text) RETURNS json
LANGUAGE plpgsql AS $$
DECLARE
    seen tickets_shown;
BEGIN
    SELECT * INTO STRICT seen FROM tickets_shown WHERE id = p_ticket_id;
    PERFORM n2store_publish(
        p_event, ARRAY['tickets', 'customer:' || seen.phone],
        jsonb_build_object(
            'ticket_id', seen.id, 'ticket_code', seen.data->>'ticket_code', 'customer_id', seen.customer_id,
            'phone', seen.phone, 'ticket', seen.data
        )
    );
    RETURN seen.data;
END $$;
