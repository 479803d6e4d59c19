-- Who was busy last: for each customer the newest line of history, kept beside the history, so that the list of recent
-- customers is read off an index however many lines one customer fills. Who is first already is left as is.
CREATE OR REPLACE FUNCTION customers_note_recency() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    first_now bigint;
BEGIN
    SELECT r.customer_id INTO first_now FROM customers_recency r ORDER BY r.activity_id DESC LIMIT 1;
    IF first_now IS DISTINCT FROM NEW.customer_id THEN
        INSERT INTO customers_recency (customer_id, activity_id) VALUES (NEW.customer_id, NEW.id)
        ON CONFLICT (customer_id) DO UPDATE SET activity_id = excluded.activity_id
        WHERE customers_recency.activity_id < excluded.activity_id;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER customers_activity_recency AFTER INSERT ON customers_activity
FOR EACH ROW EXECUTE FUNCTION customers_note_recency();

INSERT INTO customers_recency (customer_id, activity_id)
SELECT customer_id, max(id) FROM customers_activity GROUP BY customer_id;
