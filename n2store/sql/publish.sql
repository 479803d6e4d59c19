-- Write one event to the log, from inside a database function. The caller wakes the readers after commit.
CREATE OR REPLACE FUNCTION n2store_publish(p_name text, p_topics text[], p_payload jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO n2store_event (name, topics, payload) VALUES (p_name, p_topics, p_payload);
END $$;
