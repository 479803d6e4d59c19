-- Take one bank transfer: raw delivery, reading, owner, deposit and events in one transaction and one round trip.
--
-- The unique delivery decides who is first: a repeat, also one that runs at the same moment, is counted and changes
-- nothing. `p_qr` and `p_phone` are what the pure reader found in the text; the owner is the customer of a mapped code,
-- else of the full phone. Only incoming money is credited.
CREATE OR REPLACE FUNCTION banking_take_transfer(
    p_provider text, p_sepay_id bigint, p_body text, p_gateway text, p_transferred_at timestamptz,
    p_account_number text, p_sub_account text, p_code text, p_content text, p_direction text,
    p_amount_vnd bigint, p_accumulated_vnd bigint, p_reference_code text, p_description text,
    p_qr text, p_phone text,
    OUT transfer_id bigint, OUT is_new boolean, OUT owner_id bigint, OUT method text
) LANGUAGE plpgsql AS $$
DECLARE
    taken_delivery_id bigint;
    owner_phone text;
    owner_name text;
    deposit_id bigint;
    found_text text := '';
    taken_at timestamptz := clock_timestamp();
BEGIN
    INSERT INTO banking_delivery (provider, external_id, body, received_at)
    VALUES (p_provider, p_sepay_id, p_body, taken_at)
    ON CONFLICT (provider, external_id) DO NOTHING
    RETURNING id INTO taken_delivery_id;

    method := '';
    is_new := taken_delivery_id IS NOT NULL;
    IF NOT is_new THEN
        UPDATE banking_delivery
        SET repeats = repeats + 1, repeated_at = taken_at,
            differing_body = CASE WHEN body = p_body THEN differing_body ELSE p_body END
        WHERE provider = p_provider AND external_id = p_sepay_id;
        SELECT t.id INTO transfer_id FROM banking_banktransfer t WHERE t.sepay_id = p_sepay_id;
        RETURN;
    END IF;

    IF p_direction = 'in' THEN
        IF p_qr IS NOT NULL THEN
            SELECT c.id, c.phone, c.name INTO owner_id, owner_phone, owner_name
            FROM banking_qrcode q JOIN customers_customer c ON c.id = q.customer_id WHERE q.code = p_qr;
            IF FOUND THEN
                method := 'qr_code';
                found_text := p_qr;
            END IF;
        END IF;
        IF method = '' AND p_phone IS NOT NULL THEN
            SELECT c.id, c.phone, c.name INTO owner_id, owner_phone, owner_name
            FROM customers_customer c WHERE c.phone = p_phone;
            IF NOT FOUND THEN
                SELECT e.customer_id INTO STRICT owner_id FROM customers_ensure(p_phone, '', p_provider) e;
                SELECT c.phone, c.name INTO STRICT owner_phone, owner_name FROM customers_customer c WHERE c.id = owner_id;
            END IF;
            method := 'exact_phone';
            found_text := p_phone;
        END IF;
    END IF;

    transfer_id := nextval('banking_banktransfer_id_seq');
    IF owner_id IS NOT NULL THEN
        SELECT d.transaction_id INTO STRICT deposit_id FROM wallets_deposit(
            owner_id, p_amount_vnd, p_provider || ':' || p_sepay_id, 'BANK_TRANSFER',
            'balance_history', transfer_id::text,
            CASE method WHEN 'qr_code' THEN 'Nạp từ CK (QR: ' ELSE 'Nạp từ CK (Phone: ' END || found_text || ')',
            p_provider, p_transferred_at
        ) d;
    END IF;

    INSERT INTO banking_banktransfer (
        id, sepay_id, delivery_id, gateway, transferred_at, account_number, sub_account, code, content, direction,
        amount_vnd, accumulated_vnd, reference_code, description,
        customer_id, wallet_transaction_id, verification, match_method, matched_text, verified_at, verified_by,
        created_at
    ) VALUES (
        transfer_id, p_sepay_id, taken_delivery_id, p_gateway, p_transferred_at, p_account_number, p_sub_account,
        p_code, p_content, p_direction, p_amount_vnd, p_accumulated_vnd, p_reference_code, p_description,
        owner_id, deposit_id, CASE WHEN owner_id IS NULL THEN 'PENDING' ELSE 'AUTO_APPROVED' END,
        method, found_text, CASE WHEN owner_id IS NOT NULL THEN taken_at END, '', taken_at
    );

    PERFORM n2store_publish(
        'transfer.received',
        CASE WHEN owner_id IS NULL THEN ARRAY['transfers'] ELSE ARRAY['transfers', 'customer:' || owner_phone] END,
        jsonb_build_object(
            'id', transfer_id, 'sepay_id', p_sepay_id, 'gateway', p_gateway,
            'transaction_date', to_char(p_transferred_at AT TIME ZONE 'Asia/Ho_Chi_Minh', 'YYYY-MM-DD HH24:MI:SS'),
            'account_number', p_account_number, 'code', nullif(p_code, ''), 'content', p_content,
            'transfer_type', p_direction, 'transfer_amount', p_amount_vnd, 'accumulated', p_accumulated_vnd,
            'sub_account', nullif(p_sub_account, ''), 'reference_code', nullif(p_reference_code, ''),
            'description', nullif(p_description, ''), 'created_at', taken_at,
            'customer_id', owner_id, 'customer_phone', owner_phone, 'customer_name', owner_name,
            'match_method', nullif(method, '')
        )
    );
END $$;
