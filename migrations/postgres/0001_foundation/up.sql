-- Tenants, keys, participants, conversations, members, messages, the log, and claims.
--
-- Identifiers are 16 bytes, times microseconds since 1970, words small numbers. Texts that are
-- compared are compared by bytes (COLLATE "C"), as SQLite does. There is no foreign key from
-- messages: a send locks the conversation that it appends to, and whoever erases a conversation
-- erases its messages first. Tables whose rows are updated by sends leave room in their pages, so
-- that the new version of a row stays beside the old one (HOT) where no indexed column changed.

CREATE TABLE workspace (
    id bytea NOT NULL PRIMARY KEY,
    name text NOT NULL,
    root boolean NOT NULL,
    settings text NOT NULL,
    created_at bigint NOT NULL
);

CREATE UNIQUE INDEX workspace_root ON workspace (root) WHERE root;

-- Apart from the workspace because every commit counts it up.
CREATE TABLE log_head (
    workspace_id bytea NOT NULL PRIMARY KEY REFERENCES workspace (id),
    position bigint NOT NULL
) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

CREATE TABLE api_key (
    id bytea NOT NULL PRIMARY KEY,
    workspace_id bytea NOT NULL REFERENCES workspace (id),
    name text NOT NULL,
    hash text NOT NULL,
    scopes text NOT NULL,
    participant_id bytea,
    created_at bigint NOT NULL,
    expires_at bigint,
    revoked_at bigint,
    last_used_at bigint
);

CREATE INDEX api_key_workspace ON api_key (workspace_id, id);

CREATE TABLE participant (
    workspace_id bytea NOT NULL REFERENCES workspace (id),
    id bytea NOT NULL,
    external_id text COLLATE "C",
    kind smallint NOT NULL,
    display_name text NOT NULL,
    metadata text NOT NULL,
    archived_at bigint,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    PRIMARY KEY (workspace_id, id)
);

CREATE UNIQUE INDEX participant_external_id ON participant (workspace_id, external_id)
    WHERE external_id IS NOT NULL;

CREATE TABLE conversation (
    workspace_id bytea NOT NULL REFERENCES workspace (id),
    id bytea NOT NULL,
    kind smallint NOT NULL,
    title text,
    description text,
    status smallint NOT NULL,
    metadata text NOT NULL,
    -- The pair of a direct conversation: both participant ids in order.
    direct bytea,
    last_seq bigint NOT NULL,
    member_count integer NOT NULL,
    last_message_at bigint,
    -- last_message_at, or created_at before the first message: the order of lists.
    activity_at bigint NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    deleted_at bigint,
    PRIMARY KEY (workspace_id, id)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);

CREATE INDEX conversation_activity ON conversation (workspace_id, activity_at, id)
    WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX conversation_direct ON conversation (workspace_id, direct)
    WHERE direct IS NOT NULL;
CREATE INDEX conversation_deleted ON conversation (deleted_at)
    WHERE deleted_at IS NOT NULL;

CREATE TABLE member (
    conversation_id bytea NOT NULL,
    participant_id bytea NOT NULL,
    workspace_id bytea NOT NULL,
    role smallint NOT NULL,
    display_name text,
    read_seq bigint NOT NULL,
    read_at bigint,
    muted_at bigint,
    joined_at bigint NOT NULL,
    left_at bigint,
    PRIMARY KEY (conversation_id, participant_id),
    FOREIGN KEY (workspace_id, conversation_id) REFERENCES conversation (workspace_id, id),
    FOREIGN KEY (workspace_id, participant_id) REFERENCES participant (workspace_id, id)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);

CREATE INDEX member_participant ON member (workspace_id, participant_id, conversation_id)
    WHERE left_at IS NULL;

CREATE TABLE message (
    conversation_id bytea NOT NULL,
    seq bigint NOT NULL,
    id bytea NOT NULL,
    workspace_id bytea NOT NULL,
    sender_id bytea NOT NULL,
    kind smallint NOT NULL,
    text text NOT NULL,
    reply_to bytea,
    metadata text NOT NULL,
    reference text,
    revision_count integer NOT NULL,
    created_at bigint NOT NULL,
    edited_at bigint,
    deleted_at bigint,
    PRIMARY KEY (conversation_id, seq)
) WITH (autovacuum_vacuum_insert_scale_factor = 0.1);

CREATE UNIQUE INDEX message_id ON message (id);

CREATE TABLE message_revision (
    message_id bytea NOT NULL,
    number integer NOT NULL,
    workspace_id bytea NOT NULL,
    text text NOT NULL,
    metadata text NOT NULL,
    replaced_at bigint NOT NULL,
    PRIMARY KEY (message_id, number)
);

CREATE TABLE event (
    workspace_id bytea NOT NULL,
    position bigint NOT NULL,
    topic smallint NOT NULL,
    conversation_id bytea,
    subject_id bytea NOT NULL,
    seq bigint,
    occurred_at bigint NOT NULL,
    PRIMARY KEY (workspace_id, position)
);

CREATE TABLE claim (
    workspace_id bytea NOT NULL,
    key bytea NOT NULL,
    fingerprint bytea NOT NULL,
    answer bytea NOT NULL,
    expires_at bigint NOT NULL,
    PRIMARY KEY (workspace_id, key)
);

CREATE INDEX claim_expires_at ON claim (expires_at);
