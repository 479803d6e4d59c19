-- What a customer's orders add up to, from the orders themselves: a draft counts for nothing, a cancelled order only as
-- cancelled, one that came back as an order and as returned, but not as money spent.
CREATE OR REPLACE FUNCTION customers_order_figures(p_customers bigint[]) RETURNS SETOF customers_orderstats
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT counted.id, counted.placed, counted.successful, counted.returned, counted.cancelled, counted.spent,
           CASE WHEN counted.placed = 0 THEN 0 ELSE (counted.returned * 10000 / counted.placed)::integer END,
           counted.first_at, counted.last_at, counted.purchase_at
    FROM (
        SELECT c.id,
               (count(o.id) FILTER (WHERE o.status IN ('confirmed', 'delivered', 'returned')))::integer AS placed,
               (count(o.id) FILTER (WHERE o.status = 'delivered'))::integer AS successful,
               (count(o.id) FILTER (WHERE o.status = 'returned'))::integer AS returned,
               (count(o.id) FILTER (WHERE o.status = 'cancelled'))::integer AS cancelled,
               coalesce(sum(o.total_vnd) FILTER (WHERE o.status IN ('confirmed', 'delivered')), 0)::bigint AS spent,
               min(o.ordered_at) FILTER (WHERE o.status IN ('confirmed', 'delivered', 'returned')) AS first_at,
               max(o.ordered_at) FILTER (WHERE o.status IN ('confirmed', 'delivered', 'returned')) AS last_at,
               max(o.ordered_at) FILTER (WHERE o.status IN ('confirmed', 'delivered')) AS purchase_at
        FROM unnest(p_customers) AS c (id) LEFT JOIN customers_order o ON o.customer_id = c.id
        GROUP BY c.id
    ) counted;
END $$;

-- Take at most 1,000 orders of one or several sources, all or none. `p_rows` is a list of
-- {place, source, code, phone, name, total, status, words, ordered_at, delivered_at, returned_at, cancelled_at, told_at,
-- raw}; each code stands in it once, phones are canonical. A row without a status says nothing of it: an order that is
-- known stays what it was, with its words and moments, and a new one begins as confirmed.
-- Locks are taken in one order by everybody: new customers by phone, all by id, orders by source and code, figures by
-- customer. Figures are counted after their lock, so that whoever comes second counts what the first has committed.
-- `outcome` is created, updated, unchanged, or stale for a word older than the one we have; `former` is whose order it
-- was until now.
CREATE OR REPLACE FUNCTION customers_take_orders(p_rows jsonb, p_actor text, p_live_since timestamptz)
RETURNS TABLE (place integer, outcome text, blacklisted boolean, owner bigint, former bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    owners jsonb;
    fresh bigint[];
    done jsonb;
    touched bigint[];
BEGIN
    SELECT jsonb_object_agg(p.phone, made.customer_id) INTO owners
    FROM (
        SELECT DISTINCT ON (phone) phone, name FROM jsonb_to_recordset(p_rows) AS r (place integer, phone text, name text)
        ORDER BY phone, (name = ''), place
    ) p, customers_ensure(p.phone, p.name, p_actor) AS made;

    PERFORM FROM customers_customer c WHERE c.id IN (SELECT o.value::bigint FROM jsonb_each_text(owners) o)
    ORDER BY c.id FOR KEY SHARE;

    WITH made AS (
        INSERT INTO customers_order (
            source, external_code, customer_id, total_vnd, status, status_text, ordered_at,
            delivered_at, returned_at, cancelled_at, raw, told_at
        )
        SELECT g.source, g.code, (owners->>g.phone)::bigint, g.total, coalesce(g.status, 'confirmed'), g.words,
               coalesce(g.ordered_at, g.told_at),
               CASE WHEN g.status = 'delivered' THEN coalesce(g.delivered_at, g.told_at)
                    WHEN g.status = 'returned' THEN g.delivered_at END,
               CASE WHEN g.status = 'returned' THEN coalesce(g.returned_at, g.told_at) END,
               CASE WHEN g.status = 'cancelled' THEN coalesce(g.cancelled_at, g.told_at) END,
               g.raw, g.told_at
        FROM customers_orders_given(p_rows) g
        ORDER BY g.source, g.code
        ON CONFLICT (source, external_code) DO NOTHING
        RETURNING id
    )
    SELECT coalesce(array_agg(id), '{}') INTO fresh FROM made;

    PERFORM o.id FROM customers_order o JOIN customers_orders_given(p_rows) g
        ON (g.source, g.code) = (o.source, o.external_code)
    WHERE o.id <> ALL (fresh) ORDER BY o.source, o.external_code FOR UPDATE OF o;

    WITH known AS (
        SELECT g.place, o.id, o.customer_id AS former, o.status AS former_status, fresh @> ARRAY[o.id] AS created,
               g.told_at AS told, g.told_at < o.told_at AS older, g.raw AS new_raw, w.*,
               ROW(o.customer_id, o.total_vnd, o.status, o.status_text, o.ordered_at, o.delivered_at, o.returned_at,
                   o.cancelled_at) IS DISTINCT FROM ROW(w.*) AS differs
        FROM customers_orders_given(p_rows) g
        JOIN customers_order o ON (o.source, o.external_code) = (g.source, g.code)
        CROSS JOIN LATERAL (SELECT coalesce(g.status, o.status) AS status) s
        CROSS JOIN LATERAL (
            SELECT (owners->>g.phone)::bigint AS owner, g.total, s.status,
                   CASE WHEN g.status IS NULL THEN o.status_text ELSE g.words END AS words,
                   coalesce(g.ordered_at, o.ordered_at) AS ordered,
                   CASE WHEN s.status = 'delivered' THEN coalesce(g.delivered_at, o.delivered_at, g.told_at)
                        WHEN s.status = 'returned' THEN coalesce(g.delivered_at, o.delivered_at) END AS delivered,
                   CASE WHEN s.status = 'returned' THEN coalesce(g.returned_at, o.returned_at, g.told_at) END AS returned,
                   CASE WHEN s.status = 'cancelled' THEN coalesce(g.cancelled_at, o.cancelled_at, g.told_at) END
                       AS cancelled
        ) w
    ), written AS (
        UPDATE customers_order o
        SET customer_id = k.owner, total_vnd = k.total, status = k.status, status_text = k.words,
            ordered_at = k.ordered, delivered_at = k.delivered, returned_at = k.returned, cancelled_at = k.cancelled,
            raw = k.new_raw, told_at = k.told,
            updated_at = CASE WHEN k.differs THEN now() ELSE o.updated_at END
        FROM known k
        WHERE o.id = k.id AND NOT k.created AND NOT k.older AND (k.differs OR k.told > o.told_at)
    )
    SELECT jsonb_agg(jsonb_build_object(
        'place', k.place, 'id', k.id, 'owner', k.owner, 'former', k.former, 'former_status', k.former_status,
        'outcome', CASE WHEN k.created THEN 'created' WHEN NOT k.differs THEN 'unchanged' WHEN k.older THEN 'stale'
                        ELSE 'updated' END
    )) INTO done FROM known k;

    SELECT coalesce(array_agg(DISTINCT t.id ORDER BY t.id), '{}') INTO touched
    FROM jsonb_to_recordset(done) AS d (outcome text, owner bigint, former bigint),
         LATERAL (VALUES (d.owner), (d.former)) AS t (id)
    WHERE d.outcome IN ('created', 'updated');
    INSERT INTO customers_orderstats (customer_id) SELECT unnest(touched) ON CONFLICT DO NOTHING;
    PERFORM FROM customers_orderstats WHERE customer_id = ANY (touched) ORDER BY customer_id FOR NO KEY UPDATE;
    UPDATE customers_orderstats s
    SET total_orders = f.total_orders, successful_orders = f.successful_orders, returned_orders = f.returned_orders,
        cancelled_orders = f.cancelled_orders, total_spent_vnd = f.total_spent_vnd, return_rate_bp = f.return_rate_bp,
        first_order_at = f.first_order_at, last_order_at = f.last_order_at, last_purchase_at = f.last_purchase_at
    FROM customers_order_figures(touched) f
    WHERE s.customer_id = f.customer_id AND s IS DISTINCT FROM f;

    PERFORM customers_tell_orders(done, p_actor, p_live_since);
    RETURN QUERY
    SELECT d.place, d.outcome, c.tier = 'blacklist', d.owner, d.former
    FROM jsonb_to_recordset(done) AS d (place integer, outcome text, owner bigint, former bigint)
    JOIN customers_customer c ON c.id = d.owner ORDER BY d.place;
END $$;

-- The rows as `customers_take_orders` is given them.
CREATE OR REPLACE FUNCTION customers_orders_given(p_rows jsonb) RETURNS TABLE (
    place integer, source text, code text, phone text, name text, total bigint, status text, words text,
    ordered_at timestamptz, delivered_at timestamptz, returned_at timestamptz, cancelled_at timestamptz,
    told_at timestamptz, raw jsonb
) LANGUAGE plpgsql STABLE ROWS 200 AS $$
BEGIN
    RETURN QUERY SELECT * FROM jsonb_to_recordset(p_rows) AS r (
        place integer, source text, code text, phone text, name text, total bigint, status text, words text,
        ordered_at timestamptz, delivered_at timestamptz, returned_at timestamptz, cancelled_at timestamptz,
        told_at timestamptz, raw jsonb
    );
END $$;

-- A line of history and an event for each order that is new or has come further; none for the past that is filled in.
CREATE OR REPLACE FUNCTION customers_tell_orders(p_done jsonb, p_actor text, p_live_since timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    WITH news AS (
        SELECT o.*, c.phone, nullif(d.former_status, o.status) AS before, d.outcome
        FROM jsonb_to_recordset(p_done) AS d (place integer, id bigint, outcome text, former_status text)
        JOIN customers_order o ON o.id = d.id JOIN customers_customer c ON c.id = o.customer_id
        WHERE d.outcome IN ('created', 'updated')
            AND greatest(o.ordered_at, o.delivered_at, o.returned_at, o.cancelled_at) >= p_live_since
        ORDER BY d.place
    ), lines AS (
        INSERT INTO customers_activity (
            customer_id, type, title, description, reference_type, reference_id, icon, color, actor
        )
        SELECT n.customer_id, w.type, w.title || ': ' || n.external_code,
               to_char(n.total_vnd, 'FM999,999,999,999,999,999') || 'đ', 'order', n.external_code, w.icon, w.color,
               p_actor
        FROM news n JOIN (VALUES
            ('confirmed', 'ORDER_CREATED', 'Đặt đơn', 'shopping-cart', 'blue'),
            ('delivered', 'ORDER_DELIVERED', 'Đã giao đơn', 'truck', 'green'),
            ('returned', 'ORDER_RETURNED', 'Hoàn đơn', 'undo', 'red')
        ) AS w (status, type, title, icon, color) ON w.status = n.status
        WHERE n.outcome = 'created' OR n.before IS NOT NULL
    )
    INSERT INTO n2store_event (name, topics, payload)
    SELECT CASE n.outcome WHEN 'created' THEN 'order.created' ELSE 'order.updated' END,
           ARRAY['customers', 'customer:' || n.phone],
           jsonb_build_object('id', n.id, 'source', n.source, 'code', n.external_code, 'customer_id', n.customer_id,
               'phone', n.phone, 'status', n.status, 'before', n.before, 'total', n.total_vnd)
    FROM news n;
END $$;

-- Every customer has figures from the first moment on, so that lists need not ask who has none.
CREATE OR REPLACE FUNCTION customers_open_figures() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO customers_orderstats (customer_id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER customers_customer_figures AFTER INSERT ON customers_customer
FOR EACH ROW EXECUTE FUNCTION customers_open_figures();

INSERT INTO customers_orderstats (customer_id) SELECT id FROM customers_customer ON CONFLICT DO NOTHING;
