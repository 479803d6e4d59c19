-- One transfer that SePay and PayOS both tell of is credited once, though they name it by differing references.
--
-- Note [Two witnesses of one transfer]
-- ------------------------------------
-- Sure is: the same reference and amount, or a text that names the top-up and the same amount. Whoever comes second then
-- finds the first. Not sure is: the same account and amount within five minutes. Then the second credits nobody: a line is
-- a question to staff, a payment waits for a person. A line that names a top-up never credits a phone in its text.
--
-- Both sides lock in one order: the top-up, the amount, the line, the wallet, the reference. Lines share the amount's
-- lock, so that webhooks do not wait for each other; a payment has it alone, so that it sees every line that came before.

-- The advisory lock of an amount: lines share it, a payment has it alone.
CREATE OR REPLACE FUNCTION banking_amount_lock(p_amount_vnd bigint, p_alone boolean) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF p_alone THEN
        PERFORM pg_advisory_xact_lock(7315, hashint8(p_amount_vnd));
    ELSE
        PERFORM pg_advisory_xact_lock_shared(7315, hashint8(p_amount_vnd));
    END IF;
END $$;

-- Whether the deposit of a payment is a line's already.
CREATE OR REPLACE FUNCTION banking_payment_has_line(p_payment banking_topuppayment) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM banking_banktransfer t WHERE t.wallet_transaction_id = p_payment.wallet_transaction_id
    );
END $$;

-- Of which top-up a line that arrives may be the money, and of which payment. `sign` is `reference` or `memo`, which are
-- sure once there is a payment, or `alike`, which never is. Holds the top-up that the text names, and the amount.
CREATE OR REPLACE FUNCTION banking_topup_of_line(
    p_named text[], p_reference text, p_amount_vnd bigint, p_at timestamptz, p_account text, p_sub_account text,
    OUT topup_id bigint, OUT payment_id bigint, OUT sign text
) LANGUAGE plpgsql AS $$
DECLARE
    payment banking_topuppayment;
    named_id bigint;
BEGIN
    IF cardinality(p_named) > 0 THEN
        SELECT t.id INTO named_id FROM banking_topup t
        WHERE t.tx_ref = ANY (p_named) ORDER BY array_position(p_named, t.tx_ref::text) LIMIT 1 FOR UPDATE;
    END IF;
    PERFORM banking_amount_lock(p_amount_vnd, false);

    IF p_reference <> '' THEN
        SELECT * INTO payment FROM banking_topuppayment p
        WHERE p.reference = p_reference AND p.amount_vnd = p_amount_vnd
          AND p.paid_at BETWEEN p_at - interval '3 days' AND p_at + interval '3 days'
          AND NOT banking_payment_has_line(p)
        LIMIT 1;
        sign := 'reference';
    END IF;
    IF payment.id IS NULL AND named_id IS NOT NULL THEN
        SELECT * INTO payment FROM banking_topuppayment p
        WHERE p.topup_id = named_id AND p.amount_vnd = p_amount_vnd
          AND p.paid_at BETWEEN p_at - interval '3 days' AND p_at + interval '3 days'
          AND NOT banking_payment_has_line(p)
        ORDER BY abs(extract(epoch FROM p.paid_at - p_at)), p.id LIMIT 1;
        sign := 'memo';
        topup_id := named_id;
    END IF;
    IF payment.id IS NULL AND named_id IS NULL THEN
        SELECT p.* INTO payment FROM banking_topuppayment p JOIN banking_topup t ON t.id = p.topup_id
        WHERE p.amount_vnd = p_amount_vnd
          AND p.paid_at BETWEEN p_at - interval '5 minutes' AND p_at + interval '5 minutes'
          AND t.account_number <> '' AND t.account_number IN (p_account, p_sub_account)
          AND NOT banking_payment_has_line(p)
        ORDER BY abs(extract(epoch FROM p.paid_at - p_at)), p.id LIMIT 1;
        sign := 'alike';
    END IF;
    payment_id := payment.id;
    topup_id := coalesce(payment.topup_id, topup_id);
    IF topup_id IS NULL THEN
        sign := NULL;
    END IF;
END $$;

-- The candidates of a question with what speaks of a top-up: its customer first where the text names it, and with a
-- reason against them where the money may be in their wallet already.
CREATE OR REPLACE FUNCTION banking_topup_candidates(p_candidates jsonb, p_topup_id bigint, p_sign text) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
    piece jsonb;
    one jsonb;
    others jsonb := '[]';
    points integer := CASE p_sign WHEN 'memo' THEN 60 ELSE -60 END;
BEGIN
    SELECT jsonb_build_object(
        'customer_id', c.id, 'phone', c.phone, 'name', c.name, 'source', 'topup', 'tpos_id', nullif(c.tpos_id, ''),
        'score', 0, 'evidence', '[]'::jsonb
    ), jsonb_build_object(
        'code', CASE p_sign WHEN 'memo' THEN 'TOPUP_NAMED' ELSE 'TOPUP_ALIKE' END, 'points', points,
        'text', jsonb_build_object('reference', t.tx_ref)
    ) INTO STRICT one, piece
    FROM banking_topup t JOIN customers_customer c ON c.id = t.customer_id WHERE t.id = p_topup_id;

    SELECT coalesce(jsonb_agg(o.value ORDER BY o.ordinality) FILTER (
        WHERE o.value->'customer_id' IS DISTINCT FROM one->'customer_id'
    ), '[]') INTO others FROM jsonb_array_elements(p_candidates) WITH ORDINALITY o;
    SELECT o.value INTO one FROM jsonb_array_elements(p_candidates || one) o
    WHERE o.value->'customer_id' = one->'customer_id' LIMIT 1;
    one := one || jsonb_build_object(
        'evidence', one->'evidence' || piece, 'score', least(100, greatest(0, (one->>'score')::int + points))
    );
    RETURN CASE p_sign WHEN 'memo' THEN jsonb_build_array(one) || others ELSE others || one END;
END $$;

-- Remember of which top-up a line may be the money, and have PayOS asked about one that its text names.
CREATE OR REPLACE FUNCTION banking_topup_hint(p_line_id bigint, p_topup_id bigint, p_sign text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO banking_topupline (transfer_id, topup_id, sign) VALUES (p_line_id, p_topup_id, p_sign)
    ON CONFLICT (transfer_id) DO NOTHING;
    IF p_sign = 'memo' THEN
        UPDATE banking_topup SET next_check_at = clock_timestamp() WHERE id = p_topup_id;
    END IF;
END $$;

-- A person says that a line is the money of the top-up it looks like: it is tied to the payment, and nothing is credited.
-- False when there is no such payment, or the line is not open any more.
CREATE OR REPLACE FUNCTION banking_topup_tie_by_hand(p_line_id bigint) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    held banking_topup;
    line banking_banktransfer;
    payment banking_topuppayment;
BEGIN
    SELECT t.* INTO held FROM banking_topup t
    WHERE t.id = (SELECT l.topup_id FROM banking_topupline l WHERE l.transfer_id = p_line_id) FOR UPDATE;
    IF held.id IS NULL THEN
        RETURN false;
    END IF;
    SELECT * INTO STRICT line FROM banking_banktransfer t WHERE t.id = p_line_id FOR UPDATE;
    SELECT * INTO payment FROM banking_topuppayment p
    WHERE p.topup_id = held.id AND p.amount_vnd = line.amount_vnd AND NOT banking_payment_has_line(p)
    ORDER BY abs(extract(epoch FROM p.paid_at - line.transferred_at)), p.id LIMIT 1;
    IF payment.id IS NULL OR line.wallet_transaction_id IS NOT NULL OR line.customer_id IS NOT NULL
        OR line.verification NOT IN ('PENDING', 'PENDING_VERIFICATION')
    THEN
        RETURN false;
    END IF;
    PERFORM banking_topup_tie(line.id, held, payment.wallet_transaction_id);
    RETURN true;
END $$;

-- The line, told already, that a payment may be: the one with its reference, or one that names the top-up. Held.
CREATE OR REPLACE FUNCTION banking_line_of_payment(
    p_topup banking_topup, p_reference text, p_amount_vnd bigint, p_paid_at timestamptz
) RETURNS banking_banktransfer LANGUAGE plpgsql AS $$
DECLARE
    line banking_banktransfer;
BEGIN
    line := banking_topup_line(p_reference, p_amount_vnd, p_paid_at, true);
    IF line.id IS NULL THEN
        SELECT t.* INTO line FROM banking_topupline l JOIN banking_banktransfer t ON t.id = l.transfer_id
        WHERE l.topup_id = p_topup.id AND l.sign = 'memo' AND t.amount_vnd = p_amount_vnd
          AND t.transferred_at BETWEEN p_paid_at - interval '3 days' AND p_paid_at + interval '3 days'
          AND NOT EXISTS (
              SELECT FROM banking_topuppayment p WHERE p.wallet_transaction_id = t.wallet_transaction_id
          )
        ORDER BY abs(extract(epoch FROM t.transferred_at - p_paid_at)), t.id LIMIT 1 FOR UPDATE OF t;
    END IF;
    RETURN line;
END $$;

-- A line of the same account, amount and time as a payment, that nothing says to be another top-up's. Held.
CREATE OR REPLACE FUNCTION banking_line_alike(
    p_topup banking_topup, p_amount_vnd bigint, p_paid_at timestamptz
) RETURNS banking_banktransfer LANGUAGE plpgsql AS $$
DECLARE
    line banking_banktransfer;
BEGIN
    IF p_topup.account_number <> '' THEN
        SELECT t.* INTO line FROM banking_banktransfer t
        WHERE t.amount_vnd = p_amount_vnd AND t.direction = 'in' AND t.verification <> 'REJECTED'
          AND t.transferred_at BETWEEN p_paid_at - interval '5 minutes' AND p_paid_at + interval '5 minutes'
          AND p_topup.account_number IN (t.account_number, t.sub_account)
          AND NOT EXISTS (
              SELECT FROM banking_topuppayment p WHERE p.wallet_transaction_id = t.wallet_transaction_id
          )
          AND NOT EXISTS (SELECT FROM banking_topupline l WHERE l.transfer_id = t.id AND l.sign = 'memo')
        ORDER BY t.customer_id IS NULL, abs(extract(epoch FROM t.transferred_at - p_paid_at)), t.id
        LIMIT 1 FOR UPDATE OF t;
    END IF;
    RETURN line;
END $$;

-- A line without owner is put to staff: it may be a top-up's money, which is in the wallet now.
CREATE OR REPLACE FUNCTION banking_ask_whether_topup(p_line banking_banktransfer, p_topup_id bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    candidates jsonb := banking_topup_candidates('[]', p_topup_id, 'alike');
    at timestamptz := clock_timestamp();
BEGIN
    PERFORM banking_topup_hint(p_line.id, p_topup_id, 'alike');
    IF p_line.verification = 'PENDING' AND NOT EXISTS (
        SELECT FROM banking_pendingmatch m WHERE m.transfer_id = p_line.id AND m.status <> 'resolved'
    ) THEN
        UPDATE banking_banktransfer SET
            verification = 'PENDING_VERIFICATION', match_method = 'pending_match', match_due_at = NULL, match_trouble = ''
        WHERE id = p_line.id;
        INSERT INTO banking_decision (
            transfer_id, verdict, actor, at, rule_version, reading_kind, reading_value, reading_rule, candidates, note
        ) VALUES (p_line.id, 'asked', 'payos', at, '', '', '', '', candidates, '');
        PERFORM banking_ask(p_line.id, '', candidates, at);
    END IF;
END $$;

-- Credit one bank transfer to the wallet of a top-up, once for ever. Every door to money comes through here.
--
-- Returns `credited`, `duplicate`, or `review` with the reason; and what the cache keeps when it has changed. Locks: the
-- top-up, the amount, the bank's line, the wallet, then the reference. A line or payment with this reference that appears
-- meanwhile raises 40001: the caller begins again. `p_source` is webhook, link or hand; two persons know better than a
-- likeness.
CREATE OR REPLACE FUNCTION banking_topup_credit(
    p_topup_id bigint, p_reference text, p_amount_vnd bigint, p_paid_at timestamptz, p_source text, p_actor text,
    OUT outcome text, OUT reason text, OUT kept jsonb
) LANGUAGE plpgsql AS $$
DECLARE
    held banking_topup;
    known banking_topuppayment;
    line banking_banktransfer;
    alike banking_banktransfer;
    deposit_id bigint;
    paid bigint;
    at timestamptz := clock_timestamp();
BEGIN
    reason := '';
    SELECT * INTO STRICT held FROM banking_topup WHERE id = p_topup_id FOR UPDATE;
    PERFORM banking_amount_lock(p_amount_vnd, true);
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

    line := banking_line_of_payment(held, p_reference, p_amount_vnd, p_paid_at);
    IF line.id IS NOT NULL THEN
        IF line.customer_id <> held.customer_id THEN
            reason := 'line_of_another';
        ELSIF line.verification = 'REJECTED' THEN
            reason := 'line_rejected';
        END IF;
        deposit_id := line.wallet_transaction_id;
    ELSIF p_source <> 'hand' THEN
        IF EXISTS (
            SELECT FROM banking_topuppayment p
            WHERE p.topup_id = held.id AND p.source = 'hand' AND p.amount_vnd = p_amount_vnd
        ) THEN
            reason := 'hand_credited';
        ELSE
            alike := banking_line_alike(held, p_amount_vnd, p_paid_at);
            IF alike.customer_id IS NOT NULL THEN
                reason := 'line_alike';
                PERFORM banking_topup_hint(alike.id, held.id, 'alike');
            END IF;
        END IF;
    END IF;
    IF reason <> '' THEN
        outcome := 'review';
        UPDATE banking_topup SET review_reason = reason WHERE id = held.id;
        RETURN;
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
    ELSIF alike.id IS NOT NULL THEN
        PERFORM banking_ask_whether_topup(alike, held.id);
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

-- The trigger is for who writes a line without asking whose it may be: the release before. Its deposit, if the text named
-- an owner, is posted back.
CREATE OR REPLACE TRIGGER banking_topup_line_came AFTER INSERT ON banking_banktransfer
FOR EACH ROW WHEN (
    NEW.direction = 'in' AND NEW.reference_code <> ''
    AND coalesce(current_setting('n2store.topups_asked', true), '') <> 'yes'
) EXECUTE FUNCTION banking_topup_line_came();
