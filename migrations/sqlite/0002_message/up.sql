-- Everything a message can carry: content, delivery, reactions, receipts, tags, templates, the
-- schedule, balances, and the words that it is found by.
--
-- Columns of tables that have rows are added with a default, which no statement relies on.

ALTER TABLE workspace ADD COLUMN plan TEXT NOT NULL DEFAULT '{}';

-- Apart from the workspace because every new conversation counts it up. It gives each number once:
-- there is no index of numbers, which every send would have to keep up.
CREATE TABLE workspace_counter (
    workspace_id BLOB NOT NULL PRIMARY KEY REFERENCES workspace (id),
    conversations INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO workspace_counter SELECT id, (
    SELECT count(*) FROM conversation WHERE conversation.workspace_id = workspace.id
) FROM workspace;

ALTER TABLE conversation ADD COLUMN number INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN public_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN public_seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN public_at INTEGER;
ALTER TABLE conversation ADD COLUMN marked_seq INTEGER NOT NULL DEFAULT 0;

UPDATE conversation SET number = ranked.number, public_count = last_seq, public_seq = last_seq,
    public_at = last_message_at
FROM (
    SELECT workspace_id, id, row_number() OVER (PARTITION BY workspace_id ORDER BY id) AS number
    FROM conversation
) AS ranked
WHERE conversation.workspace_id = ranked.workspace_id AND conversation.id = ranked.id;

ALTER TABLE member ADD COLUMN read_public INTEGER NOT NULL DEFAULT 0;
ALTER TABLE member ADD COLUMN delivered_seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE member ADD COLUMN delivered_at INTEGER;

UPDATE member SET read_public = read_seq, delivered_seq = read_seq, delivered_at = read_at;

ALTER TABLE message ADD COLUMN direction INTEGER NOT NULL DEFAULT 2;
ALTER TABLE message ADD COLUMN visibility INTEGER NOT NULL DEFAULT 1;
ALTER TABLE message ADD COLUMN public_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN content_type INTEGER NOT NULL DEFAULT 1;
ALTER TABLE message ADD COLUMN content TEXT;
ALTER TABLE message ADD COLUMN tags TEXT NOT NULL DEFAULT '';
ALTER TABLE message ADD COLUMN source_id TEXT;
ALTER TABLE message ADD COLUMN echo_id TEXT;
ALTER TABLE message ADD COLUMN template TEXT;
ALTER TABLE message ADD COLUMN delivery_status INTEGER NOT NULL DEFAULT 4;
ALTER TABLE message ADD COLUMN failure TEXT;
ALTER TABLE message ADD COLUMN status_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN reply_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN public_reply_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN reactions TEXT NOT NULL DEFAULT '';
ALTER TABLE message ADD COLUMN delete_mode INTEGER;
-- The order in which messages came, over all workspaces; what the words are filed under.
ALTER TABLE message ADD COLUMN number INTEGER NOT NULL DEFAULT 0;

DROP INDEX message_id;

-- What was sent before was sent at once, public, and arrived from contacts only.
UPDATE message SET number = ranked.number, public_count = message.seq, status_at = created_at,
    delete_mode = iif(deleted_at IS NULL, NULL, 1),
    direction = iif((
        SELECT kind FROM participant
        WHERE participant.workspace_id = message.workspace_id
        AND participant.id = message.sender_id
    ) = 2, 1, 2)
FROM (
    SELECT conversation_id, seq, row_number() OVER (ORDER BY id) AS number FROM message
) AS ranked
WHERE message.conversation_id = ranked.conversation_id AND message.seq = ranked.seq;

CREATE UNIQUE INDEX message_id ON message (workspace_id, id);
CREATE INDEX message_reply_to ON message (reply_to, seq) WHERE reply_to IS NOT NULL;
CREATE INDEX message_reference ON message (workspace_id, reference, id)
    WHERE reference IS NOT NULL;
-- From what a search finds to its message.
CREATE UNIQUE INDEX message_word_number ON message (number);

UPDATE message SET reply_count = answered.replies, public_reply_count = answered.replies
FROM (
    SELECT workspace_id, reply_to, count(*) AS replies FROM message
    WHERE reply_to IS NOT NULL GROUP BY workspace_id, reply_to
) AS answered
WHERE message.workspace_id = answered.workspace_id AND message.id = answered.reply_to;

ALTER TABLE message_revision ADD COLUMN content_type INTEGER NOT NULL DEFAULT 1;
ALTER TABLE message_revision ADD COLUMN content TEXT;

-- The message whose text the answer shows.
ALTER TABLE claim ADD COLUMN message_id BLOB;

-- Nothing tells which messages the earlier answers show. Erased ones repeat no text that is deleted later; they
-- would have stood for a day at most.
UPDATE claim SET answer = x'';

CREATE INDEX claim_message ON claim (message_id) WHERE message_id IS NOT NULL;

CREATE TABLE tag (
    workspace_id BLOB NOT NULL,
    name TEXT NOT NULL,
    id BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, name)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX tag_id ON tag (id);

-- A message bears its tags as well: they lead to these rows when it goes.
CREATE TABLE message_tag (
    workspace_id BLOB NOT NULL,
    tag TEXT NOT NULL,
    message_id BLOB NOT NULL,
    conversation_id BLOB NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, tag, message_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE reaction (
    message_id BLOB NOT NULL,
    participant_id BLOB NOT NULL,
    name TEXT NOT NULL,
    id BLOB NOT NULL,
    workspace_id BLOB NOT NULL,
    conversation_id BLOB NOT NULL,
    seq INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (message_id, participant_id, name)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX reaction_order ON reaction (message_id, id);
CREATE UNIQUE INDEX reaction_id ON reaction (workspace_id, id);

-- The steps of watermarks. Those that lead are the ones to look at to know who was first.
CREATE TABLE receipt_mark (
    conversation_id BLOB NOT NULL,
    participant_id BLOB NOT NULL,
    kind INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    workspace_id BLOB NOT NULL,
    at INTEGER NOT NULL,
    leads INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, participant_id, kind, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX receipt_mark_leading ON receipt_mark (conversation_id, seq, participant_id, kind)
    WHERE leads;

CREATE TABLE message_recipient (
    message_id BLOB NOT NULL,
    participant_id BLOB NOT NULL,
    workspace_id BLOB NOT NULL,
    status INTEGER NOT NULL,
    failure TEXT,
    status_at INTEGER NOT NULL,
    PRIMARY KEY (message_id, participant_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE scheduled_message (
    workspace_id BLOB NOT NULL,
    id BLOB NOT NULL,
    conversation_id BLOB NOT NULL,
    sender_id BLOB NOT NULL,
    due_at INTEGER NOT NULL,
    draft TEXT NOT NULL,
    -- The code of the refusal that it met.
    refused TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX scheduled_message_due ON scheduled_message (due_at, id) WHERE refused IS NULL;
CREATE INDEX scheduled_message_page ON scheduled_message (workspace_id, due_at, id);
CREATE INDEX scheduled_message_sender ON scheduled_message (workspace_id, sender_id, due_at, id);
CREATE INDEX scheduled_message_conversation ON scheduled_message (conversation_id, due_at, id);
CREATE INDEX scheduled_message_refused ON scheduled_message (updated_at)
    WHERE refused IS NOT NULL;

CREATE TABLE lease (
    name TEXT NOT NULL PRIMARY KEY,
    holder BLOB NOT NULL,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE template (
    workspace_id BLOB NOT NULL,
    id BLOB NOT NULL,
    project TEXT NOT NULL,
    version TEXT NOT NULL,
    locale TEXT NOT NULL,
    name TEXT,
    text TEXT,
    content_type INTEGER NOT NULL,
    content TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX template_exact ON template (workspace_id, project, version, locale);
CREATE INDEX template_project ON template (workspace_id, project, id);
CREATE INDEX template_latest ON template (workspace_id, project, locale, id);

CREATE TABLE balance (
    workspace_id BLOB NOT NULL PRIMARY KEY REFERENCES workspace (id),
    tokens INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger (
    workspace_id BLOB NOT NULL,
    number INTEGER NOT NULL,
    delta INTEGER NOT NULL,
    tokens INTEGER NOT NULL,
    operation INTEGER,
    message_id BLOB,
    note TEXT,
    at INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, number)
) STRICT, WITHOUT ROWID;

-- The words of messages, as the domain gives them; filed under the number of the message. It keeps
-- no texts, so whoever takes words out has to give the very same ones. 'secure-delete' takes them out
-- of the pages at once.
CREATE VIRTUAL TABLE message_word USING fts5(
    words, content='', columnsize=0, detail=full, tokenize='ascii'
);

INSERT INTO message_word (message_word, rank) VALUES ('secure-delete', 1);

-- What is left to do of a migration that SQL cannot do; whoever opens the database goes on with it.
CREATE TABLE backlog (
    name TEXT NOT NULL PRIMARY KEY,
    -- Everything up to here is done.
    place BLOB NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO backlog SELECT 'words', x'' WHERE EXISTS (SELECT 1 FROM message);
