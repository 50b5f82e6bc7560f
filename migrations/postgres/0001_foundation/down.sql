-- Takes everything away, in the order that foreign keys allow.

DROP TABLE claim;
DROP TABLE event;
DROP TABLE message_revision;
DROP TABLE message;
DROP TABLE member;
DROP TABLE conversation;
DROP TABLE participant;
DROP TABLE api_key;
DROP TABLE log_head;
DROP TABLE workspace;
