-- Credit for a ticket that was compensated already is refused at the wallet's own doors as well: raises N2K01. Both sides
-- hold the wallet's lock, so that one of two at once sees the other.
CREATE OR REPLACE FUNCTION tickets_refuse_second_credit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM tickets_ticket t JOIN tickets_compensation g ON g.ticket_id = t.id AND g.revoked_at IS NULL
        WHERE t.code = NEW.source_id
    ) THEN
        RAISE EXCEPTION 'Ticket % was compensated already', NEW.source_id USING ERRCODE = 'N2K01';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER tickets_credited_once BEFORE INSERT ON wallets_virtualcredit
FOR EACH ROW WHEN (NEW.source_id LIKE 'TV-%') EXECUTE FUNCTION tickets_refuse_second_credit();
