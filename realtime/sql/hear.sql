-- Take in what frames said, in their order: see ADR 0020. One frame is
--   {"received_at", "echo", "said": [{"name", "payload"}, …], "message": null or
--    {"page_id", "psid", "name", "thread", "kind", "post_id", "key", "text", "words", "from_page", "sender",
--     "attachments", "at", "unread", "counts", "phones"}}
-- `message` is null where nothing was said, its `key` where a conversation was merely read or labelled.

-- Whom the phones mean, if they mean exactly one.
CREATE OR REPLACE FUNCTION realtime_customer_of(p_phones jsonb) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
    ids bigint[];
BEGIN
    SELECT array_agg(c.id) INTO ids FROM customers_customer c
    WHERE c.phone IN (SELECT jsonb_array_elements_text(p_phones));
    RETURN CASE WHEN cardinality(ids) = 1 THEN ids[1] END;
END $$;

-- Tell browsers that a contact's standing changed, in numbers and ids.
CREATE OR REPLACE FUNCTION realtime_tell(
    p_name text, p_contact realtime_contact, p_conversation bigint, p_waiting integer, p_from_page boolean
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    topics text[] := ARRAY['inbox', 'page:' || p_contact.page_id];
BEGIN
    IF p_contact.customer_id IS NOT NULL THEN
        SELECT topics || ('customer:' || c.phone) INTO topics FROM customers_customer c WHERE c.id = p_contact.customer_id;
    END IF;
    PERFORM n2store_publish(p_name, topics, jsonb_build_object(
        'page_id', p_contact.page_id, 'psid', p_contact.psid, 'customer_id', p_contact.customer_id,
        'conversation_id', p_conversation, 'from_page', p_from_page, 'waiting', p_waiting));
END $$;

CREATE OR REPLACE FUNCTION realtime_hear_one(p jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    m jsonb := p->'message';
    heard_at timestamptz := (p->>'received_at')::timestamptz;
    said_at timestamptz := (m->>'at')::timestamptz;
    page text := m->>'page_id';
    person text := m->>'psid';
    of_page boolean := (m->>'from_page')::boolean;
    message_key text := m->>'key';
    who realtime_contact;
    talk realtime_conversation;
    wait pending_customers;
    message_id bigint;
    was_counted boolean := false;
    is_new boolean := false;
    moved boolean := false;
    linked bigint;
BEGIN
    IF jsonb_typeof(m) = 'object' THEN
        -- The contact's row is the lock of all that follows; `mark-replied` takes it too.
        IF person <> '' THEN
            SELECT * INTO who FROM realtime_contact c WHERE c.psid = person AND c.page_id = page FOR UPDATE;
            IF NOT FOUND THEN
                INSERT INTO realtime_contact AS c (page_id, psid, name) VALUES (page, person, m->>'name')
                ON CONFLICT (psid, page_id) DO UPDATE SET name = c.name RETURNING c.* INTO who;
            END IF;
            IF who.customer_id IS NULL AND jsonb_array_length(m->'phones') > 0 THEN
                linked := realtime_customer_of(m->'phones');
            END IF;
            IF linked IS NOT NULL OR (m->>'name' <> '' AND m->>'name' <> who.name) THEN
                UPDATE realtime_contact c
                SET customer_id = coalesce(c.customer_id, linked), name = coalesce(nullif(m->>'name', ''), c.name)
                WHERE c.id = who.id RETURNING c.* INTO who;
            END IF;
        END IF;

        SELECT * INTO talk FROM realtime_conversation c WHERE c.thread = m->>'thread' AND c.page_id = page;
        IF NOT FOUND THEN
            INSERT INTO realtime_conversation AS c
                (page_id, thread, kind, contact_id, post_id, last_text, last_from_page, last_at, unread, echo)
            VALUES (page, m->>'thread', m->>'kind', who.id, m->>'post_id', '', false, '-infinity', 0, '')
            ON CONFLICT (thread, page_id) DO UPDATE SET kind = c.kind RETURNING c.* INTO talk;
        END IF;
        IF talk.echo = p->>'echo' AND talk.echo <> '' AND abs(extract(epoch FROM heard_at - talk.echo_at)) < 30 THEN
            RETURN;  -- The same over another channel.
        END IF;

        IF message_key IS NOT NULL THEN
            INSERT INTO realtime_message
                (conversation_id, page_id, key, text, from_page, sender, attachments, unread, at, received_at, counted, seen)
            VALUES (talk.id, page, message_key, m->>'text', of_page, m->>'sender', m->'attachments',
                    (m->>'unread')::integer, said_at, heard_at, false, false)
            ON CONFLICT (key, page_id) DO NOTHING RETURNING id INTO message_id;
            is_new := FOUND;
            IF NOT is_new THEN
                SELECT x.id, x.counted INTO message_id, was_counted FROM realtime_message x
                WHERE x.key = message_key AND x.page_id = page;
            END IF;
        END IF;

        UPDATE realtime_conversation c SET
            last_text = CASE WHEN newer.it THEN m->>'words' ELSE c.last_text END,
            last_from_page = CASE WHEN newer.it THEN of_page ELSE c.last_from_page END,
            last_at = CASE WHEN newer.it OR c.last_at = '-infinity' THEN said_at ELSE c.last_at END,
            unread = (m->>'unread')::integer,
            contact_id = coalesce(c.contact_id, who.id),
            echo = coalesce(p->>'echo', c.echo), echo_at = CASE WHEN p->>'echo' <> '' THEN heard_at ELSE c.echo_at END
        FROM (SELECT message_key IS NOT NULL AND said_at >= talk.last_at AS it) newer
        WHERE c.id = talk.id;

        IF message_key IS NOT NULL AND who.id IS NOT NULL THEN
            IF of_page THEN
                IF who.page_wrote_at IS NULL OR said_at > who.page_wrote_at THEN
                    UPDATE realtime_contact c SET page_wrote_at = said_at WHERE c.id = who.id;
                END IF;
                DELETE FROM pending_customers w WHERE w.contact_id = who.id AND w.last_message_at <= said_at;
                moved := FOUND;
                IF NOT moved THEN  -- What the customer wrote after it still waits, and only that.
                    UPDATE pending_customers w SET waiting_since = later.since, message_count = later.count
                    FROM (SELECT min(x.at) AS since, count(*) AS count FROM realtime_message x
                          JOIN realtime_conversation c ON c.id = x.conversation_id
                          WHERE c.contact_id = who.id AND x.counted AND x.at > said_at) later
                    WHERE w.contact_id = who.id AND w.waiting_since <= said_at AND later.count > 0;
                    moved := FOUND;
                END IF;
            ELSIF (m->>'counts')::boolean AND NOT was_counted
                AND (who.page_wrote_at IS NULL OR said_at >= who.page_wrote_at)
            THEN
                UPDATE realtime_message x SET counted = true WHERE x.id = message_id;
                INSERT INTO pending_customers AS w
                    (psid, page_id, customer_name, last_message_snippet, last_message_time, message_count, type,
                     waiting_since, last_message_at, last_message_id, contact_id, conversation_id)
                VALUES (person, page, nullif(who.name, ''), m->>'words', heard_at, 1,
                        CASE WHEN talk.kind = 'INBOX' THEN 'INBOX' ELSE 'COMMENT' END,
                        said_at, said_at, message_id, who.id, talk.id)
                ON CONFLICT (psid, page_id) DO UPDATE SET
                    customer_name = coalesce(excluded.customer_name, w.customer_name),
                    message_count = w.message_count + 1,
                    last_message_time = greatest(w.last_message_time, excluded.last_message_time),
                    waiting_since = least(w.waiting_since, excluded.waiting_since),
                    last_message_at = greatest(w.last_message_at, excluded.last_message_at),
                    last_message_snippet = CASE WHEN excluded.last_message_at >= w.last_message_at
                        THEN excluded.last_message_snippet ELSE w.last_message_snippet END,
                    last_message_id = CASE WHEN excluded.last_message_at >= w.last_message_at
                        THEN excluded.last_message_id ELSE w.last_message_id END,
                    conversation_id = CASE WHEN excluded.last_message_at >= w.last_message_at
                        THEN excluded.conversation_id ELSE w.conversation_id END;
                moved := true;
            END IF;
            IF is_new OR moved THEN
                SELECT * INTO wait FROM pending_customers w WHERE w.contact_id = who.id;
                PERFORM realtime_tell('inbox.message', who, talk.id, coalesce(wait.message_count, 0), of_page);
            END IF;
        END IF;
    END IF;

    INSERT INTO n2store_event (name, topics, payload)
    SELECT s.value->>'name',
           CASE WHEN page IS NULL THEN ARRAY['inbox'] ELSE ARRAY['inbox', 'page:' || page] END, s.value->'payload'
    FROM jsonb_array_elements(p->'said') s;
END $$;

-- Many at once: one statement for a burst.
CREATE OR REPLACE FUNCTION realtime_hear(p_frames jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    one jsonb;
BEGIN
    FOR one IN SELECT value FROM jsonb_array_elements(p_frames) LOOP
        PERFORM realtime_hear_one(one);
    END LOOP;
END $$;
