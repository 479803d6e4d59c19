-- Somebody says that a person was answered: on one page, or on all when p_page is null. With p_seen, the id of the last
-- message that was seen, a row with a newer one stays. Returns how many rows went, and how many stayed for that reason.
CREATE OR REPLACE FUNCTION realtime_answer(p_psid text, p_page text, p_seen bigint, OUT removed integer, OUT kept integer)
LANGUAGE plpgsql AS $$
DECLARE
    who realtime_contact;
    wait pending_customers;
BEGIN
    removed := 0;
    kept := 0;
    FOR who IN
        SELECT * FROM realtime_contact c WHERE c.psid = p_psid AND (p_page IS NULL OR c.page_id = p_page)
        ORDER BY c.id FOR UPDATE
    LOOP
        DELETE FROM pending_customers w
        WHERE w.contact_id = who.id AND (p_seen IS NULL OR w.last_message_id = p_seen) RETURNING * INTO wait;
        IF FOUND THEN
            removed := removed + 1;
            PERFORM realtime_tell('inbox.answered', who, wait.conversation_id, 0, false);
        ELSIF p_seen IS NOT NULL THEN
            kept := kept + (SELECT count(*) FROM pending_customers w WHERE w.contact_id = who.id);
        END IF;
    END LOOP;
END $$;
