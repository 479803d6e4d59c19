-- Top-ups: what a reader is told, crediting by bank reference, taking a webhook, closing, and SePay's line beside them.

CREATE SEQUENCE IF NOT EXISTS banking_topup_order_code AS bigint MINVALUE 1000000 MAXVALUE 9007199254740991 START 1000000;

-- The state of a top-up as it goes over the wire: status, stream, event and cache all say this.
CREATE OR REPLACE FUNCTION banking_topup_state(p_topup banking_topup) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN jsonb_build_object(
        'tx_ref', p_topup.tx_ref, 'order_code', p_topup.order_code, 'status', p_topup.status,
        'amount', p_topup.amount_vnd, 'amount_paid', p_topup.paid_vnd, 'currency', 'VND',
        'confirmed_at', n2store_iso(p_topup.confirmed_at), 'expires_at', n2store_iso(p_topup.expires_at),
        'version', p_topup.version, 'terminal', p_topup.closed_at IS NOT NULL,
        'late', p_topup.is_late, 'overpaid', p_topup.is_overpaid
    );
END $$;

-- The same with whose it is, as the cache keeps it.
CREATE OR REPLACE FUNCTION banking_topup_kept(p_topup banking_topup) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN jsonb_build_object(
        'state', banking_topup_state(p_topup), 'customer', p_topup.customer_id, 'starter', p_topup.starter_id
    );
END $$;

-- Announce a changed top-up, and return what the cache keeps of it.
CREATE OR REPLACE FUNCTION banking_topup_tell(p_topup banking_topup) RETURNS jsonb
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM n2store_publish(
        'topup.changed', ARRAY['topups', 'topup:' || p_topup.tx_ref], banking_topup_state(p_topup)
    );
    RETURN banking_topup_kept(p_topup);
END $$;

-- SePay's line of the transfer with this reference, if it is there; held when `p_hold`.
CREATE OR REPLACE FUNCTION banking_topup_line(
    p_reference text, p_amount_vnd bigint, p_paid_at timestamptz, p_hold boolean
) RETURNS banking_banktransfer LANGUAGE plpgsql AS $$
DECLARE
    line banking_banktransfer;
BEGIN
    SELECT * INTO line FROM banking_banktransfer t
    WHERE t.amount_vnd = p_amount_vnd AND t.direction = 'in' AND t.reference_code = p_reference
      AND t.transferred_at BETWEEN p_paid_at - interval '3 days' AND p_paid_at + interval '3 days'
    ORDER BY t.id LIMIT 1;
    IF p_hold AND line.id IS NOT NULL THEN
        SELECT * INTO line FROM banking_banktransfer t WHERE t.id = line.id FOR UPDATE;
    END IF;
    RETURN line;
END $$;

-- Credit one bank transfer to the wallet of a top-up, once for ever. Every door to money comes through here.
--
-- Returns `credited`, `duplicate`, or `review` with the reason; and what the cache keeps when it has changed. Locks: the top-up, the
-- bank's line, the wallet, then the reference. A line or payment with this reference that appears meanwhile raises 40001:
-- the caller begins again. `p_source` is webhook, link or hand.
CREATE OR REPLACE FUNCTION banking_topup_credit(
    p_topup_id bigint, p_reference text, p_amount_vnd bigint, p_paid_at timestamptz, p_source text, p_actor text,
    OUT outcome text, OUT reason text, OUT kept jsonb
) LANGUAGE plpgsql AS $$
DECLARE
    held banking_topup;
    known banking_topuppayment;
    line banking_banktransfer;
    deposit_id bigint;
    paid bigint;
    at timestamptz := clock_timestamp();
BEGIN
    reason := '';
    SELECT * INTO STRICT held FROM banking_topup WHERE id = p_topup_id FOR UPDATE;
    SELECT * INTO known FROM banking_topuppayment p WHERE p.provider = held.provider AND p.reference = p_reference;
    IF FOUND THEN
        outcome := 'duplicate';
        IF known.topup_id <> held.id OR known.amount_vnd <> p_amount_vnd THEN
            outcome := 'review';
            reason := CASE WHEN known.topup_id <> held.id THEN 'reference_of_another' ELSE 'amount_differs' END;
            UPDATE banking_topup SET review_reason = reason WHERE id = held.id;
        END IF;
        RETURN;
    END IF;

    line := banking_topup_line(p_reference, p_amount_vnd, p_paid_at, true);
    IF line.id IS NOT NULL THEN
        IF line.customer_id <> held.customer_id THEN
            reason := 'line_of_another';
        ELSIF line.verification = 'REJECTED' THEN
            reason := 'line_rejected';
        END IF;
        IF reason <> '' THEN
            outcome := 'review';
            UPDATE banking_topup SET review_reason = reason WHERE id = held.id;
            RETURN;
        END IF;
        deposit_id := line.wallet_transaction_id;
    END IF;

    PERFORM FROM wallets_wallet w WHERE w.customer_id = held.customer_id FOR UPDATE;
    PERFORM pg_advisory_xact_lock(7312, hashtext(p_reference));
    IF line.id IS NULL AND (banking_topup_line(p_reference, p_amount_vnd, p_paid_at, false)).id IS NOT NULL
        OR EXISTS (SELECT FROM banking_topuppayment p WHERE p.provider = held.provider AND p.reference = p_reference)
    THEN
        RAISE EXCEPTION 'the transfer % appeared at the same moment', p_reference USING ERRCODE = '40001';
    END IF;

    IF deposit_id IS NULL THEN
        SELECT d.transaction_id INTO STRICT deposit_id FROM wallets_deposit(
            held.customer_id, p_amount_vnd, held.provider || ':' || p_reference, 'BANK_TRANSFER',
            'topup', held.id::text, 'Nạp ví qua PayOS (' || held.tx_ref || ')', p_actor, p_paid_at
        ) d;
    END IF;
    INSERT INTO banking_topuppayment (
        topup_id, provider, reference, amount_vnd, source, paid_at, wallet_transaction_id, created_at
    ) VALUES (held.id, held.provider, p_reference, p_amount_vnd, p_source, p_paid_at, deposit_id, at);
    IF line.id IS NOT NULL AND line.wallet_transaction_id IS NULL THEN
        PERFORM banking_topup_tie(line.id, held, deposit_id);
    END IF;

    paid := held.paid_vnd + p_amount_vnd;
    UPDATE banking_topup SET
        paid_vnd = paid,
        status = CASE WHEN paid < held.amount_vnd THEN 'underpaid' ELSE 'paid' END,
        is_overpaid = paid > held.amount_vnd,
        is_late = held.is_late OR (held.closed_at IS NOT NULL AND held.status <> 'paid'),
        confirmed_at = CASE WHEN paid < held.amount_vnd THEN NULL ELSE coalesce(held.confirmed_at, at) END,
        closed_at = CASE WHEN paid < held.amount_vnd THEN held.closed_at ELSE coalesce(held.closed_at, at) END,
        next_check_at = CASE WHEN paid < held.amount_vnd THEN held.next_check_at END,
        version = held.version + 1, updated_at = at
    WHERE id = held.id RETURNING * INTO held;
    outcome := 'credited';
    kept := banking_topup_tell(held);
END $$;

-- Say that a line of the bank is the money of a top-up: it has an owner and a deposit now, and nobody is asked about it.
CREATE OR REPLACE FUNCTION banking_topup_tie(p_line_id bigint, p_topup banking_topup, p_deposit_id bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    owner customers_customer;
    at timestamptz := clock_timestamp();
BEGIN
    SELECT * INTO STRICT owner FROM customers_customer c WHERE c.id = p_topup.customer_id;
    UPDATE banking_banktransfer SET
        customer_id = owner.id, wallet_transaction_id = p_deposit_id, verification = 'AUTO_APPROVED',
        match_method = 'topup', matched_text = p_topup.tx_ref, verified_at = at, match_due_at = NULL, match_trouble = ''
    WHERE id = p_line_id;
    UPDATE banking_pendingmatch SET
        status = 'resolved', selected_customer_id = owner.id, resolved_at = at, resolved_by = p_topup.provider,
        resolution_notes = p_topup.tx_ref
    WHERE transfer_id = p_line_id AND status <> 'resolved';
    INSERT INTO banking_decision (
        transfer_id, verdict, actor, at, rule_version, reading_kind, reading_value, reading_rule, candidates,
        customer_id, note
    ) VALUES (p_line_id, 'credited', p_topup.provider, at, '', '', '', '', '[]', owner.id, p_topup.tx_ref);
    PERFORM banking_tell_match(p_line_id, owner.id, owner.phone, owner.name, 'topup', 'AUTO_APPROVED', true);
END $$;

-- SePay tells of a transfer that a top-up has credited: the line is tied to that deposit. Where its text named an owner
-- and it was credited too, that second deposit is posted back in the same transaction.
CREATE OR REPLACE FUNCTION banking_topup_line_came() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    payment banking_topuppayment;
    paid_for banking_topup;
BEGIN
    PERFORM pg_advisory_xact_lock(7312, hashtext(NEW.reference_code));
    SELECT * INTO payment FROM banking_topuppayment p
    WHERE p.reference = NEW.reference_code AND p.amount_vnd = NEW.amount_vnd
      AND p.paid_at BETWEEN NEW.transferred_at - interval '3 days' AND NEW.transferred_at + interval '3 days'
    LIMIT 1;
    IF payment.id IS NULL OR EXISTS (
        SELECT FROM banking_banktransfer t WHERE t.wallet_transaction_id = payment.wallet_transaction_id
    ) THEN
        RETURN NULL;
    END IF;
    IF NEW.wallet_transaction_id IS NOT NULL THEN
        PERFORM wallets_reverse(
            NEW.wallet_transaction_id, 'Đã cộng qua lượt nạp PayOS, giao dịch ' || NEW.reference_code, payment.provider,
            clock_timestamp(), clock_timestamp()
        );
    END IF;
    SELECT * INTO STRICT paid_for FROM banking_topup WHERE id = payment.topup_id;
    PERFORM banking_topup_tie(NEW.id, paid_for, payment.wallet_transaction_id);
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER banking_topup_line_came AFTER INSERT ON banking_banktransfer
FOR EACH ROW WHEN (NEW.direction = 'in' AND NEW.reference_code <> '') EXECUTE FUNCTION banking_topup_line_came();

-- Take one genuine webhook: keep it, find its top-up, credit it or say why not. A repeat counts and changes nothing,
-- unless the first was left open. `p_tokens` are the words of the description that are spelled like our references.
CREATE OR REPLACE FUNCTION banking_payos_take(
    p_digest text, p_order_code bigint, p_reference text, p_amount_vnd bigint, p_currency text, p_code text,
    p_link_id text, p_tokens text[], p_accounts text[], p_paid_at timestamptz, p_data jsonb, p_is_test boolean,
    OUT outcome text, OUT reason text, OUT topup_id bigint, OUT kept jsonb
) LANGUAGE plpgsql AS $$
DECLARE
    delivery banking_payosdelivery;
    held banking_topup;
    named bigint[];
    at timestamptz := clock_timestamp();
BEGIN
    reason := '';
    INSERT INTO banking_payosdelivery AS d (digest, order_code, reference, amount_vnd, data, outcome, received_at)
    VALUES (
        p_digest, p_order_code, left(p_reference, 200), p_amount_vnd, p_data,
        CASE WHEN p_is_test THEN 'test' ELSE 'asked' END, at
    )
    ON CONFLICT (digest) DO NOTHING RETURNING * INTO delivery;
    IF delivery.id IS NULL THEN
        UPDATE banking_payosdelivery d SET repeats = repeats + 1, repeated_at = at
        WHERE d.digest = p_digest RETURNING * INTO delivery;
        IF delivery.outcome NOT IN ('unmatched', 'asked', 'review') THEN
            outcome := CASE delivery.outcome WHEN 'test' THEN 'test' ELSE 'duplicate' END;
            topup_id := delivery.topup_id;
            RETURN;
        END IF;
    END IF;
    IF p_is_test THEN
        outcome := 'test';
        RETURN;
    END IF;

    SELECT * INTO held FROM banking_topup t WHERE t.order_code = p_order_code FOR UPDATE;
    IF held.id IS NULL AND cardinality(p_tokens) > 0 THEN
        SELECT array_agg(t.id) INTO named FROM banking_topup t
        WHERE t.tx_ref = ANY (p_tokens) AND t.order_code IS NULL AND t.amount_vnd = p_amount_vnd
          AND (t.closed_at IS NULL OR t.closed_at > at - interval '24 hours');
        IF cardinality(named) = 1 THEN
            SELECT * INTO held FROM banking_topup t WHERE t.id = named[1] FOR UPDATE;
        END IF;
    END IF;
    topup_id := held.id;

    IF held.id IS NULL THEN
        outcome := 'unmatched';
    ELSIF p_code <> '00' THEN
        outcome := 'ignored';
        UPDATE banking_topup t SET next_check_at = at WHERE t.id = held.id AND t.closed_at IS NULL;
    ELSE
        reason := CASE
            WHEN p_currency <> 'VND' THEN 'currency'
            WHEN p_reference = '' THEN 'no_reference'
            WHEN held.payment_link_id <> '' AND p_link_id <> '' AND held.payment_link_id <> p_link_id THEN 'other_link'
            WHEN held.account_number <> '' AND held.account_number <> ALL (p_accounts) THEN 'other_account'
            ELSE '' END;
        IF reason <> '' THEN
            outcome := 'review';
            UPDATE banking_topup t SET review_reason = reason WHERE t.id = held.id;
        ELSIF (p_amount_vnd = held.amount_vnd AND held.paid_vnd = 0) OR EXISTS (
            SELECT FROM banking_topuppayment p WHERE p.provider = held.provider AND p.reference = p_reference
        ) THEN
            SELECT c.outcome, c.reason, c.kept INTO STRICT outcome, reason, kept
            FROM banking_topup_credit(held.id, p_reference, p_amount_vnd, p_paid_at, 'webhook', held.provider) c;
        ELSE
            outcome := 'asked';  -- The amount is not what was asked for: PayOS is asked what came.
            UPDATE banking_topup t SET next_check_at = at WHERE t.id = held.id;
        END IF;
    END IF;
    UPDATE banking_payosdelivery d SET
        outcome = banking_payos_take.outcome, reason = banking_payos_take.reason, topup_id = held.id,
        processed_at = CASE WHEN banking_payos_take.outcome IN ('credited', 'duplicate', 'ignored') THEN at END
    WHERE d.id = delivery.id;
END $$;

-- Close a top-up for which no money came, or end the wait for the rest of one that was partly paid. Returns what the
-- cache keeps if it has changed. Money that came first wins.
CREATE OR REPLACE FUNCTION banking_topup_close(p_topup_id bigint, p_status text) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    held banking_topup;
    at timestamptz := clock_timestamp();
BEGIN
    SELECT * INTO STRICT held FROM banking_topup t WHERE t.id = p_topup_id FOR UPDATE;
    IF held.closed_at IS NOT NULL OR NOT (
        held.paid_vnd = 0 AND held.status IN ('created', 'pending', 'processing')
        OR held.status = 'underpaid' AND p_status = 'expired'
    ) THEN
        RETURN NULL;
    END IF;
    UPDATE banking_topup t SET
        status = CASE held.status WHEN 'underpaid' THEN 'underpaid' ELSE p_status END,
        closed_at = at, version = held.version + 1, updated_at = at
    WHERE t.id = held.id RETURNING * INTO held;
    RETURN banking_topup_tell(held);
END $$;

-- Keep what PayOS says of a link. A top-up that waited for it is open now; a later state is left alone.
CREATE OR REPLACE FUNCTION banking_topup_link(
    p_topup_id bigint, p_link_id text, p_checkout_url text, p_qr_code text, p_bin text, p_account_number text,
    p_account_name text, p_memo text
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    held banking_topup;
    opens boolean;
    at timestamptz := clock_timestamp();
BEGIN
    SELECT * INTO STRICT held FROM banking_topup t WHERE t.id = p_topup_id FOR UPDATE;
    opens := held.status = 'created';
    UPDATE banking_topup t SET
        payment_link_id = coalesce(nullif(t.payment_link_id, ''), p_link_id),
        checkout_url = coalesce(nullif(t.checkout_url, ''), p_checkout_url),
        qr_code = coalesce(nullif(t.qr_code, ''), p_qr_code), bank_bin = coalesce(nullif(t.bank_bin, ''), p_bin),
        account_number = coalesce(nullif(t.account_number, ''), p_account_number),
        account_name = coalesce(nullif(t.account_name, ''), p_account_name),
        memo = coalesce(nullif(t.memo, ''), p_memo), updated_at = at,
        status = CASE WHEN opens THEN 'pending' ELSE held.status END, version = held.version + opens::int
    WHERE t.id = held.id RETURNING * INTO held;
    RETURN CASE WHEN opens THEN banking_topup_tell(held) END;
END $$;
