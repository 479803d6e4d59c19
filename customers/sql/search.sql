-- Finding customers, best first. Each tier is one condition on one index, newest customers first; a tier runs only when
-- the better ones have not filled the page, and none when the cursor (p_rank, p_id) is past it. Planned for each text:
-- a name that half the shop has is found by walking the newest, a rare one by its letters.
CREATE OR REPLACE FUNCTION customers_literal(p_text text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN regexp_replace(p_text, '([\\%_])', '\\\1', 'g');

-- By name, alias, e-mail and address. `p_within` is the pattern of what holds the text. Who was found already, because
-- the phone holds p_phone_part, is left out.
CREATE OR REPLACE FUNCTION customers_search_text(
    p_text text, p_within text, p_phone_part text, p_limit integer, p_rank integer, p_id bigint
) RETURNS TABLE (customer_id bigint, rank integer)
LANGUAGE plpgsql STABLE ROWS 50 SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    beginning text := customers_literal(p_text) || '%';
BEGIN
    RETURN QUERY SELECT * FROM (
        (SELECT c.id, 85 FROM customers_customer c
         WHERE p_rank >= 85 AND (p_rank > 85 OR c.id < p_id) AND c.active AND c.folded = p_text
             AND (p_phone_part = '' OR strpos(c.phone, p_phone_part) = 0)
         ORDER BY c.id DESC LIMIT p_limit)
        UNION ALL
        (SELECT c.id, 80 FROM customers_customer c
         WHERE p_rank >= 80 AND (p_rank > 80 OR c.id < p_id) AND c.active
             AND c.folded LIKE beginning AND c.folded <> p_text
             AND (p_phone_part = '' OR strpos(c.phone, p_phone_part) = 0)
         ORDER BY c.id DESC LIMIT p_limit)
        UNION ALL
        (SELECT c.id, 70 FROM customers_customer c
         WHERE p_rank >= 70 AND (p_rank > 70 OR c.id < p_id) AND c.active
             AND c.folded LIKE p_within AND c.folded NOT LIKE beginning
             AND (p_phone_part = '' OR strpos(c.phone, p_phone_part) = 0)
         ORDER BY c.id DESC LIMIT p_limit)
        UNION ALL
        (SELECT c.id, 65 FROM customers_customer c
         WHERE p_rank >= 65 AND (p_rank > 65 OR c.id < p_id) AND c.active
             AND customers_fold(c.aliases::text) LIKE p_within
             AND c.folded NOT LIKE p_within AND c.folded NOT LIKE beginning
             AND (p_phone_part = '' OR strpos(c.phone, p_phone_part) = 0)
         ORDER BY c.id DESC LIMIT p_limit)
        UNION ALL
        (SELECT c.id, 50 FROM customers_customer c
         WHERE p_rank >= 50 AND (p_rank > 50 OR c.id < p_id) AND c.active
             AND customers_fold(c.email) LIKE p_within
             AND c.folded NOT LIKE p_within AND c.folded NOT LIKE beginning
             AND customers_fold(c.aliases::text) NOT LIKE p_within
             AND (p_phone_part = '' OR strpos(c.phone, p_phone_part) = 0)
         ORDER BY c.id DESC LIMIT p_limit)
        UNION ALL
        (SELECT c.id, 30 FROM customers_customer c
         WHERE p_rank >= 30 AND (p_rank > 30 OR c.id < p_id) AND c.active
             AND customers_fold(c.address) LIKE p_within
             AND c.folded NOT LIKE p_within AND c.folded NOT LIKE beginning
             AND customers_fold(c.aliases::text) NOT LIKE p_within AND customers_fold(c.email) NOT LIKE p_within
             AND (p_phone_part = '' OR strpos(c.phone, p_phone_part) = 0)
         ORDER BY c.id DESC LIMIT p_limit)
    ) tiers LIMIT p_limit;
END $$;

-- By digits: the whole phone alone when somebody has it, else its beginning, a part of it, our id, the TPOS id; then
-- what else holds the digits. `p_beginning` is the digits as a phone in Vietnam begins.
CREATE OR REPLACE FUNCTION customers_search_digits(
    p_digits text, p_beginning text, p_limit integer, p_rank integer, p_id bigint
) RETURNS TABLE (customer_id bigint, rank integer)
LANGUAGE plpgsql STABLE ROWS 50 SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    within text := '%' || p_digits || '%';
    our_id bigint := CASE WHEN length(p_digits) <= 18 THEN p_digits::bigint END;
    found_so_far integer;
    still integer;
    after_phone text := '';
BEGIN
    IF length(p_beginning) = 10 THEN
        RETURN QUERY SELECT c.id, 100 FROM customers_customer c WHERE p_rank > 100 AND c.phone = p_beginning AND c.active;
        IF FOUND OR p_rank = 100 THEN
            RETURN;
        END IF;
    END IF;

    -- In the order of the phones, as the index has them: the newest of many would have to be looked for. A statement of
    -- its own: a page that it fills spares planning the others, which costs as much as running them.
    IF p_rank = 95 THEN
        SELECT c.phone INTO after_phone FROM customers_customer c WHERE c.id = p_id;
    END IF;
    RETURN QUERY SELECT c.id, 95 FROM customers_customer c
    WHERE p_rank >= 95 AND c.phone ~>~ after_phone AND c.active AND c.phone LIKE p_beginning || '%'
    ORDER BY c.phone USING ~<~ LIMIT p_limit;
    GET DIAGNOSTICS found_so_far = ROW_COUNT;
    IF found_so_far = p_limit THEN
        RETURN;
    END IF;
    still := p_limit - found_so_far;

    RETURN QUERY SELECT * FROM (
        (SELECT c.id, 90 FROM customers_customer c
         WHERE p_rank >= 90 AND (p_rank > 90 OR c.id < p_id) AND c.active AND length(p_digits) > 2
             AND c.phone LIKE within AND c.phone NOT LIKE p_beginning || '%'
         ORDER BY c.id DESC LIMIT still)
        UNION ALL
        (SELECT c.id, 88 FROM customers_customer c
         WHERE p_rank > 88 AND c.id = our_id AND c.active
             AND strpos(c.phone, p_digits) = 0 AND NOT starts_with(c.phone, p_beginning))
        UNION ALL
        (SELECT c.id, 87 FROM customers_customer c
         WHERE p_rank > 87 AND c.tpos_id = p_digits AND c.tpos_id <> '' AND c.active AND c.id IS DISTINCT FROM our_id
             AND strpos(c.phone, p_digits) = 0 AND NOT starts_with(c.phone, p_beginning)
         LIMIT still)
    ) tiers LIMIT still;
    GET DIAGNOSTICS found_so_far = ROW_COUNT;
    still := still - found_so_far;

    IF still > 0 AND length(p_digits) > 2 THEN
        RETURN QUERY SELECT t.customer_id, t.rank
        FROM customers_search_text(p_digits, within, p_digits, still, p_rank, p_id) t
        WHERE t.customer_id IS DISTINCT FROM our_id;
    END IF;
END $$;
