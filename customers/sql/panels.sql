-- What a customer's card shows of this app: notes, pinned first, and the newest lines of history.
CREATE OR REPLACE FUNCTION customers_notes(p_customer_id bigint, p_max integer) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT coalesce(json_agg(json_build_object(
            'id', n.id, 'content', n.content, 'is_pinned', n.pinned, 'category', n.category,
            'created_by', n.actor, 'created_at', n2store_iso(n.created_at)
        ) ORDER BY n.pinned DESC, n.id DESC), '[]')
        FROM (
            SELECT * FROM customers_note WHERE customer_id = p_customer_id ORDER BY pinned DESC, id DESC LIMIT p_max
        ) n
    );
END $$;

CREATE OR REPLACE FUNCTION customers_activities(p_customer_id bigint, p_max integer) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT coalesce(json_agg(json_build_object(
            'id', a.id, 'activity_type', a.type, 'title', a.title, 'description', nullif(a.description, ''),
            'icon', a.icon, 'color', a.color, 'created_by', a.actor, 'created_at', n2store_iso(a.created_at)
        ) ORDER BY a.id DESC), '[]')
        FROM (SELECT * FROM customers_activity WHERE customer_id = p_customer_id ORDER BY id DESC LIMIT p_max) a
    );
END $$;
