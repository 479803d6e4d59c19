-- The mark `platinum` on a ticket, by which the queue is read from an index; the truth is the customer's tier.
--
-- Note [The mark of the queue]
-- A ticket's mark is read off the tier when it is written. A tier that changes writes none of the tickets: it adds a row
-- to tickets_tiermove, by which the queue knows whose marks to mistrust, and tickets_settle puts them right later. So
-- no write waits for another: a lock on the customer would let tickets wait for a recalculation of everybody, and a lock on
-- tickets, taken with the customer's in hand, would meet those who hold the ticket and write into the customer's history.
CREATE FUNCTION tickets_mark() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_current_xact_id();  -- Before we look at the tier: tickets_settle waits for whoever had a number.
    NEW.platinum := EXISTS (SELECT FROM customers_customer c WHERE c.id = NEW.customer_id AND c.tier = 'platinum');
    RETURN NEW;
END $$;

CREATE TRIGGER tickets_marked BEFORE INSERT ON tickets_ticket FOR EACH ROW EXECUTE FUNCTION tickets_mark();

-- Marks of what is over are not kept.
CREATE TRIGGER tickets_marked_anew BEFORE UPDATE ON tickets_ticket FOR EACH ROW
WHEN (OLD.customer_id <> NEW.customer_id
      OR (OLD.status IN ('COMPLETED', 'CANCELLED') AND NEW.status NOT IN ('COMPLETED', 'CANCELLED')))
EXECUTE FUNCTION tickets_mark();

CREATE FUNCTION tickets_note_tier() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tickets_tiermove (customer_id) VALUES (NEW.id);
    RETURN NULL;
END $$;

CREATE TRIGGER tickets_tier_moved AFTER UPDATE OF tier ON customers_customer FOR EACH ROW
WHEN ((OLD.tier = 'platinum') <> (NEW.tier = 'platinum'))
EXECUTE FUNCTION tickets_note_tier();

-- Put the marks of up to `p_max` moves right and forget the moves; return how many were forgotten.
--
-- Whoever marked a ticket by the tier of before had a transaction number by then, and took it before we saw the move: so
-- a move is ripe when every transaction that had a number then is over, and all such tickets can be seen. A ticket that
-- somebody holds is left for the next time, and so is its move.
CREATE FUNCTION tickets_settle(p_max integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    ripe bigint[];
    owners bigint[];
    forgotten bigint;
BEGIN
    UPDATE tickets_tiermove SET ripe_from = pg_snapshot_xmax(pg_current_snapshot())::text::bigint
    WHERE id IN (SELECT id FROM tickets_tiermove WHERE ripe_from IS NULL FOR UPDATE SKIP LOCKED);

    SELECT array_agg(m.id), array_agg(m.customer_id) INTO ripe, owners
    FROM (
        SELECT id, customer_id FROM tickets_tiermove
        WHERE ripe_from <= pg_snapshot_xmin(pg_current_snapshot())::text::bigint
        ORDER BY id LIMIT p_max FOR UPDATE SKIP LOCKED
    ) m;

    UPDATE tickets_ticket t SET platinum = NOT t.platinum
    FROM (
        SELECT t.id FROM tickets_ticket t JOIN customers_customer c ON c.id = t.customer_id
        WHERE t.customer_id = ANY (owners) AND t.status NOT IN ('COMPLETED', 'CANCELLED')
            AND t.platinum <> (c.tier = 'platinum')
        FOR NO KEY UPDATE OF t SKIP LOCKED
    ) wrong
    WHERE t.id = wrong.id;

    DELETE FROM tickets_tiermove m
    WHERE m.id = ANY (ripe) AND NOT EXISTS (
        SELECT FROM tickets_ticket t JOIN customers_customer c ON c.id = t.customer_id
        WHERE t.customer_id = m.customer_id AND t.status NOT IN ('COMPLETED', 'CANCELLED')
            AND t.platinum <> (c.tier = 'platinum')
    );
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    RETURN forgotten;
END $$;
