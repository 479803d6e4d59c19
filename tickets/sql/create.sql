-- Open a ticket in one round trip: the customer if new, the next code of the year, the row, a line of history, the event.
--
-- `p_given` holds columns of tickets_ticket. For an order that has a live ticket, in capitals or not, `existing` names it;
-- if both are returns, nothing is written and `ticket` is null. Two at once for one order happen one after the other, by a
-- lock on the order, since there may be no row to lock. A key that opened a ticket before answers with that one,
-- `replayed`; N2K01 when somebody else used it, or with other words. The year's counter is taken last: it is held until
-- this commits, so that numbers have no gaps, and everything that can wait for somebody else is done before. `bought` is
-- what the shop knows of the order of a new ticket.
DROP FUNCTION IF EXISTS tickets_create(text, jsonb, integer, text, text, timestamptz);
CREATE FUNCTION tickets_create(
    p_phone text, p_given jsonb, p_year integer, p_key text, p_actor text, p_at timestamptz,
    OUT ticket json, OUT existing json, OUT replayed boolean, OUT bought json
) LANGUAGE plpgsql AS $$
DECLARE
    made tickets_ticket;
    returns CONSTANT text[] := ARRAY['RETURN_CLIENT', 'RETURN_SHIPPER'];
    named text;
    said text;
    number bigint;
    days integer;
    earlier record;
BEGIN
    made := jsonb_populate_record(NULL::tickets_ticket, p_given);
    replayed := false;
    IF p_key IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock(hashtextextended('tickets.key:' || p_key, 0));
        said := md5(p_given::text);
        SELECT t.type, t.order_id, t.actor, t.key_said, v.phone, v.data INTO earlier
        FROM tickets_ticket t JOIN tickets_shown v ON v.id = t.id WHERE t.key = p_key;
        IF FOUND THEN
            IF (earlier.type, earlier.order_id, earlier.actor, earlier.phone, coalesce(earlier.key_said, said))
                IS DISTINCT FROM (made.type, made.order_id, p_actor, p_phone, said) THEN
                RAISE EXCEPTION 'This Idempotency-Key was already used for another ticket' USING ERRCODE = 'N2K01';
            END IF;
            ticket := earlier.data;
            replayed := true;
            RETURN;
        END IF;
    END IF;
    IF made.order_id <> '' THEN
        PERFORM pg_advisory_xact_lock(hashtextextended('tickets.order:' || upper(made.order_id), 0));
        SELECT json_build_object('id', t.id, 'ticket_code', t.code, 'type', t.type, 'status', t.status) INTO existing
        FROM tickets_ticket t
        WHERE upper(t.order_id) = upper(made.order_id)
            AND t.order_id <> ''  -- As its index says it, or a plan is made for each order.
            AND t.deleted_at IS NULL AND t.status <> 'CANCELLED'
        ORDER BY t.type = ANY(returns) DESC, t.id DESC LIMIT 1;
        IF made.type = ANY(returns) AND existing->>'type' = ANY(returns) THEN
            RETURN;
        END IF;
    END IF;

    SELECT e.customer_id INTO STRICT made.customer_id FROM customers_ensure(p_phone, made.customer_name, p_actor) e;
    IF made.order_id <> '' THEN
        bought := tickets_bought(made.order_id, made.customer_id);
    END IF;
    SELECT claim_days INTO days FROM tickets_policy p WHERE p.type = made.type;
    named := 'Sự vụ ' || made.type || ' - ' || coalesce(nullif(made.order_id, ''), 'N/A');

    INSERT INTO tickets_yearcounter (year, last) VALUES (p_year, 1)
    ON CONFLICT (year) DO UPDATE SET last = tickets_yearcounter.last + 1 RETURNING last INTO number;
    made.code := 'TV-' || p_year || '-' || lpad(number::text, greatest(5, length(number::text)), '0');

    INSERT INTO tickets_ticket (
        code, firebase_id, customer_id, customer_name, order_id, tpos_order_id, tracking_code, carrier, type, status,
        priority, subject, description, products, original_cod_vnd, new_cod_vnd, refund_vnd, fix_cod_reason, waits_for,
        waiting_since, carrier_deadline_at, completed_at, assigned_to, internal_note, attachments, history,
        actor, key, key_said, created_at, updated_at
    ) VALUES (
        made.code, made.firebase_id, made.customer_id, made.customer_name, made.order_id, made.tpos_order_id,
        made.tracking_code, made.carrier, made.type, made.status, made.priority, made.subject, made.description,
        made.products, made.original_cod_vnd, made.new_cod_vnd, made.refund_vnd, made.fix_cod_reason, made.waits_for,
        p_at, CASE WHEN made.waits_for = 'carrier' THEN p_at + make_interval(days => days) END,
        CASE WHEN made.status = 'COMPLETED' THEN p_at END, made.assigned_to, made.internal_note, made.attachments,
        jsonb_build_array(jsonb_build_object(
            'action', 'created', 'status', made.status, 'performed_by', p_actor, 'performed_at', n2store_iso(p_at)
        )),
        p_actor, p_key, said, p_at, p_at
    ) RETURNING id INTO made.id;

    INSERT INTO customers_activity (
        customer_id, type, title, reference_type, reference_id, icon, color, actor, created_at
    ) VALUES (
        made.customer_id, 'TICKET_CREATED', named, 'ticket', made.code, 'clipboard-list', 'blue', p_actor, p_at
    );
    ticket := tickets_announce(made.id, 'ticket.created');
    IF made.status = 'COMPLETED' THEN
        INSERT INTO customers_activity (
            customer_id, type, title, description, reference_type, reference_id, icon, color, actor, created_at
        ) VALUES (
            made.customer_id, 'TICKET_COMPLETED', 'Hoàn thành ticket ' || made.code, 'Không bồi thường', 'ticket',
            made.code, 'check-circle', 'green', p_actor, p_at
        );
        PERFORM tickets_announce(made.id, 'ticket.completed');
    END IF;
END $$;
