-- As before, in time that grows with the text: the place-th character of a text in UTF-8 is found by walking there from
-- its beginning, so that a long run took the square of its length. Bytes are counted off, and a digit is one byte. What is
-- returned is the same, so the index of it stays as it is.
CREATE OR REPLACE FUNCTION banking_digits(p_text text) RETURNS integer[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    run text;
    digits bytea;
    parts integer[] := '{}';
BEGIN
    FOREACH run IN ARRAY regexp_split_to_array(p_text, '[^0-9]+') LOOP
        digits := convert_to(run, 'UTF8');
        FOR place IN 0 .. length(digits) - 4 LOOP
            parts := parts || (
                get_byte(digits, place) * 1000 + get_byte(digits, place + 1) * 100
                + get_byte(digits, place + 2) * 10 + get_byte(digits, place + 3) - 1111 * 48  -- '0' is 48.
            );
        END LOOP;
    END LOOP;
    RETURN parts;
END $$;
