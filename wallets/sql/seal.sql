-- Seal each day that ended by `p_before` (Vietnam) and has rows: a print of every row, and a digest that goes on from
-- the day before, so that the last digest, kept elsewhere, answers for everything up to it. Returns how many days.
CREATE OR REPLACE FUNCTION wallets_seal(p_before timestamptz) RETURNS integer
LANGUAGE plpgsql SET work_mem = '64MB' SET datestyle = 'ISO, YMD' AS $$
DECLARE
    days integer := 0;
    last_digest text;
    last_day date;
    closing record;
BEGIN
    LOCK TABLE wallets_ledgerseal IN SHARE ROW EXCLUSIVE MODE;  -- One at a time; readers go on.
    SELECT s.day, s.digest INTO last_day, last_digest FROM wallets_ledgerseal s ORDER BY s.day DESC LIMIT 1;
    FOR closing IN
        SELECT p.booked_on, count(*) AS rows,
               string_agg(p.print, ''::bytea ORDER BY p.wallet_id, p.sequence) AS prints
        FROM wallets_prints(
            coalesce((last_day + 1)::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh', '-infinity'),
            date_trunc('day', p_before, 'Asia/Ho_Chi_Minh')
        ) p
        GROUP BY p.booked_on ORDER BY p.booked_on
    LOOP
        last_digest := encode(sha256(
            convert_to(coalesce(last_digest, '') || closing.booked_on::text, 'UTF8') || closing.prints), 'hex');
        INSERT INTO wallets_ledgerseal (day, rows, prints, digest)
        VALUES (closing.booked_on, closing.rows, closing.prints, last_digest);
        days := days + 1;
    END LOOP;
    RETURN days;
END $$;
