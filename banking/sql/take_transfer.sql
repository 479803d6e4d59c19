-- Take one bank transfer: raw delivery, reading, decision, owner, deposit and events in one transaction and round trip.
--
-- The unique delivery decides who is first: a repeat, also one that runs at the same moment, is counted and changes
-- nothing; only a repeat by the same channel is held to the words of the first. `p_qr` and `p_phones` are what the pure
-- reader found in the text, `p_reading` its kind, value and rule. The owner is the customer of a mapped code, else of the
-- last full phone; two full phones of two customers are a question. Where neither names anybody, `p_partial` says what
-- was decided from our own customers before the call: {verdict, customer_id, text, candidates}.
-- `p_rules` are version, threshold and points of `banking/matching/scoring.py`. Whether the accountant is asked first is
-- read here, so that the switch counts from the next transfer on. Only incoming money is anybody's.
--
-- `transfer.received` tells of the owner too: an event of its own for the match would cost every delivery a tenth of its
-- time, and listeners as much again.
--
-- `p_topups` are the references of top-ups that the text may name. A line that is the money of a top-up is tied to its
-- deposit; one that may be is a question to staff, whoever else the text names. See Note [Two witnesses of one transfer].
CREATE OR REPLACE FUNCTION banking_take_transfer(
    p_provider text, p_channel text, p_sepay_id bigint, p_body text, p_gateway text, p_transferred_at timestamptz,
    p_account_number text, p_sub_account text, p_code text, p_content text, p_direction text,
    p_amount_vnd bigint, p_accumulated_vnd bigint, p_reference_code text, p_description text,
    p_payer_account text, p_payer_name text,
    p_qr text, p_phones text[], p_reading text[], p_partial jsonb, p_rules jsonb, p_topups text[],
    OUT transfer_id bigint, OUT is_new boolean, OUT owner_id bigint, OUT method text
) LANGUAGE plpgsql AS $$
DECLARE
    taken_delivery_id bigint;
    owner_phone text;
    owner_name text;
    owner_tier text;
    clue text;
    points integer;
    against integer;
    persons integer := 0;
    candidates jsonb := '[]';
    verdict text := 'nothing';
    how text;
    deposit_id bigint;
    found_text text := '';
    reading text[] := p_reading;
    taken_at timestamptz := clock_timestamp();
    of_topup record;
    is_topup boolean := false;
    may_be_topup boolean := false;
BEGIN
    INSERT INTO banking_delivery (provider, external_id, channel, body, received_at)
    VALUES (p_provider, p_sepay_id, p_channel, p_body, taken_at)
    ON CONFLICT (provider, external_id) DO NOTHING
    RETURNING id INTO taken_delivery_id;

    method := '';
    is_new := taken_delivery_id IS NOT NULL;
    IF NOT is_new THEN
        UPDATE banking_delivery
        SET repeats = repeats + 1, repeated_at = taken_at,
            differing_body = CASE WHEN body = p_body OR channel <> p_channel THEN differing_body ELSE p_body END
        WHERE provider = p_provider AND external_id = p_sepay_id;
        SELECT t.id INTO transfer_id FROM banking_banktransfer t WHERE t.sepay_id = p_sepay_id;
        RETURN;
    END IF;

    IF p_direction = 'in' THEN
        SELECT * INTO of_topup FROM banking_topup_of_line(
            p_topups, p_reference_code, p_amount_vnd, p_transferred_at, p_account_number, p_sub_account
        );
        is_topup := of_topup.payment_id IS NOT NULL AND of_topup.sign <> 'alike';
        may_be_topup := of_topup.topup_id IS NOT NULL AND NOT is_topup;
    END IF;
    IF p_direction = 'in' AND NOT is_topup THEN
        IF p_qr IS NOT NULL THEN
            SELECT c.id, c.phone, c.name, c.tier INTO owner_id, owner_phone, owner_name, owner_tier
            FROM banking_qrcode q JOIN customers_customer c ON c.id = q.customer_id WHERE q.code = p_qr;
            IF FOUND THEN
                method := 'qr_code';
                clue := 'QR_FOUND';
                found_text := p_qr;
                reading := ARRAY['qr', p_qr, 'E1'];
            END IF;
        END IF;
        IF method = '' AND p_phones IS NOT NULL THEN
            method := 'exact_phone';
            clue := 'FULL_PHONE';
            found_text := p_phones[cardinality(p_phones)];
            IF cardinality(p_phones) > 1 THEN
                SELECT count(*), jsonb_agg(jsonb_build_object(
                    'customer_id', c.id, 'phone', c.phone, 'name', c.name, 'source', 'text',
                    'tpos_id', nullif(c.tpos_id, ''),
                    'score', least(100, greatest(0, (p_rules->>'FULL_PHONE')::int + (p_rules->>'TWO_OWNERS')::int
                        + CASE c.tier WHEN 'blacklist' THEN (p_rules->>'BLACKLISTED')::int ELSE 0 END)),
                    'evidence', jsonb_build_array(
                        jsonb_build_object('code', 'FULL_PHONE', 'points', (p_rules->>'FULL_PHONE')::int,
                            'text', jsonb_build_object('phone', c.phone)),
                        jsonb_build_object('code', 'TWO_OWNERS', 'points', (p_rules->>'TWO_OWNERS')::int,
                            'text', jsonb_build_object('count', cardinality(p_phones)))
                    ) || CASE c.tier WHEN 'blacklist' THEN jsonb_build_array(jsonb_build_object(
                        'code', 'BLACKLISTED', 'points', (p_rules->>'BLACKLISTED')::int, 'text', '{}'::jsonb
                    )) ELSE '[]'::jsonb END
                ) ORDER BY c.tier = 'blacklist', array_position(p_phones, c.phone::text) DESC)
                INTO persons, candidates
                FROM customers_customer c WHERE c.phone = ANY (p_phones);
            END IF;
            IF persons > 1 THEN
                verdict := 'asked';
                found_text := left(array_to_string(p_phones, ', '), 50);
            ELSE
                SELECT c.id, c.phone, c.name, c.tier INTO owner_id, owner_phone, owner_name, owner_tier
                FROM customers_customer c WHERE c.phone = found_text;
                owner_phone := found_text;
            END IF;
        END IF;

        IF method <> '' AND verdict <> 'asked' THEN  -- One person is named: sure enough?
            points := (p_rules->>clue)::int;
            against := CASE owner_tier WHEN 'blacklist' THEN (p_rules->>'BLACKLISTED')::int ELSE 0 END;
            verdict := CASE
                WHEN points + against >= (p_rules->>'threshold')::int AND NOT may_be_topup THEN 'credited'
                ELSE 'asked' END;
            IF verdict = 'credited' AND owner_id IS NULL THEN
                SELECT e.customer_id INTO STRICT owner_id FROM customers_ensure(owner_phone, '', p_provider) e;
                SELECT c.name INTO STRICT owner_name FROM customers_customer c WHERE c.id = owner_id;
            END IF;
            candidates := jsonb_build_array(jsonb_build_object(
                'customer_id', owner_id, 'phone', owner_phone, 'name', coalesce(owner_name, ''),
                'source', CASE method WHEN 'qr_code' THEN 'qr' ELSE 'text' END, 'tpos_id', NULL,
                'score', least(100, greatest(0, points + against)),
                'evidence', jsonb_build_array(jsonb_build_object('code', clue, 'points', points,
                    'text', jsonb_build_object(CASE method WHEN 'qr_code' THEN 'code' ELSE 'phone' END, found_text)))
                    || CASE WHEN against <> 0 THEN jsonb_build_array(jsonb_build_object(
                        'code', 'BLACKLISTED', 'points', against, 'text', '{}'::jsonb
                    )) ELSE '[]'::jsonb END
            ));
            how := CASE method WHEN 'qr_code' THEN '(QR: ' ELSE '(Phone: ' END || found_text || ')';
        ELSIF method = '' AND p_partial IS NOT NULL THEN
            verdict := p_partial->>'verdict';
            candidates := p_partial->'candidates';
            found_text := p_partial->>'text';
            IF verdict = 'credited' THEN
                SELECT c.id, c.phone, c.name INTO STRICT owner_id, owner_phone, owner_name
                FROM customers_customer c WHERE c.id = (p_partial->>'customer_id')::bigint;
                method := 'single_match';
                how := '(Auto-matched: ' || found_text || ')';
            END IF;
        END IF;
        IF may_be_topup THEN
            verdict := 'asked';
            candidates := banking_topup_candidates(candidates, of_topup.topup_id, of_topup.sign);
        END IF;
    END IF;

    transfer_id := nextval('banking_banktransfer_id_seq');
    IF verdict = 'credited' THEN
        IF EXISTS (
            SELECT FROM banking_banksetting s WHERE s.key = 'auto_approve_enabled' AND s.value = 'false'
        ) THEN
            verdict := 'linked';
        ELSE
            SELECT d.transaction_id INTO STRICT deposit_id FROM wallets_deposit(
                owner_id, p_amount_vnd, p_provider || ':' || p_sepay_id, 'BANK_TRANSFER',
                'balance_history', transfer_id::text, 'Nạp từ CK ' || how, p_provider, p_transferred_at
            ) d;
        END IF;
    ELSE
        owner_id := NULL;
        owner_phone := NULL;
        owner_name := NULL;
        method := CASE verdict WHEN 'asked' THEN 'pending_match' ELSE '' END;
    END IF;

    PERFORM set_config('n2store.topups_asked', 'yes', true);
    INSERT INTO banking_banktransfer (
        id, sepay_id, delivery_id, gateway, transferred_at, account_number, sub_account, code, content, direction,
        amount_vnd, accumulated_vnd, reference_code, description, payer_account, payer_name,
        customer_id, wallet_transaction_id, verification, match_method, matched_text, verified_at, verified_by,
        match_due_at, created_at
    ) VALUES (
        transfer_id, p_sepay_id, taken_delivery_id, p_gateway, p_transferred_at, p_account_number, p_sub_account,
        p_code, p_content, p_direction, p_amount_vnd, p_accumulated_vnd, p_reference_code, p_description,
        p_payer_account, p_payer_name, owner_id, deposit_id,
        CASE verdict WHEN 'credited' THEN 'AUTO_APPROVED' WHEN 'linked' THEN 'PENDING_VERIFICATION'
            WHEN 'asked' THEN 'PENDING_VERIFICATION' ELSE 'PENDING' END,
        method, CASE WHEN method = '' THEN '' ELSE found_text END,
        CASE verdict WHEN 'credited' THEN taken_at END, '',
        CASE verdict WHEN 'looking' THEN taken_at END, taken_at
    );

    PERFORM n2store_publish(
        'transfer.received',
        CASE WHEN owner_id IS NULL THEN ARRAY['transfers'] ELSE ARRAY['transfers', 'customer:' || owner_phone] END,
        jsonb_build_object(
            'id', transfer_id, 'sepay_id', p_sepay_id, 'gateway', p_gateway,
            'transaction_date',
            to_char(p_transferred_at AT TIME ZONE 'Asia/Ho_Chi_Minh', 'YYYY-MM-DD"T"HH24:MI:SS"+07:00"'),
            'account_number', p_account_number, 'code', nullif(p_code, ''), 'content', p_content,
            'transfer_type', p_direction, 'transfer_amount', p_amount_vnd, 'accumulated', p_accumulated_vnd,
            'sub_account', nullif(p_sub_account, ''), 'reference_code', nullif(p_reference_code, ''),
            'description', nullif(p_description, ''), 'created_at', taken_at,
            'customer_id', owner_id, 'customer_phone', owner_phone, 'customer_name', owner_name,
            'match_method', nullif(method, ''), 'wallet_processed', deposit_id IS NOT NULL
        )
    );
    IF p_direction <> 'in' THEN
        RETURN;
    END IF;
    IF is_topup THEN
        PERFORM banking_topup_tie(transfer_id, t, p.wallet_transaction_id)
        FROM banking_topuppayment p JOIN banking_topup t ON t.id = p.topup_id WHERE p.id = of_topup.payment_id;
        SELECT t.customer_id, t.match_method INTO owner_id, method FROM banking_banktransfer t WHERE t.id = transfer_id;
        RETURN;
    END IF;

    INSERT INTO banking_decision (
        transfer_id, verdict, actor, at, rule_version, threshold, reading_kind, reading_value, reading_rule,
        candidates, customer_id, note
    ) VALUES (
        transfer_id, verdict, 'rules', taken_at, p_rules->>'version', (p_rules->>'threshold')::int,
        reading[1], coalesce(reading[2], ''), reading[3], candidates, owner_id, ''
    );
    IF may_be_topup THEN
        PERFORM banking_topup_hint(transfer_id, of_topup.topup_id, of_topup.sign);
    END IF;
    IF verdict = 'asked' THEN
        PERFORM banking_ask(transfer_id, found_text, candidates, taken_at);
    END IF;
END $$;
