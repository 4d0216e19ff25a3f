-- name: clear-of-file
DELETE FROM cpis.cpis_ledger
WHERE EXISTS (
    SELECT 1
    FROM cpis.cpis_file_record r
    WHERE r.file_number = @number
      AND r.nhs_number = cpis_ledger.nhs_number AND r.plan_type = cpis_ledger.plan_type AND r.start_date = cpis_ledger.start_date);

-- name: rebuild-of-file
INSERT INTO cpis.cpis_ledger
    (nhs_number, plan_type, start_date, holder_id, state, last_file_number, last_record_number, confirmed_file_number, lapsed_after_file, lapsed_on)
SELECT last.nhs_number, last.plan_type, last.start_date, last.local_person_id,
       CASE
           WHEN lapse.lapsed_after_file >= last.file_number THEN N'lapsed'
           WHEN last.is_removal = 1 AND last.outcome = N'confirmed' THEN N'removed'
           WHEN last.is_removal = 1 AND last.outcome = N'unanswered' THEN N'removal-told'
           WHEN last.is_removal = 1 AND last.outcome = N'rejected' THEN N'removal-rejected'
           WHEN last.is_removal = 1 THEN N'removal-failed'
           WHEN last.outcome = N'unanswered' THEN N'told'
           ELSE last.outcome
       END,
       last.file_number, last.record_number,
       (SELECT MAX(c.file_number)
        FROM cpis.cpis_file_record c
        WHERE c.nhs_number = last.nhs_number AND c.plan_type = last.plan_type AND c.start_date = last.start_date
          AND c.told_at IS NOT NULL AND c.outcome = N'confirmed'),
       lapse.lapsed_after_file, lapse.lapsed_on
FROM (SELECT DISTINCT nhs_number, plan_type, start_date FROM cpis.cpis_file_record WHERE file_number = @number) touched
JOIN cpis.cpis_file_record last
  ON last.nhs_number = touched.nhs_number AND last.plan_type = touched.plan_type AND last.start_date = touched.start_date
LEFT JOIN cpis.cpis_lapse lapse
  ON lapse.nhs_number = last.nhs_number AND lapse.plan_type = last.plan_type AND lapse.start_date = last.start_date
WHERE last.told_at IS NOT NULL
  AND NOT EXISTS (
      SELECT 1
      FROM cpis.cpis_file_record later
      WHERE later.nhs_number = last.nhs_number AND later.plan_type = last.plan_type AND later.start_date = last.start_date
        AND later.told_at IS NOT NULL
        AND (later.file_number > last.file_number OR (later.file_number = last.file_number AND later.record_number > last.record_number)));

-- name: lapse-clear
DELETE FROM cpis.cpis_lapse WHERE nhs_number = @nhsNumber AND plan_type = @planType AND start_date = @start;

-- name: lapse
INSERT INTO cpis.cpis_lapse (nhs_number, plan_type, start_date, lapsed_after_file, lapsed_on)
SELECT nhs_number, plan_type, start_date, last_file_number, @lapsedOn
FROM cpis.cpis_ledger
WHERE nhs_number = @nhsNumber AND plan_type = @planType AND start_date = @start;

-- name: mark-lapsed
UPDATE cpis.cpis_ledger
SET state = N'lapsed', lapsed_after_file = last_file_number, lapsed_on = @lapsedOn
WHERE nhs_number = @nhsNumber AND plan_type = @planType AND start_date = @start AND state <> N'lapsed';

-- name: regroup
UPDATE cpis.cpis_file_record SET source_ids = @sourceIds, child_ids = @childIds WHERE file_number = @fileNumber AND record_number = @recordNumber;

-- name: regroup-child
INSERT INTO cpis.cpis_file_record_child (person_id, file_number, record_number)
SELECT @personId, r.file_number, r.record_number
FROM cpis.cpis_file_record r
WHERE r.file_number = @fileNumber AND r.record_number = @recordNumber AND r.local_person_id <> @personId
  AND NOT EXISTS (
      SELECT 1
      FROM cpis.cpis_file_record_child c
      WHERE c.person_id = @personId AND c.file_number = r.file_number AND c.record_number = r.record_number);

-- name: snapshot
SELECT r.file_number, r.record_number, r.nhs_number, r.plan_type, r.start_date, r.decision, r.reason, r.is_removal, r.end_date,
       r.family_name, r.given_name, r.birth_date, r.local_person_id, r.delete_date, r.visible_until, r.end_is_forecast, r.source_ids,
       r.child_ids, r.cause, r.changed_at, r.told_at, r.outcome, r.answer_code, r.answer_display, r.answer_detail, r.answered_at, l.lapsed_after_file
FROM cpis.cpis_ledger l
JOIN cpis.cpis_file_record r ON r.nhs_number = l.nhs_number AND r.plan_type = l.plan_type AND r.start_date = l.start_date
WHERE l.state <> N'lapsed'
  AND r.told_at IS NOT NULL
  AND r.file_number >= COALESCE(l.confirmed_file_number, 0)
  AND r.file_number > COALESCE(l.lapsed_after_file, 0)
ORDER BY l.nhs_number, l.plan_type, l.start_date, r.file_number;

-- name: rows-of-person
SELECT l.nhs_number, l.plan_type, l.start_date, l.holder_id, l.state, l.last_file_number, l.confirmed_file_number, l.lapsed_after_file,
       l.lapsed_on
FROM cpis.cpis_ledger l
WHERE l.holder_id = @personId
   OR EXISTS (
      SELECT 1
      FROM cpis.cpis_file_record_child c
      JOIN cpis.cpis_file_record r ON r.file_number = c.file_number AND r.record_number = c.record_number
      WHERE c.person_id = @personId AND r.nhs_number = l.nhs_number AND r.plan_type = l.plan_type AND r.start_date = l.start_date)
ORDER BY l.plan_type, l.start_date, l.nhs_number;

-- name: history-of-key
SELECT r.file_number, r.record_number, r.nhs_number, r.plan_type, r.start_date, r.decision, r.reason, r.is_removal, r.end_date,
       r.family_name, r.given_name, r.birth_date, r.local_person_id, r.delete_date, r.visible_until, r.end_is_forecast, r.source_ids,
       r.child_ids, r.cause, r.changed_at, r.told_at, r.outcome, r.answer_code, r.answer_display, r.answer_detail, r.answered_at
FROM cpis.cpis_file_record r
WHERE r.nhs_number = @nhsNumber AND r.plan_type = @planType AND r.start_date = @start AND r.told_at IS NOT NULL
ORDER BY r.file_number, r.record_number;

-- name: history-of-person
SELECT r.file_number, r.record_number, r.nhs_number, r.plan_type, r.start_date, r.decision, r.reason, r.is_removal, r.end_date,
       r.family_name, r.given_name, r.birth_date, r.local_person_id, r.delete_date, r.visible_until, r.end_is_forecast, r.source_ids,
       r.child_ids, r.cause, r.changed_at, r.told_at, r.outcome, r.answer_code, r.answer_display, r.answer_detail, r.answered_at
FROM cpis.cpis_file_record r
WHERE r.local_person_id = @personId AND r.told_at IS NOT NULL
UNION ALL
SELECT r.file_number, r.record_number, r.nhs_number, r.plan_type, r.start_date, r.decision, r.reason, r.is_removal, r.end_date,
       r.family_name, r.given_name, r.birth_date, r.local_person_id, r.delete_date, r.visible_until, r.end_is_forecast, r.source_ids,
       r.child_ids, r.cause, r.changed_at, r.told_at, r.outcome, r.answer_code, r.answer_display, r.answer_detail, r.answered_at
FROM cpis.cpis_file_record_child c
JOIN cpis.cpis_file_record r ON r.file_number = c.file_number AND r.record_number = c.record_number
WHERE c.person_id = @personId AND r.told_at IS NOT NULL
ORDER BY 1, 2;

-- name: history-of-number
SELECT r.file_number, r.record_number, r.nhs_number, r.plan_type, r.start_date, r.decision, r.reason, r.is_removal, r.end_date,
       r.family_name, r.given_name, r.birth_date, r.local_person_id, r.delete_date, r.visible_until, r.end_is_forecast, r.source_ids,
       r.child_ids, r.cause, r.changed_at, r.told_at, r.outcome, r.answer_code, r.answer_display, r.answer_detail, r.answered_at
FROM cpis.cpis_file_record r
WHERE r.nhs_number = @nhsNumber AND r.told_at IS NOT NULL
ORDER BY r.file_number, r.record_number;

-- name: of-file
SELECT r.file_number, r.record_number, r.nhs_number, r.plan_type, r.start_date, r.decision, r.reason, r.is_removal, r.end_date,
       r.family_name, r.given_name, r.birth_date, r.local_person_id, r.delete_date, r.visible_until, r.end_is_forecast, r.source_ids,
       r.child_ids, r.cause, r.changed_at, r.told_at, r.outcome, r.answer_code, r.answer_display, r.answer_detail, r.answered_at
FROM cpis.cpis_file_record r WHERE r.file_number = @number ORDER BY r.record_number;

-- name: of-file-and-number
SELECT r.file_number, r.record_number, r.nhs_number, r.plan_type, r.start_date, r.decision, r.reason, r.is_removal, r.end_date,
       r.family_name, r.given_name, r.birth_date, r.local_person_id, r.delete_date, r.visible_until, r.end_is_forecast, r.source_ids,
       r.child_ids, r.cause, r.changed_at, r.told_at, r.outcome, r.answer_code, r.answer_display, r.answer_detail, r.answered_at
FROM cpis.cpis_file_record r
WHERE r.file_number = @number AND r.nhs_number = @nhsNumber AND r.told_at IS NOT NULL
ORDER BY r.record_number;

-- name: rejected
SELECT r.file_number, r.record_number, r.nhs_number, r.plan_type, r.start_date, r.decision, r.reason, r.is_removal, r.end_date,
       r.family_name, r.given_name, r.birth_date, r.local_person_id, r.delete_date, r.visible_until, r.end_is_forecast, r.source_ids,
       r.child_ids, r.cause, r.changed_at, r.told_at, r.outcome, r.answer_code, r.answer_display, r.answer_detail, r.answered_at
FROM cpis.cpis_ledger l
JOIN cpis.cpis_file_record r ON r.file_number = l.last_file_number AND r.record_number = l.last_record_number
WHERE l.state IN (N'rejected', N'removal-rejected')
ORDER BY r.file_number, r.record_number;

-- name: count-by-state
SELECT state, COUNT_BIG(*) AS number FROM cpis.cpis_ledger GROUP BY state ORDER BY state;

-- name: lapses-of-file
SELECT r.record_number AS RecordNumber, l.lapsed_after_file AS LapsedAfterFile, l.lapsed_on AS LapsedOn
FROM cpis.cpis_file_record r
JOIN cpis.cpis_lapse l ON l.nhs_number = r.nhs_number AND l.plan_type = r.plan_type AND l.start_date = r.start_date
WHERE r.file_number = @number AND l.lapsed_after_file < @number;

-- name: lapse-known
SELECT COUNT_BIG(*) FROM cpis.cpis_lapse
WHERE nhs_number = @nhsNumber AND plan_type = @planType AND start_date = @start AND lapsed_after_file >= @lapsedAfterFile;

-- name: lapse-restore
INSERT INTO cpis.cpis_lapse (nhs_number, plan_type, start_date, lapsed_after_file, lapsed_on)
VALUES (@nhsNumber, @planType, @start, @lapsedAfterFile, @lapsedOn);

-- name: lapsed-after
SELECT DISTINCT last_file_number FROM cpis.cpis_ledger WHERE lapsed_on > @today ORDER BY last_file_number;

-- name: unlapse-after
DELETE FROM cpis.cpis_lapse WHERE lapsed_on > @today;
