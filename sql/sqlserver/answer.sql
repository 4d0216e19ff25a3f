-- name: first
SELECT fingerprint AS Fingerprint, is_complete AS IsComplete FROM cpis.cpis_answer WHERE file_number = @fileNumber AND is_first = 1;

-- name: replace_first
UPDATE cpis.cpis_answer SET fingerprint = @fingerprint, is_complete = @isComplete WHERE file_number = @fileNumber AND is_first = 1;

-- name: add
INSERT INTO cpis.cpis_answer (
    inbound_id, file_number, given_number, codes, effect, fingerprint, is_first, is_complete, answered_at, applied_by_run)
VALUES (
    @inboundId, @fileNumber, @givenNumber, @codes, @effect, @fingerprint, @isFirst, @isComplete, @now, @runId);

-- name: to_unknown_files
SELECT DISTINCT given_number FROM cpis.cpis_answer WHERE file_number IS NULL;
