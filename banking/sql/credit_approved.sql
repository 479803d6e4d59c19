-- Credit approved transfers that have an owner and no deposit yet, the oldest first. Rows that another run holds are left
-- to it; wallets are taken in the order of phones, so that two runs never wait for each other. The deposit's key is that
-- of every other door, so that no two paths credit one transfer.
CREATE OR REPLACE FUNCTION banking_credit_approved(p_rows_max integer)
RETURNS TABLE (transfer_id bigint, phone text, amount_vnd bigint, real_after bigint) LANGUAGE plpgsql AS $$
DECLARE
    held bigint[];
    waiting banking_banktransfer;
    booked record;
BEGIN
    SELECT array_agg(due.id) INTO held FROM (
        SELECT t.id FROM banking_banktransfer t
        WHERE t.customer_id IS NOT NULL AND t.wallet_transaction_id IS NULL AND t.direction = 'in'
          AND t.verification IN ('AUTO_APPROVED', 'APPROVED')
        ORDER BY t.id LIMIT p_rows_max FOR UPDATE SKIP LOCKED
    ) due;

    FOR waiting IN
        SELECT t.* FROM banking_banktransfer t JOIN customers_customer c ON c.id = t.customer_id
        WHERE t.id = ANY (held) ORDER BY c.phone, t.id
    LOOP
        SELECT * INTO STRICT booked FROM banking_credit(
            waiting, waiting.customer_id,
            coalesce(nullif(waiting.code, ''), nullif(waiting.reference_code, ''), '#' || waiting.id) || ' (cron backup)',
            coalesce(nullif(waiting.verified_by, ''), 'sepay')
        );
        UPDATE banking_banktransfer t SET wallet_transaction_id = booked.transaction_id WHERE t.id = waiting.id;
        transfer_id := waiting.id;
        amount_vnd := waiting.amount_vnd;
        real_after := booked.real_after;
        SELECT c.phone INTO STRICT phone FROM customers_customer c WHERE c.id = waiting.customer_id;
        RETURN NEXT;
    END LOOP;
END $$;
