-- Write what the rules decided about transfers that had arrived before: many in one transaction and one round trip.
--
-- `p_rulings`: [{transfer_id, verdict, customer_id, phone, name, method, text, how, kind, value, rule, candidates,
-- trouble}]. Transfers are held in the order of their ids and wallets taken in the order of phones. One that is no longer
-- as the rules saw it (it has an owner, a state or a question, or was taken back) is `left` as it is. A customer whom
-- nobody here knew is made. With `p_ask_first`, or by the setting that is read here, the accountant is asked first. What says the same as the latest decision
-- and changes nothing is not kept again.
CREATE OR REPLACE FUNCTION banking_settle(
    p_rulings jsonb, p_rule_version text, p_threshold integer, p_ask_first boolean
)
RETURNS TABLE (transfer_id bigint, outcome text, customer_id bigint, phone text, name text, is_new boolean)
LANGUAGE plpgsql AS $$
DECLARE
    ruling record;
    held banking_banktransfer;
    booked record;
    deposit_id bigint;
    at timestamptz := clock_timestamp();
    auto boolean := NOT p_ask_first AND NOT EXISTS (
        SELECT FROM banking_banksetting s WHERE s.key = 'auto_approve_enabled' AND s.value = 'false'
    );
BEGIN
    PERFORM FROM banking_banktransfer t
    WHERE t.id IN (SELECT (r->>'transfer_id')::bigint FROM jsonb_array_elements(p_rulings) r)
    ORDER BY t.id FOR UPDATE;

    FOR ruling IN
        SELECT * FROM jsonb_to_recordset(p_rulings) AS r (
            transfer_id bigint, verdict text, customer_id bigint, phone text, name text, method text, "text" text,
            how text, kind text, value text, rule text, candidates jsonb, trouble text
        ) ORDER BY r.phone, r.transfer_id
    LOOP
        transfer_id := ruling.transfer_id;
        outcome := ruling.verdict;
        customer_id := ruling.customer_id;
        phone := ruling.phone;
        name := ruling.name;
        is_new := false;
        deposit_id := NULL;
        SELECT t.* INTO held FROM banking_banktransfer t WHERE t.id = ruling.transfer_id;
        IF held.id IS NULL OR held.direction <> 'in' OR held.customer_id IS NOT NULL OR held.verification <> 'PENDING'
            OR held.times_undone > 0
            OR EXISTS (SELECT FROM banking_pendingmatch m WHERE m.transfer_id = held.id AND m.status <> 'resolved')
        THEN
            outcome := 'left';
            RETURN NEXT;
            CONTINUE;
        END IF;

        IF outcome = 'credited' THEN
            IF customer_id IS NULL THEN
                SELECT e.customer_id, e.created INTO STRICT customer_id, is_new
                FROM customers_ensure(ruling.phone, coalesce(ruling.name, ''), 'sepay') e;
            END IF;
            SELECT c.name INTO STRICT name FROM customers_customer c WHERE c.id = customer_id;
            IF auto THEN
                SELECT * INTO STRICT booked FROM banking_credit(held, customer_id, ruling.how, 'sepay');
                deposit_id := booked.transaction_id;
            ELSE
                outcome := 'linked';
            END IF;
        END IF;

        UPDATE banking_banktransfer t
        SET customer_id = CASE WHEN outcome IN ('credited', 'linked') THEN banking_settle.customer_id END,
            wallet_transaction_id = deposit_id,
            verification = CASE outcome WHEN 'credited' THEN 'AUTO_APPROVED' WHEN 'linked' THEN 'PENDING_VERIFICATION'
                WHEN 'asked' THEN 'PENDING_VERIFICATION' ELSE 'PENDING' END,
            match_method = CASE WHEN outcome = 'asked' THEN 'pending_match'
                WHEN outcome IN ('credited', 'linked') THEN ruling.method ELSE '' END,
            matched_text = CASE WHEN outcome IN ('asked', 'credited', 'linked') THEN left(ruling."text", 100) ELSE '' END,
            verified_at = CASE outcome WHEN 'credited' THEN at END,
            match_due_at = CASE outcome WHEN 'looking' THEN coalesce(held.match_due_at, at) END,
            match_trouble = CASE outcome WHEN 'looking' THEN held.match_trouble ELSE ruling.trouble END
        WHERE t.id = held.id;

        IF outcome IN ('credited', 'linked', 'asked') OR outcome IS DISTINCT FROM (
            SELECT d.verdict FROM banking_decision d WHERE d.transfer_id = held.id ORDER BY d.id DESC LIMIT 1
        ) THEN
            INSERT INTO banking_decision (
                transfer_id, verdict, actor, at, rule_version, threshold, reading_kind, reading_value, reading_rule,
                candidates, customer_id, note
            ) VALUES (
                held.id, outcome, 'rules', at, p_rule_version, p_threshold, ruling.kind, coalesce(ruling.value, ''),
                ruling.rule, ruling.candidates,
                CASE WHEN outcome IN ('credited', 'linked') THEN banking_settle.customer_id END, ruling.trouble
            );
        END IF;
        IF outcome = 'asked' THEN
            PERFORM banking_ask(held.id, ruling."text", ruling.candidates, at);
        ELSIF outcome IN ('credited', 'linked') THEN
            PERFORM banking_tell_match(
                held.id, customer_id, phone, name, ruling.method,
                CASE outcome WHEN 'credited' THEN 'AUTO_APPROVED' ELSE 'PENDING_VERIFICATION' END, outcome = 'credited'
            );
        END IF;
        RETURN NEXT;
    END LOOP;
END $$;
