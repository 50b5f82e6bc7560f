-- Takes away what surfaces keep, the numbers by which they name things, and what is pinned or put away.

DROP INDEX event_birth;
DROP TABLE conversation_number;
DROP TABLE extra;
ALTER TABLE member DROP COLUMN archived_at;
ALTER TABLE member DROP COLUMN pinned_at;
