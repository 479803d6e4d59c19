-- Every row of a sealed day must be as it was that night, and no other may have come. One row a fault.
-- A seal that was itself changed is named as wallet 0.
CREATE OR REPLACE FUNCTION wallets_verify_seals() RETURNS TABLE (wallet_id bigint, sequence bigint, fault text)
LANGUAGE plpgsql STABLE SET work_mem = '64MB' SET jit = off SET datestyle = 'ISO, YMD' AS $$
DECLARE
    sealed_until timestamptz := (SELECT (max(s.day) + 1)::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' FROM wallets_ledgerseal s);
BEGIN
    IF sealed_until IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY
    WITH today AS (
        SELECT p.booked_on, string_agg(p.print, ''::bytea ORDER BY p.wallet_id, p.sequence) AS prints
        FROM wallets_prints('-infinity', sealed_until) p GROUP BY p.booked_on
    ), differing AS (
        SELECT coalesce(s.day, t.booked_on) AS day, coalesce(s.prints, '') AS sealed, coalesce(t.prints, '') AS found
        FROM wallets_ledgerseal s FULL JOIN today t ON t.booked_on = s.day
        WHERE s.prints IS DISTINCT FROM t.prints
    ), sealed AS (
        SELECT d.day, substr(d.sealed, place, 16) AS row, substr(d.sealed, place + 16, 8) AS print
        FROM differing d, generate_series(1, length(d.sealed), 24) place
    ), found AS (
        SELECT d.day, substr(d.found, place, 16) AS row, substr(d.found, place + 16, 8) AS print
        FROM differing d, generate_series(1, length(d.found), 24) place
    )
    SELECT ('x' || encode(substr(coalesce(s.row, f.row), 1, 8), 'hex'))::bit(64)::bigint,
           ('x' || encode(substr(coalesce(s.row, f.row), 9, 8), 'hex'))::bit(64)::bigint,
           CASE WHEN f.row IS NULL THEN 'gone from ' WHEN s.row IS NULL THEN 'added to ' ELSE 'changed in ' END
           || coalesce(s.day, f.day) || ', which was sealed'
    FROM sealed s FULL JOIN found f ON f.day = s.day AND f.row = s.row
    WHERE s.print IS DISTINCT FROM f.print
    UNION ALL
    SELECT 0::bigint, 0::bigint, format('the seal of %s is not the one that was set', c.day)
    FROM (
        SELECT s.*, lag(s.digest, 1, '') OVER (ORDER BY s.day) AS earlier FROM wallets_ledgerseal s
    ) c
    WHERE c.digest <> encode(sha256(convert_to(c.earlier || c.day::text, 'UTF8') || c.prints), 'hex')
       OR c.rows * 24 <> length(c.prints)
    ORDER BY 1, 2;
END $$;
