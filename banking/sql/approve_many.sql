-- Let the money of transfers that the caller holds into their owners' wallets, in the order of phones. Each stands by
-- itself: one that the ledger refuses is told with its reason and stays as it was.
CREATE OR REPLACE FUNCTION banking_approve_many(p_ids bigint[], p_note text, p_actor text, p_at timestamptz)
RETURNS TABLE (transfer_id bigint, transaction_id bigint, real_after bigint, fault text) LANGUAGE plpgsql AS $$
DECLARE
    waiting banking_banktransfer;
    booked record;
BEGIN
    FOR waiting IN
        SELECT t.* FROM banking_banktransfer t JOIN customers_customer c ON c.id = t.customer_id
        WHERE t.id = ANY (p_ids) ORDER BY c.phone, t.id
    LOOP
        transfer_id := waiting.id;
        transaction_id := NULL;
        real_after := NULL;
        fault := '';
        BEGIN
            SELECT * INTO STRICT booked FROM banking_credit(
                waiting, waiting.customer_id,
                coalesce(nullif(waiting.code, ''), nullif(waiting.reference_code, ''), '#' || waiting.id)
                    || ' (bulk approve)', p_actor
            );
            UPDATE banking_banktransfer t
            SET wallet_transaction_id = booked.transaction_id, verification = 'APPROVED', verified_at = p_at,
                verified_by = p_actor, verification_note = p_note, match_due_at = NULL
            WHERE t.id = waiting.id;
            transaction_id := booked.transaction_id;
            real_after := booked.real_after;
        EXCEPTION WHEN SQLSTATE 'N2K01' THEN
            fault := SQLERRM;
        END;
        RETURN NEXT;
    END LOOP;
END $$;
