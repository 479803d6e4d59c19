-- Write one movement: the balances move and the row that says so is numbered, together. The caller holds the wallet's
-- lock and has looked for the key under it. A negative balance is refused by the table's constraint.
--
-- It is booked under that lock, and never before the row before it, also when the machine's clock is set back: by
-- number or by booking time, a wallet's rows stand in one order. See ADR 12.
CREATE OR REPLACE FUNCTION wallets_post(
    p_wallet_id bigint, p_type text, p_real_delta bigint, p_virtual_delta bigint, p_key text, p_source text,
    p_reference_type text, p_reference_id text, p_note text, p_actor text, p_occurred_at timestamptz,
    p_reverses_id bigint DEFAULT NULL
) RETURNS wallets_transaction LANGUAGE plpgsql AS $$
DECLARE
    moved wallets_wallet;
    posted wallets_transaction;
BEGIN
    UPDATE wallets_wallet SET
        real_vnd = real_vnd + p_real_delta,
        virtual_vnd = virtual_vnd + p_virtual_delta,
        last_sequence = last_sequence + 1,
        total_deposited_vnd = total_deposited_vnd + CASE p_type WHEN 'DEPOSIT' THEN p_real_delta ELSE 0 END,
        total_withdrawn_vnd = total_withdrawn_vnd - CASE p_type WHEN 'WITHDRAW' THEN p_real_delta ELSE 0 END,
        total_virtual_issued_vnd =
            total_virtual_issued_vnd + CASE p_type WHEN 'VIRTUAL_CREDIT' THEN p_virtual_delta ELSE 0 END,
        total_virtual_used_vnd =
            total_virtual_used_vnd - CASE p_type WHEN 'VIRTUAL_DEBIT' THEN p_virtual_delta ELSE 0 END,
        total_virtual_expired_vnd =
            total_virtual_expired_vnd - CASE p_type WHEN 'VIRTUAL_EXPIRE' THEN p_virtual_delta ELSE 0 END,
        updated_at = greatest(clock_timestamp(), updated_at)
    WHERE id = p_wallet_id
    RETURNING * INTO STRICT moved;

    INSERT INTO wallets_transaction (
        wallet_id, sequence, type, amount_vnd,
        real_before_vnd, real_after_vnd, virtual_before_vnd, virtual_after_vnd,
        source, reference_type, reference_id, key, note, actor, occurred_at, created_at, reverses_id
    ) VALUES (
        moved.id, moved.last_sequence, p_type, p_real_delta + p_virtual_delta,
        moved.real_vnd - p_real_delta, moved.real_vnd, moved.virtual_vnd - p_virtual_delta, moved.virtual_vnd,
        p_source, p_reference_type, p_reference_id, p_key, p_note, p_actor, p_occurred_at, moved.updated_at, p_reverses_id
    ) RETURNING * INTO posted;
    RETURN posted;
END $$;
