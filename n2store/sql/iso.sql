-- An instant as answers carry it: UTC with milliseconds, cut, not rounded, as n2store/wire.py does.
CREATE OR REPLACE FUNCTION n2store_iso(p_at timestamptz) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN to_char(p_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');
END $$;
