-- 0 while the archive folder does not yet say of a file what this table says. What was sent before there was such an archive is put there
-- by the next submit.
ALTER TABLE cpis.cpis_file ADD is_archived BIT NOT NULL CONSTRAINT cpis_file_is_archived DEFAULT 0;
GO

UPDATE cpis.cpis_file SET is_archived = 1 WHERE status NOT IN (N'sending', N'sent');

CREATE INDEX cpis_file_unarchived ON cpis.cpis_file (file_number) WHERE is_archived = 0;
