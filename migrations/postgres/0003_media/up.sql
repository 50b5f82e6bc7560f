-- Files, who is reached by what, channels to people outside, and what a desk sorts conversations by.
--
-- Columns of tables that have rows are added with a default, which no statement relies on.

-- Counted with the conversations, as both are counted last in a unit.
ALTER TABLE workspace_counter ADD COLUMN file_bytes bigint NOT NULL DEFAULT 0;

-- What a participant is reached by stands in its row as well, and leads from there to the rows of identifier.
ALTER TABLE participant
    ADD COLUMN identifiers text NOT NULL DEFAULT '',
    ADD COLUMN profile text NOT NULL DEFAULT '',
    ADD COLUMN merged_into bytea;

CREATE TABLE identifier (
    workspace_id bytea NOT NULL,
    key text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    participant_id bytea NOT NULL,
    PRIMARY KEY (workspace_id, key, value)
);

ALTER TABLE conversation
    ADD COLUMN channel_id bytea,
    -- What makes it the only one of its channel with these people.
    ADD COLUMN thread bytea,
    ADD COLUMN assignee_id bytea,
    ADD COLUMN labels text NOT NULL DEFAULT '',
    ADD COLUMN priority smallint,
    ADD COLUMN snoozed_until bigint,
    ADD COLUMN avatar_url text;

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

ALTER TABLE message ADD COLUMN attachments text NOT NULL DEFAULT '';
ALTER TABLE message_revision ADD COLUMN attachments text NOT NULL DEFAULT '';
ALTER TABLE message_recipient ADD COLUMN role smallint NOT NULL DEFAULT 1;
ALTER TABLE message_recipient ADD COLUMN reached_by text;

CREATE TABLE media (
    workspace_id bytea NOT NULL,
    id bytea NOT NULL,
    owner_id bytea,
    name text NOT NULL,
    declared text,
    media_type text,
    status smallint NOT NULL,
    size bigint NOT NULL,
    digest bytea,
    width bigint,
    height bigint,
    duration_ms bigint,
    versions text NOT NULL,
    problem text,
    tries integer NOT NULL,
    -- When it is to be processed, and when it goes.
    due_at bigint,
    expires_at bigint,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    PRIMARY KEY (workspace_id, id)
);

CREATE INDEX media_owner ON media (workspace_id, owner_id, id) WHERE owner_id IS NOT NULL;
CREATE INDEX media_due ON media (due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX media_expiry ON media (expires_at, id) WHERE expires_at IS NOT NULL;

-- Which messages, sent or scheduled, refer to a file.
CREATE TABLE media_use (
    media_id bytea NOT NULL,
    message_id bytea NOT NULL,
    workspace_id bytea NOT NULL,
    conversation_id bytea NOT NULL,
    PRIMARY KEY (media_id, message_id)
) WITH (autovacuum_vacuum_insert_scale_factor = 0.1);

CREATE INDEX media_use_message ON media_use (message_id, media_id);
CREATE INDEX media_use_conversation ON media_use (conversation_id, media_id, message_id);

-- The bytes that are kept, each hash once in a workspace; those without uses are to be erased.
CREATE TABLE kept_file (
    workspace_id bytea NOT NULL,
    digest bytea NOT NULL,
    size bigint NOT NULL,
    uses bigint NOT NULL,
    due_at bigint NOT NULL,
    doomed boolean NOT NULL,
    PRIMARY KEY (workspace_id, digest)
);

CREATE INDEX kept_file_unused ON kept_file (due_at) WHERE uses = 0;

-- Deleted ones stay: conversations and messages name them.
CREATE TABLE channel (
    id bytea NOT NULL PRIMARY KEY,
    workspace_id bytea NOT NULL,
    platform smallint NOT NULL,
    name text NOT NULL,
    status smallint NOT NULL,
    connector_id bytea NOT NULL,
    address_key text,
    address_value text,
    reach text NOT NULL,
    -- Sealed by the key of the installation.
    secret bytea,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    deleted_at bigint
);

CREATE INDEX channel_workspace ON channel (workspace_id, id) WHERE deleted_at IS NULL;

-- The messages that wait to be handed over.
CREATE TABLE outbox (
    message_id bytea NOT NULL PRIMARY KEY,
    workspace_id bytea NOT NULL,
    conversation_id bytea NOT NULL,
    channel_id bytea NOT NULL,
    tries integer NOT NULL,
    due_at bigint NOT NULL
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

CREATE INDEX outbox_due ON outbox (due_at);

-- By what platforms know messages.
CREATE TABLE platform_reference (
    workspace_id bytea NOT NULL,
    channel_id bytea NOT NULL,
    reference text COLLATE "C" NOT NULL,
    message_id bytea NOT NULL,
    conversation_id bytea NOT NULL,
    PRIMARY KEY (workspace_id, channel_id, reference)
);

CREATE INDEX platform_reference_conversation ON platform_reference (conversation_id, message_id);

-- What all nodes agree on.
CREATE TABLE installation (
    name text COLLATE "C" NOT NULL PRIMARY KEY,
    value bytea NOT NULL
);
