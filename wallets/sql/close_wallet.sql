-- A customer who is deleted takes an untouched wallet along; one that ever moved stays, and with it the customer.
CREATE OR REPLACE FUNCTION wallets_close() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM wallets_wallet WHERE customer_id = OLD.id AND last_sequence = 0;
    RETURN NULL;
END $$;

CREATE TRIGGER trg_close_wallet AFTER DELETE ON customers_customer
FOR EACH ROW EXECUTE FUNCTION wallets_close();
