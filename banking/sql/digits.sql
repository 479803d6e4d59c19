-- The four-digit parts of a text, overlapping: '0912x45678' has 0912, 4567 and 5678. As numbers; one may come twice.
--
-- By them a search for digits finds its transfers: every three digits stand in one transfer of sixty, every four in one of
-- four hundred, and numbers are compared quicker than letters. A text whose digits are part of another's has no other
-- parts than that one.
CREATE FUNCTION banking_digits(p_text text) RETURNS integer[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    run text;
    parts integer[] := '{}';
BEGIN
    FOREACH run IN ARRAY regexp_split_to_array(p_text, '[^0-9]+') LOOP
        FOR place IN 1 .. length(run) - 3 LOOP
            parts := parts || substr(run, place, 4)::integer;
        END LOOP;
    END LOOP;
    RETURN parts;
END $$;
