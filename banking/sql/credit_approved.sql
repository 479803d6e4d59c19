-- Credit approved transfers that have an owner and no deposit yet, oldest first. Rows that another run holds are left
-- to it. The deposit's key is the webhook's, so that no two paths credit one transfer.
CREATE OR REPLACE FUNCTION banking_credit_approved(p_rows_max integer)
RETURNS TABLE (transfer_id bigint, phone text, amount_vnd bigint, real_after bigint) LANGUAGE plpgsql AS $$
DECLARE
    waiting banking_banktransfer;
    booked record;
BEGIN
    FOR waiting IN
        SELECT * FROM banking_banktransfer t
        WHERE t.customer_id IS NOT NULL AND t.wallet_transaction_id IS NULL AND t.direction = 'in'
          AND t.verification IN ('AUTO_APPROVED', 'APPROVED')
        ORDER BY t.id LIMIT p_rows_max FOR UPDATE SKIP LOCKED
    LOOP
        SELECT * INTO STRICT booked FROM wallets_deposit(
            waiting.customer_id, waiting.amount_vnd, 'sepay:' || waiting.sepay_id, 'BANK_TRANSFER',
            'balance_history', waiting.id::text, 'Nạp từ CK (' || waiting.match_method || ')',
            coalesce(nullif(waiting.verified_by, ''), 'sepay'), waiting.transferred_at
        );
        UPDATE banking_banktransfer t SET wallet_transaction_id = booked.transaction_id WHERE t.id = waiting.id;
        transfer_id := waiting.id;
        amount_vnd := waiting.amount_vnd;
        real_after := booked.real_after;
        SELECT c.phone INTO STRICT phone FROM customers_customer c WHERE c.id = waiting.customer_id;
        RETURN NEXT;
    END LOOP;
END $$;
