-- Tenants, keys, participants, conversations, members, messages, the log, and claims.
--
-- Identifiers are 16 bytes, times microseconds since 1970, words small numbers. Tables are
-- clustered by the key that reads them (WITHOUT ROWID). There is no foreign key from messages: a
-- send locks the conversation that it appends to, and whoever erases a conversation erases its
-- messages first.

CREATE TABLE workspace (
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    root INTEGER NOT NULL,
    settings TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX workspace_root ON workspace (root) WHERE root;

-- Apart from the workspace because every commit counts it up.
CREATE TABLE log_head (
    workspace_id BLOB NOT NULL PRIMARY KEY REFERENCES workspace (id),
    position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE api_key (
    id BLOB NOT NULL PRIMARY KEY,
    workspace_id BLOB NOT NULL REFERENCES workspace (id),
    name TEXT NOT NULL,
    hash TEXT NOT NULL,
    scopes TEXT NOT NULL,
    participant_id BLOB,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER,
    last_used_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX api_key_workspace ON api_key (workspace_id, id);

CREATE TABLE participant (
    workspace_id BLOB NOT NULL REFERENCES workspace (id),
    id BLOB NOT NULL,
    external_id TEXT,
    kind INTEGER NOT NULL,
    display_name TEXT NOT NULL,
    metadata TEXT NOT NULL,
    archived_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX participant_external_id ON participant (workspace_id, external_id)
    WHERE external_id IS NOT NULL;

CREATE TABLE conversation (
    workspace_id BLOB NOT NULL REFERENCES workspace (id),
    id BLOB NOT NULL,
    kind INTEGER NOT NULL,
    title TEXT,
    description TEXT,
    status INTEGER NOT NULL,
    metadata TEXT NOT NULL,
    -- The pair of a direct conversation: both participant ids in order.
    direct BLOB,
    last_seq INTEGER NOT NULL,
    member_count INTEGER NOT NULL,
    last_message_at INTEGER,
    -- last_message_at, or created_at before the first message: the order of lists.
    activity_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER,
    PRIMARY KEY (workspace_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX conversation_activity ON conversation (workspace_id, activity_at, id)
    WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX conversation_direct ON conversation (workspace_id, direct)
    WHERE direct IS NOT NULL;
CREATE INDEX conversation_deleted ON conversation (deleted_at)
    WHERE deleted_at IS NOT NULL;

CREATE TABLE member (
    conversation_id BLOB NOT NULL,
    participant_id BLOB NOT NULL,
    workspace_id BLOB NOT NULL,
    role INTEGER NOT NULL,
    display_name TEXT,
    read_seq INTEGER NOT NULL,
    read_at INTEGER,
    muted_at INTEGER,
    joined_at INTEGER NOT NULL,
    left_at INTEGER,
    PRIMARY KEY (conversation_id, participant_id),
    FOREIGN KEY (workspace_id, conversation_id) REFERENCES conversation (workspace_id, id),
    FOREIGN KEY (workspace_id, participant_id) REFERENCES participant (workspace_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX member_participant ON member (workspace_id, participant_id, conversation_id)
    WHERE left_at IS NULL;

CREATE TABLE message (
    conversation_id BLOB NOT NULL,
    seq INTEGER NOT NULL,
    id BLOB NOT NULL,
    workspace_id BLOB NOT NULL,
    sender_id BLOB NOT NULL,
    kind INTEGER NOT NULL,
    text TEXT NOT NULL,
    reply_to BLOB,
    metadata TEXT NOT NULL,
    reference TEXT,
    revision_count INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    edited_at INTEGER,
    deleted_at INTEGER,
    PRIMARY KEY (conversation_id, seq)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX message_id ON message (id);

CREATE TABLE message_revision (
    message_id BLOB NOT NULL,
    number INTEGER NOT NULL,
    workspace_id BLOB NOT NULL,
    text TEXT NOT NULL,
    metadata TEXT NOT NULL,
    replaced_at INTEGER NOT NULL,
    PRIMARY KEY (message_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE event (
    workspace_id BLOB NOT NULL,
    position INTEGER NOT NULL,
    topic INTEGER NOT NULL,
    conversation_id BLOB,
    subject_id BLOB NOT NULL,
    seq INTEGER,
    occurred_at INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, position)
) STRICT, WITHOUT ROWID;

-- Not clustered: keys are hashes, and answers long, so that a tree of whole rows
-- would be deep and be rewritten all over.
CREATE TABLE claim (
    workspace_id BLOB NOT NULL,
    key BLOB NOT NULL,
    fingerprint BLOB NOT NULL,
    answer BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, key)
) STRICT;

CREATE INDEX claim_expires_at ON claim (expires_at);
