-- Carry out a money command that a person gave, once: find the wallet, look whether it was given before, do it, and
-- keep the answer. One round trip.
--
-- A command given before is one with the same client key, or, without a key, the same content from the same person
-- later than `p_since`. The wallet's lock is held while looking, so that two at once are one.
-- Raises N2K01 (key used for other content), N2K02 (not enough), N2K03 (not reversible), N2K04 (blacklisted),
-- N2K05 (no such customer, row or lot), N2K06 (the order was cancelled, or its money given back).
CREATE OR REPLACE FUNCTION wallets_command(
    p_action text, p_customer_id bigint, p_phone text, p_target_id bigint, p_amount_vnd bigint,
    p_key text, p_fingerprint text, p_since timestamptz, p_ledger_key text,
    p_source text, p_reference_type text, p_reference_id text, p_note text, p_actor text,
    p_at timestamptz, p_until timestamptz,
    OUT answer jsonb, OUT replayed boolean
) LANGUAGE plpgsql AS $$
DECLARE
    owner customers_customer;
    held wallets_wallet;
    earlier wallets_command;
    done wallets_transaction;
    virtual_used bigint := 0;
    real_used bigint := 0;
    row_id bigint;
    lot_id bigint;
    lot_expires_at timestamptz;
    was_posted boolean;
    ledger_key text;
BEGIN
    IF p_action = 'pay_order' THEN  -- The order before the wallet, as everywhere; see pending_hold.sql.
        PERFORM pg_advisory_xact_lock(hashtextextended('wallets.order:' || p_reference_id, 0));
    END IF;
    CASE p_action
        WHEN 'reverse' THEN
            SELECT w.* INTO held FROM wallets_transaction t JOIN wallets_wallet w ON w.id = t.wallet_id
            WHERE t.id = p_target_id FOR UPDATE OF w;
        WHEN 'cancel_credit' THEN
            SELECT w.* INTO held FROM wallets_virtualcredit c JOIN wallets_wallet w ON w.id = c.wallet_id
            WHERE c.id = p_target_id FOR UPDATE OF w;
        ELSE
            IF p_phone IS NULL THEN
                SELECT * INTO held FROM wallets_wallet WHERE customer_id = p_customer_id FOR UPDATE;
            ELSE
                SELECT w.* INTO held FROM wallets_wallet w JOIN customers_customer c ON c.id = w.customer_id
                WHERE c.phone = p_phone FOR UPDATE OF w;
            END IF;
    END CASE;
    IF held.id IS NULL THEN
        RAISE EXCEPTION 'Customer not found' USING ERRCODE = 'N2K05';
    END IF;

    -- A repeat with its key gets its answer whatever has become of the matter since.
    IF p_key IS NOT NULL THEN
        SELECT * INTO earlier FROM wallets_command c WHERE c.key = p_key;
        IF earlier.id IS NOT NULL AND (earlier.fingerprint, earlier.actor) <> (p_fingerprint, p_actor) THEN
            RAISE EXCEPTION 'This Idempotency-Key was already used for another command' USING ERRCODE = 'N2K01';
        END IF;
    END IF;
    SELECT * INTO STRICT owner FROM customers_customer WHERE id = held.customer_id;
    IF earlier.id IS NULL AND p_action = 'pay_order' AND (
        EXISTS (SELECT FROM wallets_cancelledorder o WHERE o.order_id = p_reference_id)
        OR EXISTS (
            SELECT FROM wallets_pendingwithdrawal o
            WHERE o.order_id = p_reference_id AND o.customer_id = owner.id AND o.status = 'CANCELLED'
        )
        OR (SELECT o.given_back FROM wallets_order_paid(p_reference_id, owner.id) o)
    ) THEN
        RAISE EXCEPTION 'This order was cancelled: no money is taken for it any more' USING ERRCODE = 'N2K06';
    END IF;
    IF p_key IS NULL THEN
        SELECT * INTO earlier FROM wallets_command c
        WHERE c.fingerprint = p_fingerprint AND c.created_at > p_since ORDER BY c.created_at DESC LIMIT 1;
    END IF;
    IF earlier.id IS NOT NULL THEN
        answer := earlier.answer;
        replayed := true;
        RETURN;
    END IF;
    IF owner.tier = 'blacklist' AND p_action IN ('withdraw', 'pay_order', 'issue_credit') THEN
        RAISE EXCEPTION 'The customer is blacklisted' USING ERRCODE = 'N2K04';
    END IF;

    -- What is known by an order or a reference is known by it for this customer.
    ledger_key := p_ledger_key || CASE WHEN p_key IS NULL OR p_action = 'pay_order' THEN ':' || owner.id ELSE '' END;
    CASE p_action
        WHEN 'deposit' THEN
            SELECT d.transaction_id, d.posted INTO row_id, was_posted FROM wallets_deposit(
                owner.id, p_amount_vnd, ledger_key, p_source, p_reference_type, p_reference_id, p_note, p_actor, p_at
            ) d;
        WHEN 'withdraw', 'pay_order' THEN
            SELECT s.posted, s.virtual_used, s.real_used INTO was_posted, virtual_used, real_used
            FROM wallets_withdraw(
                owner.id, p_amount_vnd, ledger_key, p_reference_type, p_reference_id, p_note, p_actor, p_at
            ) s;
            SELECT max(t.id) INTO row_id FROM wallets_transaction t
            WHERE t.key = ledger_key AND t.type IN ('VIRTUAL_DEBIT', 'WITHDRAW');
        WHEN 'issue_credit' THEN
            SELECT i.credit_id, i.posted INTO lot_id, was_posted FROM wallets_issue_credit(
                owner.id, p_amount_vnd, p_until, ledger_key, p_source, p_reference_id, p_note, p_actor, p_at
            ) i;
            SELECT c.issue_id, c.expires_at INTO STRICT row_id, lot_expires_at
            FROM wallets_virtualcredit c WHERE c.id = lot_id;
        WHEN 'adjust' THEN
            SELECT a.transaction_id, a.posted INTO row_id, was_posted FROM wallets_adjust(
                owner.id, p_amount_vnd, ledger_key, p_reference_type, p_reference_id, p_note, p_actor, p_at
            ) a;
        WHEN 'reverse' THEN
            SELECT r.reversal_id, r.posted INTO row_id, was_posted
            FROM wallets_reverse(p_target_id, p_note, p_actor, p_at, p_until) r;
        WHEN 'cancel_credit' THEN
            lot_id := p_target_id;
            SELECT c.transaction_id, c.posted INTO row_id, was_posted
            FROM wallets_cancel_credit(p_target_id, p_note, p_actor, p_at) c;
    END CASE;

    SELECT * INTO STRICT done FROM wallets_transaction WHERE id = row_id;
    replayed := NOT was_posted;
    answer := jsonb_build_object(
        'customer_id', owner.id, 'phone', owner.phone, 'transaction_id', done.id, 'sequence', done.sequence,
        'type', done.type, 'amount', p_amount_vnd,
        'real_before', CASE WHEN was_posted THEN held.real_vnd ELSE done.real_before_vnd END,
        'virtual_before', CASE WHEN was_posted THEN held.virtual_vnd ELSE done.virtual_before_vnd END,
        'real_after', done.real_after_vnd, 'virtual_after', done.virtual_after_vnd,
        'virtual_used', virtual_used, 'real_used', real_used,
        'credit_id', lot_id, 'expires_at', n2store_iso(lot_expires_at), 'created_at', n2store_iso(done.created_at)
    );
    IF was_posted THEN
        INSERT INTO wallets_command (key, fingerprint, wallet_id, action, actor, answer, created_at)
        VALUES (p_key, p_fingerprint, held.id, p_action, p_actor, answer, p_at);
    END IF;
END $$;
