-- Files, who is reached by what, channels to people outside, and what a desk sorts conversations by.
--
-- Columns of tables that have rows are added with a default, which no statement relies on.

-- Counted with the conversations, as both are counted last in a unit.
ALTER TABLE workspace_counter ADD COLUMN file_bytes INTEGER NOT NULL DEFAULT 0;

-- What a participant is reached by stands in its row as well, and leads from there to the rows of identifier.
ALTER TABLE participant ADD COLUMN identifiers TEXT NOT NULL DEFAULT '';
ALTER TABLE participant ADD COLUMN profile TEXT NOT NULL DEFAULT '';
ALTER TABLE participant ADD COLUMN merged_into BLOB;

CREATE TABLE identifier (
    workspace_id BLOB NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    participant_id BLOB NOT NULL,
    PRIMARY KEY (workspace_id, key, value)
) STRICT, WITHOUT ROWID;

ALTER TABLE conversation ADD COLUMN channel_id BLOB;
-- What makes it the only one of its channel with these people.
ALTER TABLE conversation ADD COLUMN thread BLOB;
ALTER TABLE conversation ADD COLUMN assignee_id BLOB;
ALTER TABLE conversation ADD COLUMN labels TEXT NOT NULL DEFAULT '';
ALTER TABLE conversation ADD COLUMN priority INTEGER;
ALTER TABLE conversation ADD COLUMN snoozed_until INTEGER;
ALTER TABLE conversation ADD COLUMN avatar_url TEXT;

CREATE UNIQUE INDEX conversation_thread ON conversation (workspace_id, thread)
    WHERE thread IS NOT NULL;
CREATE INDEX conversation_snoozed ON conversation (snoozed_until, id)
    WHERE snoozed_until IS NOT NULL AND deleted_at IS NULL;
-- Lists by channel and by assignee are walked in the order of activity: each message moves its conversation
-- here as well, if it has a channel or an assignee. Labels, priorities and the lack of an assignee are looked
-- for on the walk over all conversations: an index of them would lead to most, or be moved by every message.
CREATE INDEX conversation_channel ON conversation (workspace_id, channel_id, activity_at, id)
    WHERE channel_id IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX conversation_assignee ON conversation (workspace_id, assignee_id, activity_at, id)
    WHERE assignee_id IS NOT NULL AND deleted_at IS NULL;

ALTER TABLE message ADD COLUMN attachments TEXT NOT NULL DEFAULT '';
ALTER TABLE message_revision ADD COLUMN attachments TEXT NOT NULL DEFAULT '';
ALTER TABLE message_recipient ADD COLUMN role INTEGER NOT NULL DEFAULT 1;
ALTER TABLE message_recipient ADD COLUMN reached_by TEXT;

CREATE TABLE media (
    workspace_id BLOB NOT NULL,
    id BLOB NOT NULL,
    owner_id BLOB,
    name TEXT NOT NULL,
    declared TEXT,
    media_type TEXT,
    status INTEGER NOT NULL,
    size INTEGER NOT NULL,
    digest BLOB,
    width INTEGER,
    height INTEGER,
    duration_ms INTEGER,
    versions TEXT NOT NULL,
    problem TEXT,
    tries INTEGER NOT NULL,
    -- When it is to be processed, and when it goes.
    due_at INTEGER,
    expires_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX media_owner ON media (workspace_id, owner_id, id) WHERE owner_id IS NOT NULL;
CREATE INDEX media_due ON media (due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX media_expiry ON media (expires_at, id) WHERE expires_at IS NOT NULL;

-- Which messages, sent or scheduled, refer to a file.
CREATE TABLE media_use (
    media_id BLOB NOT NULL,
    message_id BLOB NOT NULL,
    workspace_id BLOB NOT NULL,
    conversation_id BLOB NOT NULL,
    PRIMARY KEY (media_id, message_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX media_use_message ON media_use (message_id, media_id);
CREATE INDEX media_use_conversation ON media_use (conversation_id, media_id, message_id);

-- The bytes that are kept, each hash once in a workspace; those without uses are to be erased.
CREATE TABLE kept_file (
    workspace_id BLOB NOT NULL,
    digest BLOB NOT NULL,
    size INTEGER NOT NULL,
    uses INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    doomed INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, digest)
) STRICT, WITHOUT ROWID;

CREATE INDEX kept_file_unused ON kept_file (due_at) WHERE uses = 0;

-- Deleted ones stay: conversations and messages name them.
CREATE TABLE channel (
    id BLOB NOT NULL PRIMARY KEY,
    workspace_id BLOB NOT NULL,
    platform INTEGER NOT NULL,
    name TEXT NOT NULL,
    status INTEGER NOT NULL,
    connector_id BLOB NOT NULL,
    address_key TEXT,
    address_value TEXT,
    reach TEXT NOT NULL,
    -- Sealed by the key of the installation.
    secret BLOB,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX channel_workspace ON channel (workspace_id, id) WHERE deleted_at IS NULL;

-- The messages that wait to be handed over.
CREATE TABLE outbox (
    message_id BLOB NOT NULL PRIMARY KEY,
    workspace_id BLOB NOT NULL,
    conversation_id BLOB NOT NULL,
    channel_id BLOB NOT NULL,
    tries INTEGER NOT NULL,
    due_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX outbox_due ON outbox (due_at);

-- By what platforms know messages.
CREATE TABLE platform_reference (
    workspace_id BLOB NOT NULL,
    channel_id BLOB NOT NULL,
    reference TEXT NOT NULL,
    message_id BLOB NOT NULL,
    conversation_id BLOB NOT NULL,
    PRIMARY KEY (workspace_id, channel_id, reference)
) STRICT, WITHOUT ROWID;

CREATE INDEX platform_reference_conversation ON platform_reference (conversation_id, message_id);

-- What all nodes agree on.
CREATE TABLE installation (
    name TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
