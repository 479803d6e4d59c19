-- A seal is set once.
CREATE OR REPLACE FUNCTION wallets_refuse_new_seal() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'wallets_ledgerseal is append-only: % is refused', TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER wallets_ledgerseal_unchanged BEFORE UPDATE OR DELETE ON wallets_ledgerseal
FOR EACH ROW EXECUTE FUNCTION wallets_refuse_new_seal();
