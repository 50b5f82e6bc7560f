-- Everything a message can carry: content, delivery, reactions, receipts, tags, templates, the
-- schedule, balances, and the words that it is found by.
--
-- Columns of tables that have rows are added with a default, which no statement relies on.

ALTER TABLE workspace ADD COLUMN plan text NOT NULL DEFAULT '{}';

-- Apart from the workspace because every new conversation counts it up. It gives each number once:
-- there is no index of numbers, which every send would have to keep up.
CREATE TABLE workspace_counter (
    workspace_id bytea NOT NULL PRIMARY KEY REFERENCES workspace (id),
    conversations bigint NOT NULL
) WITH (fillfactor = 10);

INSERT INTO workspace_counter SELECT id, (
    SELECT count(*) FROM conversation WHERE conversation.workspace_id = workspace.id
) FROM workspace;

ALTER TABLE conversation
    ADD COLUMN number bigint NOT NULL DEFAULT 0,
    ADD COLUMN public_count bigint NOT NULL DEFAULT 0,
    ADD COLUMN public_seq bigint NOT NULL DEFAULT 0,
    ADD COLUMN public_at bigint,
    ADD COLUMN marked_seq bigint NOT NULL DEFAULT 0;

UPDATE conversation SET number = ranked.number, public_count = last_seq, public_seq = last_seq,
    public_at = last_message_at
FROM (
    SELECT workspace_id, id, row_number() OVER (PARTITION BY workspace_id ORDER BY id) AS number
    FROM conversation
) AS ranked
WHERE conversation.workspace_id = ranked.workspace_id AND conversation.id = ranked.id;

ALTER TABLE member
    ADD COLUMN read_public bigint NOT NULL DEFAULT 0,
    ADD COLUMN delivered_seq bigint NOT NULL DEFAULT 0,
    ADD COLUMN delivered_at bigint;

UPDATE member SET read_public = read_seq, delivered_seq = read_seq, delivered_at = read_at;

ALTER TABLE message
    ADD COLUMN direction smallint NOT NULL DEFAULT 2,
    ADD COLUMN visibility smallint NOT NULL DEFAULT 1,
    ADD COLUMN public_count bigint NOT NULL DEFAULT 0,
    ADD COLUMN content_type smallint NOT NULL DEFAULT 1,
    ADD COLUMN content text,
    ADD COLUMN tags text NOT NULL DEFAULT '',
    ADD COLUMN source_id text,
    ADD COLUMN echo_id text,
    ADD COLUMN template text,
    ADD COLUMN delivery_status smallint NOT NULL DEFAULT 4,
    ADD COLUMN failure text,
    ADD COLUMN status_at bigint NOT NULL DEFAULT 0,
    ADD COLUMN reply_count integer NOT NULL DEFAULT 0,
    ADD COLUMN public_reply_count integer NOT NULL DEFAULT 0,
    ADD COLUMN reactions text NOT NULL DEFAULT '',
    ADD COLUMN delete_mode smallint,
    -- The order in which messages came, over all workspaces; what the words are filed under.
    ADD COLUMN number bigint NOT NULL DEFAULT 0;

DROP INDEX message_id;

-- What was sent before was sent at once, public, and arrived from contacts only.
UPDATE message SET number = ranked.number, public_count = message.seq, status_at = created_at,
    delete_mode = CASE WHEN deleted_at IS NULL THEN NULL ELSE 1 END,
    direction = CASE WHEN (
        SELECT kind FROM participant
        WHERE participant.workspace_id = message.workspace_id
        AND participant.id = message.sender_id
    ) = 2 THEN 1 ELSE 2 END
FROM (
    SELECT conversation_id, seq, row_number() OVER (ORDER BY id) AS number FROM message
) AS ranked
WHERE message.conversation_id = ranked.conversation_id AND message.seq = ranked.seq;

CREATE SEQUENCE message_number OWNED BY message.number;
SELECT setval('message_number', (SELECT coalesce(max(number), 0) FROM message) + 1, false);

CREATE UNIQUE INDEX message_id ON message (workspace_id, id);
CREATE INDEX message_reply_to ON message (reply_to, seq) WHERE reply_to IS NOT NULL;
CREATE INDEX message_reference ON message (workspace_id, reference, id)
    WHERE reference IS NOT NULL;

UPDATE message SET reply_count = answered.replies, public_reply_count = answered.replies
FROM (
    SELECT workspace_id, reply_to, count(*)::integer AS replies FROM message
    WHERE reply_to IS NOT NULL GROUP BY workspace_id, reply_to
) AS answered
WHERE message.workspace_id = answered.workspace_id AND message.id = answered.reply_to;

ALTER TABLE message_revision
    ADD COLUMN content_type smallint NOT NULL DEFAULT 1,
    ADD COLUMN content text;

-- The message whose text the answer shows.
ALTER TABLE claim ADD COLUMN message_id bytea;

-- Nothing tells which messages the earlier answers show. Erased ones repeat no text that is deleted later; they
-- would have stood for a day at most.
UPDATE claim SET answer = ''::bytea;

CREATE INDEX claim_message ON claim (message_id) WHERE message_id IS NOT NULL;

CREATE TABLE tag (
    workspace_id bytea NOT NULL,
    name text COLLATE "C" NOT NULL,
    id bytea NOT NULL,
    created_at bigint NOT NULL,
    PRIMARY KEY (workspace_id, name)
);

CREATE UNIQUE INDEX tag_id ON tag (id);

-- A message bears its tags as well: they lead to these rows when it goes.
CREATE TABLE message_tag (
    workspace_id bytea NOT NULL,
    tag text COLLATE "C" NOT NULL,
    message_id bytea NOT NULL,
    conversation_id bytea NOT NULL,
    seq bigint NOT NULL,
    PRIMARY KEY (workspace_id, tag, message_id)
) WITH (autovacuum_vacuum_insert_scale_factor = 0.1);

CREATE TABLE reaction (
    message_id bytea NOT NULL,
    participant_id bytea NOT NULL,
    name text COLLATE "C" NOT NULL,
    id bytea NOT NULL,
    workspace_id bytea NOT NULL,
    conversation_id bytea NOT NULL,
    seq bigint NOT NULL,
    created_at bigint NOT NULL,
    PRIMARY KEY (message_id, participant_id, name)
);

CREATE UNIQUE INDEX reaction_order ON reaction (message_id, id);
CREATE UNIQUE INDEX reaction_id ON reaction (workspace_id, id);

-- The steps of watermarks. Those that lead are the ones to look at to know who was first.
CREATE TABLE receipt_mark (
    conversation_id bytea NOT NULL,
    participant_id bytea NOT NULL,
    kind smallint NOT NULL,
    seq bigint NOT NULL,
    workspace_id bytea NOT NULL,
    at bigint NOT NULL,
    leads boolean NOT NULL,
    PRIMARY KEY (conversation_id, participant_id, kind, seq)
);

CREATE INDEX receipt_mark_leading ON receipt_mark (conversation_id, seq, participant_id, kind)
    WHERE leads;

CREATE TABLE message_recipient (
    message_id bytea NOT NULL,
    participant_id bytea NOT NULL,
    workspace_id bytea NOT NULL,
    status smallint NOT NULL,
    failure text,
    status_at bigint NOT NULL,
    PRIMARY KEY (message_id, participant_id)
);

CREATE TABLE scheduled_message (
    workspace_id bytea NOT NULL,
    id bytea NOT NULL,
    conversation_id bytea NOT NULL,
    sender_id bytea NOT NULL,
    due_at bigint NOT NULL,
    draft text NOT NULL,
    -- The code of the refusal that it met.
    refused text,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    PRIMARY KEY (workspace_id, id)
);

CREATE INDEX scheduled_message_due ON scheduled_message (due_at, id) WHERE refused IS NULL;
CREATE INDEX scheduled_message_page ON scheduled_message (workspace_id, due_at, id);
CREATE INDEX scheduled_message_sender ON scheduled_message (workspace_id, sender_id, due_at, id);
CREATE INDEX scheduled_message_conversation ON scheduled_message (conversation_id, due_at, id);
CREATE INDEX scheduled_message_refused ON scheduled_message (updated_at)
    WHERE refused IS NOT NULL;

CREATE TABLE lease (
    name text COLLATE "C" NOT NULL PRIMARY KEY,
    holder bytea NOT NULL,
    until bigint NOT NULL
) WITH (fillfactor = 10);

CREATE TABLE template (
    workspace_id bytea NOT NULL,
    id bytea NOT NULL,
    project text COLLATE "C" NOT NULL,
    version text COLLATE "C" NOT NULL,
    locale text COLLATE "C" NOT NULL,
    name text,
    text text,
    content_type smallint NOT NULL,
    content text,
    created_at bigint NOT NULL,
    PRIMARY KEY (workspace_id, id)
);

CREATE UNIQUE INDEX template_exact ON template (workspace_id, project, version, locale);
CREATE INDEX template_project ON template (workspace_id, project, id);
CREATE INDEX template_latest ON template (workspace_id, project, locale, id);

CREATE TABLE balance (
    workspace_id bytea NOT NULL PRIMARY KEY REFERENCES workspace (id),
    tokens bigint NOT NULL,
    entries bigint NOT NULL,
    updated_at bigint NOT NULL
) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

CREATE TABLE ledger (
    workspace_id bytea NOT NULL,
    number bigint NOT NULL,
    delta bigint NOT NULL,
    tokens bigint NOT NULL,
    operation smallint,
    message_id bytea,
    note text,
    at bigint NOT NULL,
    PRIMARY KEY (workspace_id, number)
);

-- The words of messages, as the domain gives them, and where each message stands; filed under its
-- number. Among the words are marks of the workspace, the conversation and the neighbourhood of the
-- number, so that a search is confined to them by the index.
CREATE TABLE message_word (
    number bigint NOT NULL PRIMARY KEY,
    workspace_id bytea NOT NULL,
    conversation_id bytea NOT NULL,
    seq bigint NOT NULL,
    words tsvector NOT NULL,
    -- All words in order, where there are more than a tsvector keeps the places of.
    long text
) WITH (autovacuum_vacuum_insert_scale_factor = 0.1);

CREATE INDEX message_word_words ON message_word USING gin (words)
    WITH (gin_pending_list_limit = 512);

-- What is left to do of a migration that SQL cannot do; whoever opens the database goes on with it.
CREATE TABLE backlog (
    name text COLLATE "C" NOT NULL PRIMARY KEY,
    -- Everything up to here is done.
    place bytea NOT NULL
);

INSERT INTO backlog SELECT 'words', ''::bytea WHERE EXISTS (SELECT 1 FROM message);
