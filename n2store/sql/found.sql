-- Queries that are planned for their values, inside statements that stay prepared. See Note [Found inside a prepared
-- statement] in `n2store/found.py`.

-- `p_query` is a SELECT of ids, in order, and of each row's key for a cursor.
CREATE FUNCTION n2store_found(p_query text) RETURNS TABLE (id bigint, key json)
LANGUAGE plpgsql STABLE ROWS 50 AS $$
BEGIN
    RETURN QUERY EXECUTE p_query;
END $$;

-- `p_query` is a SELECT of one number; NULL asks nothing.
CREATE FUNCTION n2store_counted(p_query text) RETURNS bigint
LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
    counted bigint;
BEGIN
    EXECUTE p_query INTO counted;
    RETURN counted;
END $$;
