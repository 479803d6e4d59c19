-- The number of the last row of a wallet that was booked at or before a moment; 0 before the first.
-- Numbers and booking times stand in one order, so it is found by halving: some fourteen steps through the index on
-- (wallet, sequence) among ten thousand rows, and no index on time for every deposit to keep.
CREATE OR REPLACE FUNCTION wallets_asof(p_wallet_id bigint, p_at timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
    low bigint := 0;
    high bigint;
    middle bigint;
    probe record;
BEGIN
    SELECT coalesce(max(t.sequence), 0) INTO high FROM wallets_transaction t WHERE t.wallet_id = p_wallet_id;
    WHILE low < high LOOP
        middle := (low + high + 1) / 2;
        SELECT t.sequence, t.created_at INTO STRICT probe FROM wallets_transaction t
        WHERE t.wallet_id = p_wallet_id AND t.sequence >= middle ORDER BY t.sequence LIMIT 1;
        IF probe.created_at <= p_at THEN
            low := probe.sequence;
        ELSE
            high := middle - 1;
        END IF;
    END LOOP;
    RETURN low;
END $$;
