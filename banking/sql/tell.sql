-- What the functions that decide about transfers have in common: putting a question to staff, and telling of a match.

-- Put one question about a transfer to staff, and announce it.
CREATE OR REPLACE FUNCTION banking_ask(
    p_transfer_id bigint, p_text text, p_candidates jsonb, p_at timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO banking_pendingmatch (transfer_id, extracted_text, candidates, resolution_notes, created_at, resolved_by)
    VALUES (p_transfer_id, left(p_text, 50), p_candidates, '', p_at, '');
    PERFORM n2store_publish(
        'transfer.asked', ARRAY['transfers'],
        jsonb_build_object(
            'id', p_transfer_id, 'partial_phone', left(p_text, 50),
            'unique_phones_count', jsonb_array_length(p_candidates)
        )
    );
END $$;

-- Announce that a transfer has an owner; the same event as `banking/events.py` TransferMatched.
CREATE OR REPLACE FUNCTION banking_tell_match(
    p_transfer_id bigint, p_customer_id bigint, p_phone text, p_name text, p_method text, p_verification text,
    p_credited boolean
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM n2store_publish(
        'transfer.matched', ARRAY['transfers', 'customer:' || p_phone],
        jsonb_build_object(
            'id', p_transfer_id, 'customer_id', p_customer_id, 'customer_phone', p_phone, 'customer_name', p_name,
            'match_method', p_method, 'verification_status', p_verification, 'wallet_processed', p_credited
        )
    );
END $$;

-- Credit a transfer that the caller holds to a customer, once for each time that it was matched. The key is that of
-- `banking/crediting.py`: after a match was taken back the transfer is credited anew.
CREATE OR REPLACE FUNCTION banking_credit(
    p_transfer banking_banktransfer, p_customer_id bigint, p_how text, p_actor text,
    OUT transaction_id bigint, OUT real_after bigint
) LANGUAGE plpgsql AS $$
BEGIN
    SELECT d.transaction_id, d.real_after INTO STRICT transaction_id, real_after FROM wallets_deposit(
        p_customer_id, p_transfer.amount_vnd,
        'sepay:' || p_transfer.sepay_id
            || CASE WHEN p_transfer.times_undone > 0 THEN ':' || (p_transfer.times_undone + 1) ELSE '' END,
        'BANK_TRANSFER', 'balance_history', p_transfer.id::text, 'Nạp từ CK ' || p_how, p_actor,
        p_transfer.transferred_at
    ) d;
END $$;
