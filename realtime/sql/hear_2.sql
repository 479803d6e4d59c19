-- Take in what frames said, in their order: see ADR 0020. One frame is
--   {"received_at", "echo", "said": [{"name", "payload"}, …], "message": null or
--    {"page_id", "psid", "name", "thread", "kind", "post_id", "key", "text", "words", "from_page", "sender",
--     "attachments", "at", "unread", "counts", "phones"}}
-- `message` is null where nothing was said, its `key` where a conversation was merely read or labelled, its `unread`
-- where the neighbour did not say how much is unread.

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
    INSERT INTO n2store_event (name, topics, payload) VALUES (p_name, topics, jsonb_build_object(
        'page_id', p_contact.page_id, 'psid', p_contact.psid, 'customer_id', p_contact.customer_id,
        'conversation_id', p_conversation, 'from_page', p_from_page, 'waiting', p_waiting));
END $$;

CREATE OR REPLACE FUNCTION realtime_hear_one(p jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    m jsonb := p->'message';
    heard_at timestamptz := (p->>'received_at')::timestamptz;
    echo_now text := p->>'echo';
    said_at timestamptz;
    page text;
    person text;
    person_name text;
    of_page boolean;
    message_key text;
    phones_now text[];
    who realtime_contact;
    talk realtime_conversation;
    message_id bigint;
    was_counted boolean;
    counts boolean;
    is_new boolean := false;
    moved boolean := false;
    newer boolean;
    linked bigint;
    waiting integer;
BEGIN
    IF jsonb_typeof(m) = 'object' THEN
        SELECT f.page_id, f.psid, f.name, f.at, f.from_page, f.key, f.phones
        INTO page, person, person_name, said_at, of_page, message_key, phones_now
        FROM jsonb_to_record(m) AS f(
            page_id text, psid text, name text, at timestamptz, from_page boolean, key text, phones text[]);
        -- The contact's row is the lock of all that follows; `mark-replied` takes it too.
        IF person <> '' THEN
            SELECT * INTO who FROM realtime_contact c WHERE c.psid = person AND c.page_id = page FOR UPDATE;
            IF NOT FOUND THEN
                INSERT INTO realtime_contact AS c (page_id, psid, name) VALUES (page, person, person_name)
                ON CONFLICT (psid, page_id) DO UPDATE SET name = c.name RETURNING c.* INTO who;
            END IF;
            IF who.customer_id IS NULL AND who.linked_by <> 'apart' AND (phones_now <> '{}' OR who.phones <> '{}') THEN
                linked := realtime_customer_of(
                    to_jsonb(CASE WHEN phones_now <> '{}' THEN phones_now ELSE who.phones::text[] END));
            END IF;
            IF linked IS NOT NULL OR (person_name <> '' AND person_name <> who.name) OR NOT phones_now <@ who.phones::text[] THEN
                UPDATE realtime_contact c
                SET customer_id = coalesce(c.customer_id, linked),
                    linked_by = CASE WHEN linked IS NULL THEN c.linked_by ELSE 'phone' END,
                    name = coalesce(nullif(person_name, ''), c.name),
                    phones = (phones_now || array(SELECT x::text FROM unnest(c.phones) x WHERE x <> ALL (phones_now)))[1:5]
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
        IF talk.echo = echo_now AND talk.echo <> '' AND abs(extract(epoch FROM heard_at - talk.echo_at)) < 30 THEN
            RETURN;  -- The same over another channel.
        END IF;

        IF message_key IS NOT NULL THEN
            -- Counted at once where nothing speaks against it: a message that is known already says itself below.
            counts := NOT of_page AND who.id IS NOT NULL AND (m->>'counts')::boolean
                AND (who.page_wrote_at IS NULL OR said_at >= who.page_wrote_at);
            INSERT INTO realtime_message
                (conversation_id, page_id, key, text, from_page, sender, attachments, unread, at, received_at, counted, seen)
            VALUES (talk.id, page, message_key, m->>'text', of_page, m->>'sender', m->'attachments',
                    coalesce((m->>'unread')::integer, 0), said_at, heard_at, counts, false)
            ON CONFLICT (key, page_id) DO NOTHING RETURNING id INTO message_id;
            is_new := FOUND;
            IF NOT is_new THEN
                SELECT x.id, x.counted INTO message_id, was_counted FROM realtime_message x
                WHERE x.key = message_key AND x.page_id = page;
                counts := counts AND NOT was_counted;
                IF counts THEN
                    UPDATE realtime_message x SET counted = true WHERE x.id = message_id;
                END IF;
            END IF;
        END IF;

        newer := message_key IS NOT NULL AND said_at >= talk.last_at;
        UPDATE realtime_conversation c SET
            last_text = CASE WHEN newer THEN m->>'words' ELSE c.last_text END,
            last_from_page = CASE WHEN newer THEN of_page ELSE c.last_from_page END,
            last_at = CASE WHEN newer OR c.last_at = '-infinity' THEN said_at ELSE c.last_at END,
            unread = coalesce((m->>'unread')::integer, c.unread),
            contact_id = coalesce(c.contact_id, who.id),
            echo = coalesce(echo_now, c.echo), echo_at = CASE WHEN echo_now <> '' THEN heard_at ELSE c.echo_at END
        WHERE c.id = talk.id AND (is_new OR newer OR echo_now <> '' OR message_key IS NULL OR c.contact_id IS NULL);

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
                    WHERE w.contact_id = who.id AND w.waiting_since <= said_at AND later.count > 0
                    RETURNING w.message_count INTO waiting;
                    moved := FOUND;
                END IF;
            ELSIF counts THEN
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
                        THEN excluded.conversation_id ELSE w.conversation_id END
                RETURNING w.message_count INTO waiting;
                moved := true;
            END IF;
            IF is_new OR moved THEN
                IF waiting IS NULL THEN
                    SELECT w.message_count INTO waiting FROM pending_customers w WHERE w.contact_id = who.id;
                END IF;
                PERFORM realtime_tell('inbox.message', who, talk.id, coalesce(waiting, 0), of_page);
            END IF;
        END IF;
    END IF;

    INSERT INTO n2store_event (name, topics, payload)
    SELECT s.value->>'name',
           CASE WHEN page IS NULL THEN ARRAY['inbox'] ELSE ARRAY['inbox', 'page:' || page] END, s.value->'payload'
    FROM jsonb_array_elements(p->'said') s;
END $$;

-- Join contacts with customers that were made after they wrote their phone; returns how many. A few at a time, so that
-- no frame waits long for a contact's row.
CREATE OR REPLACE FUNCTION realtime_link_known(OUT linked integer)
LANGUAGE plpgsql AS $$
DECLARE
    who realtime_contact;
    found_id bigint;
    asked bigint;
BEGIN
    linked := 0;
    FOR asked, found_id IN
        SELECT c.id, min(k.id) FROM realtime_contact c JOIN customers_customer k ON k.phone = ANY (c.phones)
        WHERE c.customer_id IS NULL AND c.linked_by <> 'apart' AND c.phones <> '{}'
        GROUP BY c.id HAVING count(*) = 1 ORDER BY c.id LIMIT 500
    LOOP
        UPDATE realtime_contact c SET customer_id = found_id, linked_by = 'phone'
        WHERE c.id = asked AND c.customer_id IS NULL AND c.linked_by <> 'apart' RETURNING c.* INTO who;
        IF FOUND THEN
            linked := linked + 1;
            INSERT INTO n2store_event (name, topics, payload)
            SELECT 'inbox.linked', ARRAY['inbox', 'page:' || who.page_id, 'customer:' || k.phone], jsonb_build_object(
                'page_id', who.page_id, 'psid', who.psid, 'customer_id', found_id, 'phones', jsonb_build_array(k.phone))
            FROM customers_customer k WHERE k.id = found_id;
        END IF;
    END LOOP;
END $$;
