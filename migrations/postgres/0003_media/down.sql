-- Takes away files, identifiers, channels, and what a desk sorts conversations by.

DROP TABLE installation;
DROP TABLE platform_reference;
DROP TABLE outbox;
DROP TABLE channel;
DROP TABLE kept_file;
DROP TABLE media_use;
DROP TABLE media;

ALTER TABLE message_recipient DROP COLUMN reached_by;
ALTER TABLE message_recipient DROP COLUMN role;
ALTER TABLE message_revision DROP COLUMN attachments;
ALTER TABLE message DROP COLUMN attachments;

DROP INDEX conversation_assignee;
DROP INDEX conversation_channel;
DROP INDEX conversation_snoozed;
DROP INDEX conversation_thread;
ALTER TABLE conversation DROP COLUMN avatar_url;
ALTER TABLE conversation DROP COLUMN snoozed_until;
ALTER TABLE conversation DROP COLUMN priority;
ALTER TABLE conversation DROP COLUMN labels;
ALTER TABLE conversation DROP COLUMN assignee_id;
ALTER TABLE conversation DROP COLUMN thread;
ALTER TABLE conversation DROP COLUMN channel_id;

DROP TABLE identifier;
ALTER TABLE participant DROP COLUMN merged_into;
ALTER TABLE participant DROP COLUMN profile;
ALTER TABLE participant DROP COLUMN identifiers;

ALTER TABLE workspace_counter DROP COLUMN file_bytes;
