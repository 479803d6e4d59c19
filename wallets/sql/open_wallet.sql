-- Every customer has a wallet from its first moment: opened in the transaction that makes the customer, on every path.
CREATE OR REPLACE FUNCTION wallets_open() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO wallets_wallet (customer_id) VALUES (NEW.id);
    RETURN NULL;
END $$;

CREATE TRIGGER trg_create_wallet AFTER INSERT ON customers_customer
FOR EACH ROW EXECUTE FUNCTION wallets_open();
