-- What surfaces need beside the domain: what they keep with things, the numbers by which they name them, and which
-- conversations somebody keeps on top or has put away.

ALTER TABLE member ADD COLUMN pinned_at bigint;
ALTER TABLE member ADD COLUMN archived_at bigint;

-- What a surface keeps with a message, a conversation, a participant, a channel, or (both ids) a member.
CREATE TABLE extra (
    workspace_id bytea NOT NULL,
    bearer bytea NOT NULL,
    surface text COLLATE "C" NOT NULL,
    object text NOT NULL,
    PRIMARY KEY (workspace_id, bearer, surface)
);

-- Apart from the conversation: every send would have to keep up an index of its row.
CREATE TABLE conversation_number (
    workspace_id bytea NOT NULL,
    number bigint NOT NULL,
    conversation_id bytea NOT NULL,
    PRIMARY KEY (workspace_id, number)
);

INSERT INTO conversation_number SELECT workspace_id, number, id FROM conversation;

-- Where things came into being. Only a statement that has the very same list is led by it.
CREATE INDEX event_birth ON event (workspace_id, subject_id, position)
    WHERE topic IN (10, 20, 40, 50, 70, 79, 80, 90);
