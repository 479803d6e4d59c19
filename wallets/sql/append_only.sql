-- The ledger is written once. Not a matter of privileges: the table itself refuses.
CREATE OR REPLACE FUNCTION wallets_refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'wallets_transaction is append-only: post a reversal instead of % ', TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER wallets_transaction_unchanged BEFORE UPDATE OR DELETE ON wallets_transaction
FOR EACH ROW EXECUTE FUNCTION wallets_refuse_change();

CREATE TRIGGER wallets_transaction_not_emptied BEFORE TRUNCATE ON wallets_transaction
FOR EACH STATEMENT EXECUTE FUNCTION wallets_refuse_change();
