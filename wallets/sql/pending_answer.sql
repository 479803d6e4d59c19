-- A pending withdrawal as answers carry it.
CREATE OR REPLACE FUNCTION wallets_pending_answer(p_row wallets_pendingwithdrawal, p_phone text) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN jsonb_build_object(
        'id', p_row.id, 'order_id', p_row.order_id, 'order_number', nullif(p_row.order_number, ''),
        'customer_id', p_row.customer_id, 'phone', p_phone, 'amount', p_row.amount_vnd,
        'source', p_row.source, 'note', nullif(p_row.note, ''), 'created_by', p_row.actor,
        'status', p_row.status, 'retry_count', p_row.attempts, 'max_retries', p_row.max_attempts,
        'next_retry_at', CASE WHEN p_row.status = 'PENDING' THEN n2store_iso(p_row.next_attempt_at) END,
        'last_retry_at', n2store_iso(p_row.last_attempt_at), 'last_error', nullif(p_row.last_error, ''),
        'virtual_used', p_row.virtual_used_vnd, 'real_used', p_row.real_used_vnd,
        'completed_at', n2store_iso(p_row.completed_at), 'released_at', n2store_iso(p_row.released_at),
        'created_at', n2store_iso(p_row.created_at), 'updated_at', n2store_iso(p_row.updated_at)
    );
END $$;
