-- Take the money of a pending withdrawal if it is there; otherwise say why not, and when to try again. The caller
-- holds the row's lock. Money and state move together: there is no moment between them to die in.
--
-- Waits four times longer after each attempt. When `p_counts` is false (somebody asked again before the time) a refusal
-- leaves the timetable as it is. After the last attempt, or where waiting cannot help, staff are told.
CREATE OR REPLACE FUNCTION wallets_pending_capture(
    p_id bigint, p_at timestamptz, p_first_wait interval, p_counts boolean
) RETURNS wallets_pendingwithdrawal LANGUAGE plpgsql AS $$
DECLARE
    held wallets_pendingwithdrawal;
    owner customers_customer;
    spent record;
    refusal text;
    hopeless boolean;
BEGIN
    SELECT * INTO STRICT held FROM wallets_pendingwithdrawal WHERE id = p_id;
    SELECT * INTO STRICT owner FROM customers_customer WHERE id = held.customer_id;

    BEGIN
        IF owner.tier = 'blacklist' THEN
            RAISE EXCEPTION 'The customer is blacklisted' USING ERRCODE = 'N2K04';
        END IF;
        IF (SELECT o.given_back FROM wallets_order_paid(held.order_id, owner.id) o) THEN
            RAISE EXCEPTION 'The payment of this order was given back' USING ERRCODE = 'N2K03';
        END IF;
        SELECT w.virtual_used, w.real_used INTO STRICT spent FROM wallets_withdraw(
            owner.id, held.amount_vnd, 'order:' || held.order_id || ':' || owner.id,
            'order', held.order_id, held.note, held.actor, p_at
        ) w;
    EXCEPTION WHEN OTHERS THEN
        -- Whatever it was: one row that cannot be taken must not keep the job from the others.
        refusal := SQLERRM;
        hopeless := SQLSTATE IN ('N2K01', 'N2K03', 'N2K04');
    END;

    IF refusal IS NULL THEN
        UPDATE wallets_pendingwithdrawal SET
            status = 'COMPLETED', attempts = least(attempts + 1, max_attempts), last_attempt_at = p_at, last_error = '',
            virtual_used_vnd = spent.virtual_used, real_used_vnd = spent.real_used,
            completed_at = p_at, updated_at = p_at
        WHERE id = held.id RETURNING * INTO held;
        RETURN held;
    END IF;

    UPDATE wallets_pendingwithdrawal SET
        attempts = attempts + p_counts::integer, last_attempt_at = p_at, last_error = refusal, updated_at = p_at,
        status = CASE WHEN hopeless OR attempts + p_counts::integer >= max_attempts THEN 'FAILED' ELSE 'PENDING' END,
        next_attempt_at = CASE WHEN p_counts THEN p_at + p_first_wait * 4 ^ attempts ELSE next_attempt_at END
    WHERE id = held.id RETURNING * INTO held;

    IF held.status = 'FAILED' THEN
        INSERT INTO customers_activity (
            customer_id, type, title, description, reference_type, reference_id, icon, color, actor
        ) VALUES (
            owner.id, 'WALLET_WITHDRAW',
            'Không trừ được ví: ' || to_char(held.amount_vnd, 'FM999,999,999,999,999,999') || 'đ cho đơn ' || held.order_id,
            refusal, 'pending_withdrawal', held.id::text, 'triangle-exclamation', 'red', held.actor
        );
        PERFORM n2store_publish(
            'wallet.withdrawal_failed',
            ARRAY['wallets', 'wallet:' || owner.phone],
            jsonb_build_object(
                'customer_id', owner.id, 'phone', owner.phone,
                'pending', wallets_pending_answer(held, owner.phone)
            )
        );
    END IF;
    RETURN held;
END $$;
