-- Count tickets by state and type as they are written: a row for what was, a row for what is. Rows are only added, so
-- that two writes never wait for each other; now and then a write folds them, and their sum is always the truth.
CREATE OR REPLACE FUNCTION tickets_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.deleted_at IS NULL THEN
        INSERT INTO tickets_tally (status, type, tickets, refund_vnd)
        VALUES (OLD.status, OLD.type, -1, -coalesce(OLD.refund_vnd, 0));
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.deleted_at IS NULL THEN
        INSERT INTO tickets_tally (status, type, tickets, refund_vnd)
        VALUES (NEW.status, NEW.type, 1, coalesce(NEW.refund_vnd, 0));
    END IF;
    IF TG_OP = 'INSERT' AND NEW.id % 200 = 0 THEN
        PERFORM tickets_fold();
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER tickets_counted_in AFTER INSERT OR DELETE ON tickets_ticket
FOR EACH ROW EXECUTE FUNCTION tickets_count();

CREATE TRIGGER tickets_counted_anew AFTER UPDATE ON tickets_ticket FOR EACH ROW
WHEN ((OLD.status, OLD.type, OLD.refund_vnd, OLD.deleted_at) IS DISTINCT FROM
      (NEW.status, NEW.type, NEW.refund_vnd, NEW.deleted_at))
EXECUTE FUNCTION tickets_count();

-- Credit is counted under no state: it is given once and taken back at most once.
CREATE OR REPLACE FUNCTION tickets_count_credit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.kind = 'virtual_credit' THEN
        INSERT INTO tickets_tally (status, type, credit_vnd)
        VALUES ('', '', CASE WHEN NEW.revoked_at IS NULL THEN NEW.amount_vnd ELSE -NEW.amount_vnd END);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER tickets_credit_given AFTER INSERT ON tickets_compensation
FOR EACH ROW EXECUTE FUNCTION tickets_count_credit();

CREATE TRIGGER tickets_credit_taken_back AFTER UPDATE OF revoked_at ON tickets_compensation FOR EACH ROW
WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL)
EXECUTE FUNCTION tickets_count_credit();

-- Make one row of many for each state and type, and return how many there were more. Rows that another fold holds are
-- left to it, so that nobody waits.
CREATE OR REPLACE FUNCTION tickets_fold() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    folded bigint;
BEGIN
    WITH gone AS (
        DELETE FROM tickets_tally WHERE id IN (SELECT id FROM tickets_tally FOR UPDATE SKIP LOCKED)
        RETURNING status, type, tickets, refund_vnd, credit_vnd
    ), made AS (
        INSERT INTO tickets_tally (status, type, tickets, refund_vnd, credit_vnd)
        SELECT status, type, sum(tickets), sum(refund_vnd), sum(credit_vnd) FROM gone GROUP BY status, type
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM gone) - (SELECT count(*) FROM made) INTO folded;
    RETURN folded;
END $$;

-- The figures above every list of tickets.
CREATE OR REPLACE FUNCTION tickets_statistics() RETURNS json LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT json_build_object(
            'total_tickets', coalesce(sum(tickets), 0)::bigint,
            'pending_count', coalesce(sum(tickets) FILTER (WHERE status = 'PENDING'), 0)::bigint,
            'in_progress_count', coalesce(sum(tickets) FILTER (WHERE status = 'IN_PROGRESS'), 0)::bigint,
            'pending_goods_count', coalesce(sum(tickets) FILTER (WHERE status = 'PENDING_GOODS'), 0)::bigint,
            'pending_finance_count', coalesce(sum(tickets) FILTER (WHERE status = 'PENDING_FINANCE'), 0)::bigint,
            'completed_count', coalesce(sum(tickets) FILTER (WHERE status = 'COMPLETED'), 0)::bigint,
            'cancelled_count', coalesce(sum(tickets) FILTER (WHERE status = 'CANCELLED'), 0)::bigint,
            'boom_count', coalesce(sum(tickets) FILTER (WHERE type = 'BOOM'), 0)::bigint,
            'fix_cod_count', coalesce(sum(tickets) FILTER (WHERE type = 'FIX_COD'), 0)::bigint,
            'return_client_count', coalesce(sum(tickets) FILTER (WHERE type = 'RETURN_CLIENT'), 0)::bigint,
            'return_shipper_count', coalesce(sum(tickets) FILTER (WHERE type = 'RETURN_SHIPPER'), 0)::bigint,
            'complaint_count', coalesce(sum(tickets) FILTER (WHERE type = 'COMPLAINT'), 0)::bigint,
            'warranty_count', coalesce(sum(tickets) FILTER (WHERE type = 'WARRANTY'), 0)::bigint,
            'other_count', coalesce(sum(tickets) FILTER (WHERE type = 'OTHER'), 0)::bigint,
            'total_refunded', coalesce(sum(refund_vnd) FILTER (WHERE status = 'COMPLETED'), 0)::bigint,
            'total_virtual_issued', coalesce(sum(credit_vnd), 0)::bigint
        ) FROM tickets_tally
    );
END $$;
