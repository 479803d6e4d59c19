-- Which of our customers the clues of some texts lead to, and how: by code, by full phone, by the end of the phone, by the
-- account that paid. All arrays have one element a text. At most `p_most` each by digits and by payer.
-- `:` follows `9`: a phone backwards that begins with the digits stands between them and them with `:`.
CREATE OR REPLACE FUNCTION banking_own_candidates(
    p_qr text[], p_phones text[], p_backwards text[], p_payer text[], p_amount bigint[], p_most integer
) RETURNS TABLE (
    nr bigint, how text, customer_id bigint, phone text, name text, aliases text, blacklisted boolean, tpos_id text,
    payer_times integer, order_id text
) LANGUAGE plpgsql STABLE ROWS 5 AS $$
BEGIN
    RETURN QUERY
    SELECT k.nr, found.how, c.id, c.phone::text, c.name::text, c.aliases::text, c.tier = 'blacklist', c.tpos_id::text,
        coalesce((
            SELECT p.times FROM banking_knownpayer p
            WHERE p.account = k.payer AND p.customer_id = c.id AND k.payer <> ''
        ), 0),
        (
            SELECT w.order_id::text FROM wallets_pendingwithdrawal w
            WHERE w.customer_id = c.id AND w.amount_vnd = k.amount AND w.status = 'PENDING' ORDER BY w.id LIMIT 1
        )
    FROM unnest(p_qr, p_phones, p_backwards, p_payer, p_amount)
        WITH ORDINALITY AS k (qr, phones, backwards, payer, amount, nr)
    CROSS JOIN LATERAL (
        SELECT 'qr'::text AS how, q.customer_id AS id FROM banking_qrcode q WHERE q.code = k.qr
        UNION ALL
        SELECT 'phone', n.id FROM customers_customer n WHERE n.phone = ANY (string_to_array(k.phones, ','))
        UNION ALL
        (SELECT 'digits', n.id FROM customers_customer n
         WHERE k.backwards <> '' AND reverse(n.phone) ~>=~ k.backwards AND reverse(n.phone) ~<~ (k.backwards || ':')
         ORDER BY reverse(n.phone) USING ~<~ LIMIT p_most)
        UNION ALL
        (SELECT 'payer', p.customer_id FROM banking_knownpayer p
         WHERE k.payer <> '' AND p.account = k.payer ORDER BY p.times DESC, p.id LIMIT p_most)
    ) found
    JOIN customers_customer c ON c.id = found.id
    ORDER BY k.nr, c.phone;
END $$;
