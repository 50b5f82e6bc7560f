-- What surfaces need beside the domain: what they keep with things, the numbers by which they name them, and which
-- conversations somebody keeps on top or has put away.

ALTER TABLE member ADD COLUMN pinned_at INTEGER;
ALTER TABLE member ADD COLUMN archived_at INTEGER;

-- What a surface keeps with a message, a conversation, a participant, a channel, or (both ids) a member.
CREATE TABLE extra (
    workspace_id BLOB NOT NULL,
    bearer BLOB NOT NULL,
    surface TEXT NOT NULL,
    object TEXT NOT NULL,
    PRIMARY KEY (workspace_id, bearer, surface)
) STRICT, WITHOUT ROWID;

-- Apart from the conversation: every send would have to keep up an index of its row.
CREATE TABLE conversation_number (
    workspace_id BLOB NOT NULL,
    number INTEGER NOT NULL,
    conversation_id BLOB NOT NULL,
    PRIMARY KEY (workspace_id, number)
) STRICT, WITHOUT ROWID;

INSERT INTO conversation_number SELECT workspace_id, number, id FROM conversation;

-- Where things came into being. Only a statement that has the very same list is led by it.
CREATE INDEX event_birth ON event (workspace_id, subject_id, position)
    WHERE topic IN (10, 20, 40, 50, 70, 79, 80, 90);
