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

DROP INDEX claim_message;
ALTER TABLE claim DROP COLUMN message_id;

ALTER TABLE message_revision DROP COLUMN content;
ALTER TABLE message_revision DROP COLUMN content_type;

DROP INDEX message_word_number;
DROP INDEX message_reference;
DROP INDEX message_reply_to;
DROP INDEX message_id;
ALTER TABLE message DROP COLUMN number;
ALTER TABLE message DROP COLUMN delete_mode;
ALTER TABLE message DROP COLUMN reactions;
ALTER TABLE message DROP COLUMN public_reply_count;
ALTER TABLE message DROP COLUMN reply_count;
ALTER TABLE message DROP COLUMN status_at;
ALTER TABLE message DROP COLUMN failure;
ALTER TABLE message DROP COLUMN delivery_status;
ALTER TABLE message DROP COLUMN template;
ALTER TABLE message DROP COLUMN echo_id;
ALTER TABLE message DROP COLUMN source_id;
ALTER TABLE message DROP COLUMN tags;
ALTER TABLE message DROP COLUMN content;
ALTER TABLE message DROP COLUMN content_type;
ALTER TABLE message DROP COLUMN public_count;
ALTER TABLE message DROP COLUMN visibility;
ALTER TABLE message DROP COLUMN direction;
CREATE UNIQUE INDEX message_id ON message (id);

ALTER TABLE member DROP COLUMN delivered_at;
ALTER TABLE member DROP COLUMN delivered_seq;
ALTER TABLE member DROP COLUMN read_public;

ALTER TABLE conversation DROP COLUMN marked_seq;
ALTER TABLE conversation DROP COLUMN public_at;
ALTER TABLE conversation DROP COLUMN public_seq;
ALTER TABLE conversation DROP COLUMN public_count;
ALTER TABLE conversation DROP COLUMN number;

DROP TABLE workspace_counter;
ALTER TABLE workspace DROP COLUMN plan;
