-- Judge and write down what has changed, and nothing else: scores, tiers, why, and who is to hear of it. Everybody at
-- once keeps all other recalculations out; some at a time go on beside each other, customers locked in order of id.
-- Who moves is locked by a statement before the one that moves them: a statement that locks a row's newer version, and
-- then comes to the older one that its snapshot shows, would wait for whoever waits behind it.
-- Returns how many moved from which tier to which, and in `scores` how many scores were written.
CREATE OR REPLACE FUNCTION customers_rfm_recalculate(
    p_at timestamptz, p_config bigint, p_customers bigint[], p_actor text, p_events_max integer
) RETURNS TABLE (before text, after text, customers bigint, scores bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    written bigint;
    moves json;
    ids bigint[];
    tiers_now text[];
    tiers_wanted text[];
    causes text[];
    reasons text[];
BEGIN
    IF p_customers IS NULL THEN
        PERFORM pg_advisory_xact_lock(hashtext('customers_rfm'));
    ELSE
        PERFORM pg_advisory_xact_lock_shared(hashtext('customers_rfm'));
    END IF;
    WITH judged AS MATERIALIZED (
        SELECT * FROM customers_rfm_judged(p_at, p_config, p_customers)
    ), scored AS (
        INSERT INTO customers_rfmscore AS s (
            customer_id, recency, frequency, monetary, total, segment, last_purchase_at, orders, spent_vnd, config_id,
            computed_at
        )
        SELECT j.customer_id, j.recency, j.frequency, j.monetary, j.total, j.segment, j.last_purchase_at, j.orders,
               j.spent_vnd, p_config, p_at
        FROM judged j LEFT JOIN customers_rfmscore known ON known.customer_id = j.customer_id
        WHERE ROW(j.recency, j.frequency, j.monetary, j.last_purchase_at, j.orders, j.spent_vnd, j.segment, p_config)
            IS DISTINCT FROM ROW(known.recency, known.frequency, known.monetary, known.last_purchase_at, known.orders,
                                 known.spent_vnd, known.segment::text, known.config_id)
        ORDER BY j.customer_id
        ON CONFLICT (customer_id) DO UPDATE
        SET recency = excluded.recency, frequency = excluded.frequency, monetary = excluded.monetary,
            total = excluded.total, segment = excluded.segment, last_purchase_at = excluded.last_purchase_at,
            orders = excluded.orders, spent_vnd = excluded.spent_vnd, config_id = excluded.config_id,
            computed_at = excluded.computed_at
        RETURNING s.customer_id
    )
    SELECT (SELECT count(*) FROM scored), array_agg(j.customer_id ORDER BY j.customer_id),
           array_agg(j.tier_now ORDER BY j.customer_id), array_agg(j.tier_wanted ORDER BY j.customer_id),
           array_agg(j.cause ORDER BY j.customer_id),
           array_agg(CASE j.cause WHEN 'score' THEN format('R%s F%s M%s', j.recency, j.frequency, j.monetary) ELSE '' END
                     ORDER BY j.customer_id)
    FROM judged j WHERE j.tier_now <> j.tier_wanted
    INTO written, ids, tiers_now, tiers_wanted, causes, reasons;

    PERFORM FROM unnest(ids) AS j (id) JOIN customers_customer c ON c.id = j.id ORDER BY c.id FOR NO KEY UPDATE OF c;

    WITH moved AS (
        UPDATE customers_customer c
        SET tier = j.tier_wanted, field_sources = c.field_sources - 'tier', updated_at = p_at
        FROM unnest(ids, tiers_now, tiers_wanted, causes, reasons) AS j (id, tier_now, tier_wanted, cause, reason)
        WHERE c.id = j.id AND c.tier = j.tier_now
        RETURNING c.id, c.phone, j.tier_now, j.tier_wanted, j.cause, j.reason
    ), noted AS (
        INSERT INTO customers_tierchange (customer_id, before, after, cause, reason, config_id, actor, at)
        SELECT m.id, m.tier_now, m.tier_wanted, m.cause, m.reason, p_config, p_actor, p_at FROM moved m
    ), told AS (
        INSERT INTO n2store_event (name, topics, payload)
        SELECT 'customer.tier_changed', ARRAY['customers', 'customer:' || m.phone],
               jsonb_build_object('customer_id', m.id, 'phone', m.phone, 'before', m.tier_now, 'after', m.tier_wanted)
        FROM moved m WHERE (SELECT count(*) FROM moved) <= p_events_max
    )
    SELECT json_agg(g) FROM (
        SELECT m.tier_now AS before, m.tier_wanted AS after, count(*) AS customers FROM moved m GROUP BY 1, 2
    ) g
    INTO moves;

    IF p_customers IS NULL THEN
        PERFORM customers_rfm_share();
    END IF;
    RETURN QUERY
    SELECT m.before, m.after, m.customers, written
    FROM json_to_recordset(coalesce(moves, '[{}]')) AS m (before text, after text, customers bigint)
    ORDER BY 1, 2;
END $$;
