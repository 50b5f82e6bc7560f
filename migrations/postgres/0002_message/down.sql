-- Takes away what a message can carry beside its text.

DROP TABLE backlog;
DROP TABLE message_word;
DROP TABLE ledger;
DROP TABLE balance;
DROP TABLE template;
DROP TABLE lease;
DROP TABLE scheduled_message;
DROP TABLE message_recipient;
DROP TABLE receipt_mark;
DROP TABLE reaction;
DROP TABLE message_tag;
DROP TABLE tag;

ALTER TABLE claim DROP COLUMN message_id;

ALTER TABLE message_revision DROP COLUMN content, DROP COLUMN content_type;

DROP INDEX message_reference;
DROP INDEX message_reply_to;
DROP INDEX message_id;
ALTER TABLE message
    DROP COLUMN number,
    DROP COLUMN delete_mode,
    DROP COLUMN reactions,
    DROP COLUMN public_reply_count,
    DROP COLUMN reply_count,
    DROP COLUMN status_at,
    DROP COLUMN failure,
    DROP COLUMN delivery_status,
    DROP COLUMN template,
    DROP COLUMN echo_id,
    DROP COLUMN source_id,
    DROP COLUMN tags,
    DROP COLUMN content,
    DROP COLUMN content_type,
    DROP COLUMN public_count,
    DROP COLUMN visibility,
    DROP COLUMN direction;
CREATE UNIQUE INDEX message_id ON message (id);

ALTER TABLE member
    DROP COLUMN delivered_at,
    DROP COLUMN delivered_seq,
    DROP COLUMN read_public;

ALTER TABLE conversation
    DROP COLUMN marked_seq,
    DROP COLUMN public_at,
    DROP COLUMN public_seq,
    DROP COLUMN public_count,
    DROP COLUMN number;

DROP TABLE workspace_counter;
ALTER TABLE workspace DROP COLUMN plan;
