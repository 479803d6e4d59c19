-- Credit for a ticket that was compensated already is refused at the wallet's own doors as well, by the ticket's code or by
-- the order that a return is about, in capitals or not; likewise a second credit by one of these names for a return that
-- is not compensated yet, whose own the first will be. Raises N2K07. All sides hold the wallet's lock, so that one of two
-- at once sees the other.
CREATE OR REPLACE FUNCTION tickets_refuse_second_credit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    meant bigint[];
    returns CONSTANT text[] := ARRAY['RETURN_CLIENT', 'RETURN_SHIPPER'];
BEGIN
    meant := ARRAY(
        SELECT t.id FROM tickets_ticket t WHERE t.code = upper(NEW.source_id)
        UNION ALL
        SELECT t.id FROM tickets_ticket t JOIN wallets_wallet w ON w.id = NEW.wallet_id AND w.customer_id = t.customer_id
        WHERE upper(t.order_id) = upper(NEW.source_id) AND t.order_id <> ''  -- As its index says it.
            AND t.type = ANY(returns)
    );
    IF meant = '{}' THEN
        RETURN NEW;
    END IF;
    IF EXISTS (SELECT FROM tickets_compensation g WHERE g.ticket_id = ANY(meant) AND g.revoked_at IS NULL) OR EXISTS (
        SELECT FROM tickets_ticket t
        JOIN wallets_virtualcredit v ON v.wallet_id = NEW.wallet_id AND upper(v.source_id) IN (t.code, upper(t.order_id))
        WHERE t.id = ANY(meant) AND t.type = ANY(returns) AND t.deleted_at IS NULL AND t.status <> 'CANCELLED'
            AND v.source_id <> '' AND v.status <> 'CANCELLED'
    ) THEN
        RAISE EXCEPTION 'Ticket or order % was compensated already', NEW.source_id USING ERRCODE = 'N2K07';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER tickets_credited_once BEFORE INSERT ON wallets_virtualcredit
FOR EACH ROW WHEN (NEW.source_id <> '') EXECUTE FUNCTION tickets_refuse_second_credit();
