-- 0 while the archive folder does not yet say of a file what this table says. What was sent before there was such an archive is put there
-- by the next submit.
ALTER TABLE cpis_file ADD COLUMN is_archived INTEGER NOT NULL DEFAULT 0;

UPDATE cpis_file SET is_archived = 1 WHERE status NOT IN ('sending', 'sent');

CREATE INDEX cpis_file_unarchived ON cpis_file (file_number) WHERE is_archived = 0;
