-- name: next-number
SELECT COALESCE(MAX(used.number), 0) + 1
FROM (SELECT MAX(last_number) AS number FROM cpis_sequence UNION ALL SELECT MAX(file_number) FROM cpis_file) used;

-- name: update-sequence
UPDATE cpis_sequence SET last_number = @number WHERE authority_code = @authorityCode;

-- name: insert-sequence
INSERT INTO cpis_sequence (authority_code, last_number) VALUES (@authorityCode, @number);

-- name: reserve
INSERT INTO cpis_file (file_number, authority_code, run_id, record_count, status, created_at, attempts, is_refused, duplicate_risk, is_archived)
VALUES (@number, @authorityCode, @runId, 0, 'void', @createdAt, 0, 0, 0, 1);

-- name: void-ready
UPDATE cpis_file SET status = 'void' WHERE status = 'ready';

-- name: complete
UPDATE cpis_file
SET status = 'ready', format = @format, file_name = @fileName, path = @path, sha256 = @sha256, record_count = @recordCount, local_id = @localId
WHERE file_number = @number AND status = 'void' AND record_count = 0;

-- name: find
SELECT file_number, authority_code, run_id, format, file_name, path, sha256, record_count, status, local_id, message_id, created_at,
       begun_at, told_at, attempts, failure_code, failure_text, is_refused, duplicate_risk, answered_at, answer_codes, answer_source,
       outcome
FROM cpis_file
WHERE file_number = @number;

-- name: find-by-local-id
SELECT file_number, authority_code, run_id, format, file_name, path, sha256, record_count, status, local_id, message_id, created_at,
       begun_at, told_at, attempts, failure_code, failure_text, is_refused, duplicate_risk, answered_at, answer_codes, answer_source,
       outcome
FROM cpis_file
WHERE local_id = @localId;

-- name: find-by-message-id
SELECT file_number, authority_code, run_id, format, file_name, path, sha256, record_count, status, local_id, message_id, created_at,
       begun_at, told_at, attempts, failure_code, failure_text, is_refused, duplicate_risk, answered_at, answer_codes, answer_source,
       outcome
FROM cpis_file
WHERE message_id = @messageId
ORDER BY file_number DESC;

-- name: due
SELECT file_number, authority_code, run_id, format, file_name, path, sha256, record_count, status, local_id, message_id, created_at,
       begun_at, told_at, attempts, failure_code, failure_text, is_refused, duplicate_risk, answered_at, answer_codes, answer_source,
       outcome
FROM cpis_file
WHERE status IN ('ready', 'sending')
ORDER BY file_number;

-- name: of-run
SELECT file_number, authority_code, run_id, format, file_name, path, sha256, record_count, status, local_id, message_id, created_at,
       begun_at, told_at, attempts, failure_code, failure_text, is_refused, duplicate_risk, answered_at, answer_codes, answer_source,
       outcome
FROM cpis_file
WHERE run_id = @runId
ORDER BY file_number;

-- name: unanswered
SELECT file_number, authority_code, run_id, format, file_name, path, sha256, record_count, status, local_id, message_id, created_at,
       begun_at, told_at, attempts, failure_code, failure_text, is_refused, duplicate_risk, answered_at, answer_codes, answer_source,
       outcome
FROM cpis_file
WHERE status IN ('sending', 'sent') AND answered_at IS NULL AND COALESCE(told_at, begun_at) <= @toldBy
ORDER BY file_number;

-- name: newest
SELECT MAX(file_number) FROM cpis_file;

-- A claim: of two sessions that ask at once one has the row.

-- name: begin-sending
UPDATE cpis_file
SET status = 'sending', begun_at = @begunAt, message_id = NULL, attempts = attempts + 1, failure_code = NULL, failure_text = NULL, is_refused = 0,
    is_archived = 0
WHERE file_number = @number AND status = 'ready'
RETURNING file_number;

-- name: message-id
UPDATE cpis_file SET message_id = @messageId WHERE file_number = @number AND status = 'sending';

-- name: sent
UPDATE cpis_file
SET status = 'sent', told_at = @toldAt, begun_at = COALESCE(begun_at, @toldAt), message_id = COALESCE(@messageId, message_id),
    attempts = CASE WHEN attempts = 0 THEN 1 ELSE attempts END,
    duplicate_risk = CASE WHEN @duplicateRisk = 1 THEN 1 ELSE duplicate_risk END,
    failure_code = NULL, failure_text = NULL, is_refused = 0, is_archived = 0
WHERE file_number = @number AND status IN ('ready', 'sending', 'void');

-- name: not-sent
UPDATE cpis_file
SET status = 'ready', begun_at = NULL, message_id = NULL, failure_code = @code, failure_text = @detail, is_refused = @isRefused,
    is_archived = CASE WHEN attempts = 0 THEN is_archived ELSE 0 END
WHERE file_number = @number AND status IN ('ready', 'sending');

-- name: unknown
UPDATE cpis_file SET failure_code = @code, failure_text = @detail WHERE file_number = @number AND status = 'sending';

-- name: tell-records
UPDATE cpis_file_record SET told_at = @toldAt WHERE file_number = @number;

-- Newer files that told CP-IS something else of a record, before a file that had been kept up came to it after all: what they said of the
-- record came to nothing.

-- name: overtaken
UPDATE cpis_file_record
SET outcome = 'failed'
WHERE file_number > @number AND told_at IS NOT NULL AND outcome IN ('unanswered', 'confirmed')
  AND EXISTS (
      SELECT 1
      FROM cpis_file_record late
      WHERE late.file_number = @number AND late.nhs_number = cpis_file_record.nhs_number AND late.plan_type = cpis_file_record.plan_type
        AND late.start_date = cpis_file_record.start_date
        AND (late.is_removal <> cpis_file_record.is_removal OR late.family_name <> cpis_file_record.family_name
             OR late.given_name <> cpis_file_record.given_name OR late.birth_date <> cpis_file_record.birth_date
             OR late.local_person_id <> cpis_file_record.local_person_id OR late.end_date <> cpis_file_record.end_date
             OR (late.end_date IS NULL AND cpis_file_record.end_date IS NOT NULL) OR (late.end_date IS NOT NULL AND cpis_file_record.end_date IS NULL)));

-- name: answer
UPDATE cpis_file
SET answered_at = @answeredAt, answer_codes = @codes, answer_source = @source, outcome = @outcome
WHERE file_number = @number AND answered_at IS NULL;

-- name: answer-all-records
UPDATE cpis_file_record
SET outcome = @outcome, answer_code = @code, answer_display = @display, answered_at = @answeredAt
WHERE file_number = @number AND outcome = 'unanswered';

-- name: answer-record
UPDATE cpis_file_record
SET outcome = @outcome, answer_code = @code, answer_display = @display, answer_detail = @detail, answered_at = @answeredAt
WHERE file_number = @number AND record_number = @recordNumber AND outcome = 'unanswered';

-- name: oldest-untold
SELECT MIN(r.changed_at)
FROM cpis_file f
JOIN cpis_file_record r ON r.file_number = f.file_number
WHERE f.status = 'ready';

-- name: oldest-change-of-run
SELECT MIN(r.changed_at)
FROM cpis_file f
JOIN cpis_file_record r ON r.file_number = f.file_number
WHERE f.run_id = @runId AND f.status <> 'void';

-- name: consecutive-failures
SELECT COALESCE(MAX(streak.failures), 0)
FROM (
    SELECT COUNT(*) AS failures
    FROM cpis_file_record r
    JOIN cpis_file_record h
      ON h.nhs_number = r.nhs_number AND h.plan_type = r.plan_type AND h.start_date = r.start_date
     AND h.told_at IS NOT NULL AND h.file_number <= r.file_number
    WHERE r.file_number = @number
      AND h.file_number > COALESCE(
          (SELECT MAX(o.file_number)
           FROM cpis_file_record o
           WHERE o.nhs_number = r.nhs_number AND o.plan_type = r.plan_type AND o.start_date = r.start_date
             AND o.told_at IS NOT NULL AND o.file_number <= r.file_number
             AND (o.outcome <> 'failed' OR o.answer_code IS NULL OR o.answer_code <> @code)), 0)
    GROUP BY r.record_number
) streak;

-- name: waiting-since
SELECT waits.first_number AS FirstNumber, waits.since AS Since, waits.tries AS Tries
FROM (
    SELECT MIN(h.file_number) AS first_number, MIN(f.created_at) AS since, COUNT(*) AS tries
    FROM cpis_file_record r
    JOIN cpis_file_record h ON h.nhs_number = r.nhs_number AND h.plan_type = r.plan_type AND h.start_date = r.start_date
    JOIN cpis_file f ON f.file_number = h.file_number
    WHERE r.file_number = @number
      AND h.file_number <= r.file_number
      AND h.file_number > COALESCE(
          (SELECT MAX(o.file_number)
           FROM cpis_file_record o
           JOIN cpis_file told ON told.file_number = o.file_number
           WHERE o.nhs_number = r.nhs_number AND o.plan_type = r.plan_type AND o.start_date = r.start_date
             AND told.status = 'sent' AND o.file_number < r.file_number), 0)
    GROUP BY r.record_number
) waits
ORDER BY waits.since, waits.first_number
LIMIT 1;

-- name: unarchived
SELECT file_number FROM cpis_file WHERE is_archived = 0 ORDER BY file_number;

-- name: archived
UPDATE cpis_file SET is_archived = 1 WHERE file_number = @number;

-- name: numbers
SELECT file_number AS FileNumber, attempts AS Attempts, COALESCE(failure_code, '') AS FailureCode FROM cpis_file;

-- name: restore
UPDATE cpis_file
SET status = @status, format = @format, file_name = @fileName, path = @path, sha256 = @sha256, record_count = @recordCount, local_id = @localId,
    message_id = @messageId, created_at = @createdAt, begun_at = @begunAt, told_at = @toldAt, attempts = @attempts, failure_code = NULL,
    failure_text = NULL, is_refused = 0, duplicate_risk = @duplicateRisk, is_archived = @isArchived
WHERE file_number = @number AND attempts = 0;

-- name: not-rebuilt
UPDATE cpis_file SET failure_code = @code, failure_text = @detail WHERE file_number = @number AND attempts = 0;

-- name: count-records
SELECT COUNT(*) FROM cpis_file_record WHERE file_number = @number;

-- name: told-after
SELECT file_number FROM cpis_file WHERE begun_at > @now OR told_at > @now ORDER BY file_number;

-- name: told-at-latest
UPDATE cpis_file
SET begun_at = CASE WHEN begun_at > @now THEN @now ELSE begun_at END,
    told_at = CASE WHEN told_at > @now THEN @now ELSE told_at END,
    is_archived = 0
WHERE file_number = @number;
