-- The segment of three scores; the first line that fits. customers/rfm/segments.py has the same, and a test compares all.
CREATE OR REPLACE FUNCTION customers_rfm_segment(r integer, f integer, m integer) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN r >= 4 AND f >= 4 AND m >= 4 THEN 'Champion'
    WHEN r >= 3 AND f >= 4 THEN 'Loyal'
    WHEN r >= 4 AND f >= 2 AND m >= 2 THEN 'Potential_Loyalist'
    WHEN r >= 4 AND f <= 2 THEN 'New_Customer'
    WHEN r >= 4 AND f BETWEEN 2 AND 3 THEN 'Promising'
    WHEN r = 3 AND f >= 3 AND m >= 3 THEN 'Need_Attention'
    WHEN r BETWEEN 2 AND 3 AND f >= 2 AND m >= 2 THEN 'About_To_Sleep'
    WHEN r <= 2 AND f >= 3 AND m >= 4 THEN 'Cant_Lose'
    WHEN r <= 2 AND f >= 3 AND m >= 3 THEN 'At_Risk'
    WHEN r = 1 AND f = 1 AND m <= 2 THEN 'Lost'
    WHEN r <= 2 AND f <= 2 THEN 'Hibernating'
    ELSE 'Other'
END;

CREATE OR REPLACE FUNCTION customers_vietnam_day(p_at timestamptz) RETURNS date
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (p_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date;

-- Judge everybody, or some, as a configuration would at a moment; nothing is written. Days are Vietnam's calendar days.
-- A tier is the first of: blacklist, young account, score. Who never bought has the lowest score in all three.
CREATE OR REPLACE FUNCTION customers_rfm_judged(p_at timestamptz, p_config bigint, p_customers bigint[])
RETURNS TABLE (
    customer_id bigint, recency smallint, frequency smallint, monetary smallint, total smallint, segment text,
    last_purchase_at timestamptz, orders integer, spent_vnd bigint, tier_now text, tier_wanted text, cause text
) LANGUAGE plpgsql STABLE ROWS 200000 SET plan_cache_mode = force_custom_plan SET work_mem = '64MB' AS $$
DECLARE
    config customers_rfmconfig;
    recency_from bigint[];
    frequency_from bigint[];
    monetary_from bigint[];
    today date := customers_vietnam_day(p_at);
    frequent_since timestamptz;
    spent_since timestamptz;
    young_since date;
BEGIN
    SELECT * INTO STRICT config FROM customers_rfmconfig c WHERE c.id = p_config;
    SELECT array_agg(b.min_value ORDER BY b.min_value) FILTER (WHERE b.metric = 'recency'),
           array_agg(b.min_value ORDER BY b.min_value) FILTER (WHERE b.metric = 'frequency'),
           array_agg(b.min_value ORDER BY b.min_value) FILTER (WHERE b.metric = 'monetary')
    INTO recency_from, frequency_from, monetary_from
    FROM customers_rfmband b WHERE b.config_id = p_config;
    ASSERT 5 = ALL (ARRAY[cardinality(recency_from), cardinality(frequency_from), cardinality(monetary_from)])
        AND recency_from[1] + frequency_from[1] + monetary_from[1] = 0, 'five bands each, from zero on';
    frequent_since := (today - config.frequency_days)::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh';
    spent_since := (today - config.monetary_days)::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh';
    young_since := today - config.young_days;

    RETURN QUERY
    SELECT judged.id, judged.r, judged.f, judged.m, (judged.r + judged.f + judged.m)::smallint,
           customers_rfm_segment(judged.r, judged.f, judged.m), judged.purchase, judged.bought, judged.spent,
           judged.tier::text,
           CASE WHEN judged.tier = 'blacklist' THEN 'blacklist'
                WHEN judged.young THEN 'new'
                WHEN judged.r + judged.f + judged.m >= 14 THEN 'platinum'
                WHEN judged.r + judged.f + judged.m >= 11 THEN 'gold'
                WHEN judged.r + judged.f + judged.m >= 8 THEN 'silver'
                ELSE 'new' END,
           CASE WHEN judged.young THEN 'young' ELSE 'score' END
    FROM (
        SELECT c.id, c.tier, customers_vietnam_day(c.created_at) > young_since AS young,
               s.last_purchase_at AS purchase, coalesce(w.bought, 0) AS bought, v.spent,
               CASE WHEN s.last_purchase_at IS NULL THEN 1
                    ELSE 6 - width_bucket(greatest(today - customers_vietnam_day(s.last_purchase_at), 0)::bigint, recency_from)
               END::smallint AS r,
               width_bucket(coalesce(w.bought, 0)::bigint, frequency_from)::smallint AS f,
               width_bucket(v.spent, monetary_from)::smallint AS m
        FROM customers_customer c
        LEFT JOIN customers_orderstats s ON s.customer_id = c.id
        LEFT JOIN (
            SELECT o.customer_id, (count(*) FILTER (WHERE o.ordered_at >= frequent_since))::integer AS bought,
                   (sum(o.total_vnd) FILTER (WHERE o.ordered_at >= spent_since))::bigint AS spent
            FROM customers_order o
            WHERE o.status IN ('confirmed', 'delivered') AND o.ordered_at >= least(frequent_since, spent_since)
                AND (p_customers IS NULL OR o.customer_id = ANY (p_customers))
            GROUP BY o.customer_id
        ) w ON w.customer_id = c.id
        CROSS JOIN LATERAL (
            SELECT coalesce(CASE WHEN spent_since IS NULL THEN s.total_spent_vnd ELSE w.spent END, 0) AS spent
        ) v
        WHERE p_customers IS NULL OR c.id = ANY (p_customers)
    ) judged;
END $$;

-- Judge and write down what has changed, and nothing else: scores, tiers, why, and who is to hear of it. Everybody at
-- once keeps all other recalculations out; some at a time go on beside each other, customers locked in order of id.
-- Returns how many moved from which tier to which, and in `scores` how many scores were written.
CREATE OR REPLACE FUNCTION customers_rfm_recalculate(
    p_at timestamptz, p_config bigint, p_customers bigint[], p_actor text, p_events_max integer
) RETURNS TABLE (before text, after text, customers bigint, scores bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    written bigint;
    moves json;
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
    ), locked AS MATERIALIZED (
        SELECT j.* FROM judged j JOIN customers_customer c ON c.id = j.customer_id AND c.tier = j.tier_now
        WHERE j.tier_now <> j.tier_wanted
        ORDER BY c.id FOR NO KEY UPDATE OF c
    ), moved AS (
        UPDATE customers_customer c
        SET tier = j.tier_wanted, field_sources = c.field_sources - 'tier', updated_at = p_at
        FROM locked j
        WHERE c.id = j.customer_id AND c.tier = j.tier_now
        RETURNING c.id, c.phone, j.tier_now, j.tier_wanted, j.cause, j.recency, j.frequency, j.monetary, j.total
    ), noted AS (
        INSERT INTO customers_tierchange (customer_id, before, after, cause, reason, config_id, actor, at)
        SELECT m.id, m.tier_now, m.tier_wanted, m.cause,
               CASE m.cause WHEN 'score' THEN format('R%s F%s M%s', m.recency, m.frequency, m.monetary) ELSE '' END,
               p_config, p_actor, p_at
        FROM moved m
    ), told AS (
        INSERT INTO n2store_event (name, topics, payload)
        SELECT 'customer.tier_changed', ARRAY['customers', 'customer:' || m.phone],
               jsonb_build_object('customer_id', m.id, 'phone', m.phone, 'before', m.tier_now, 'after', m.tier_wanted)
        FROM moved m WHERE (SELECT count(*) FROM moved) <= p_events_max
    )
    SELECT (SELECT count(*) FROM scored),
           (SELECT json_agg(g) FROM (
               SELECT m.tier_now AS before, m.tier_wanted AS after, count(*) AS customers FROM moved m GROUP BY 1, 2
           ) g)
    INTO written, moves;

    IF p_customers IS NULL THEN
        PERFORM customers_rfm_share();
    END IF;
    RETURN QUERY
    SELECT m.before, m.after, m.customers, written
    FROM json_to_recordset(coalesce(moves, '[{}]')) AS m (before text, after text, customers bigint)
    ORDER BY 1, 2;
END $$;

-- How many have which sum of scores, for percentiles.
CREATE OR REPLACE FUNCTION customers_rfm_share() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO customers_rfmshare AS kept (total, customers, below)
    SELECT sums.total, coalesce(n.customers, 0), coalesce(sum(n.customers) OVER (ORDER BY sums.total), 0) - coalesce(n.customers, 0)
    FROM generate_series(3, 15) AS sums (total)
    LEFT JOIN (SELECT total, count(*) AS customers FROM customers_rfmscore GROUP BY total) n ON n.total = sums.total
    ON CONFLICT (total) DO UPDATE SET customers = excluded.customers, below = excluded.below
    WHERE (kept.customers, kept.below) IS DISTINCT FROM (excluded.customers, excluded.below);
END $$;

-- What the customer's card shows: the score of 5, the numbers behind it, and where the customer stands among all.
CREATE OR REPLACE FUNCTION customers_rfm_card(p_customer_id bigint) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT json_build_object(
            'score', round(s.total / 3.0, 2), 'total_score', s.total, 'recency_score', s.recency,
            'frequency_score', s.frequency, 'monetary_score', s.monetary, 'segment', s.segment,
            'recency_days', customers_vietnam_day(now()) - customers_vietnam_day(s.last_purchase_at),
            'frequency', s.orders, 'monetary', s.spent_vnd,
            'percentile', (
                SELECT round(100.0 * share.below / nullif(everybody.count, 0))
                FROM customers_rfmshare share, (SELECT sum(customers) AS count FROM customers_rfmshare) everybody
                WHERE share.total = s.total
            ),
            'yoy_change', (
                SELECT round(100.0 * (year.this - year.last) / nullif(year.last, 0))
                FROM (
                    SELECT coalesce(sum(o.total_vnd) FILTER (WHERE o.ordered_at > now() - interval '1 year'), 0) AS this,
                           coalesce(sum(o.total_vnd) FILTER (WHERE o.ordered_at <= now() - interval '1 year'), 0) AS last
                    FROM customers_order o
                    WHERE o.customer_id = p_customer_id AND o.status IN ('confirmed', 'delivered')
                        AND o.ordered_at > now() - interval '2 years'
                ) year
            ),
            'windows', json_build_object('frequency_days', config.frequency_days, 'monetary_days', config.monetary_days),
            'config_version', config.version, 'computed_at', n2store_iso(s.computed_at)
        )
        FROM customers_rfmscore s JOIN customers_rfmconfig config ON config.id = s.config_id
        WHERE s.customer_id = p_customer_id
    );
END $$;

-- What stands against the customer: the flags of cases that are open or confirmed.
CREATE OR REPLACE FUNCTION customers_risk_flags(p_customer_id bigint) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT coalesce(json_agg(k.flag ORDER BY k.flag), '[]') FROM customers_fraudcase k
        WHERE k.customer_id = p_customer_id AND k.status IN ('open', 'confirmed')
    );
END $$;
