-- name: accesses-of-person
SELECT access_id, person_id, accessed_at, time_is_known, accessed_by, job_role, organisation_code, organisation_name, upload_file_number,
       received_at, through_mother
FROM cpis.cpis_access_audit
WHERE person_id = @personId
ORDER BY accessed_at, access_id;

-- name: alerts-of-person
SELECT alert_id, alert_type, person_id, recipient_kind, recipient_id, raised_at, due_on, subject, status,
       CASE WHEN completed_at IS NULL THEN NULL ELSE CONCAT(CONVERT(NVARCHAR(23), completed_at, 126), N'Z') END AS completed_at, completed_by, first_issued_on, days_outstanding
FROM cpis.cpis_alert
WHERE person_id = @personId
ORDER BY raised_at, alert_id;

-- name: inactive-number
SELECT replacements, first_notified_at, last_notified_at FROM cpis.cpis_inactive_number WHERE nhs_number = @number;

-- name: answers-of-file
SELECT codes, effect, answered_at FROM cpis.cpis_answer WHERE file_number = @number ORDER BY answer_id;

-- name: waiting-of-person
SELECT r.file_number, r.record_number, r.plan_type, r.start_date, r.end_date, r.decision, r.reason, f.created_at, f.failure_text
FROM cpis.cpis_file_record r
JOIN cpis.cpis_file f ON f.file_number = r.file_number
WHERE f.status = N'ready'
  AND (r.local_person_id = @personId
       OR EXISTS (
          SELECT 1
          FROM cpis.cpis_file_record_child c
          WHERE c.person_id = @personId AND c.file_number = r.file_number AND c.record_number = r.record_number))
ORDER BY r.file_number, r.record_number;

-- The view's own collation may take p1 for P1.

-- name: identity
SELECT CAST(nhs_number AS NVARCHAR(200)) AS nhs_number, CAST(family_name AS NVARCHAR(200)) AS family_name,
       CAST(given_names AS NVARCHAR(200)) AS given_names, CONVERT(NVARCHAR(10), date_of_birth, 23) AS date_of_birth
FROM cpis.cpis_source_person
WHERE CAST(person_id AS NVARCHAR(64)) COLLATE Latin1_General_100_BIN2 = @personId;

-- name: shared
SELECT held.plan_type, CAST(held.is_ended AS BIT) AS is_ended, CAST(held.is_confirmed AS BIT) AS is_confirmed, COUNT_BIG(*) AS number
FROM (
    SELECT r.plan_type,
           CASE WHEN (r.plan_type = N'UCPP' AND r.end_is_forecast = 1) OR r.end_date IS NULL OR r.end_date > @businessDate THEN 0 ELSE 1 END AS is_ended,
           CASE WHEN r.outcome = N'confirmed' THEN 1 ELSE 0 END AS is_confirmed
    FROM cpis.cpis_ledger l
    JOIN cpis.cpis_file_record r
      ON r.file_number = CASE WHEN l.state IN (N'told', N'confirmed') THEN l.last_file_number ELSE l.confirmed_file_number END
     AND r.nhs_number = l.nhs_number AND r.plan_type = l.plan_type AND r.start_date = l.start_date
    WHERE l.state IN (N'told', N'confirmed', N'rejected', N'failed', N'removal-rejected', N'removal-failed')
      AND r.is_removal = 0
      AND (r.visible_until IS NULL OR r.visible_until >= @businessDate)
) AS held
GROUP BY held.plan_type, held.is_ended, held.is_confirmed
ORDER BY held.plan_type, held.is_ended, held.is_confirmed;

-- name: runs
SELECT r.run_id, r.as_of, r.command, r.restriction, r.status, r.exit_code,
       CAST(CASE WHEN EXISTS (SELECT 1 FROM cpis.cpis_count c WHERE c.run_id = r.run_id AND c.kind = N'match-rate') THEN 1 ELSE 0 END AS BIT) AS has_decided
FROM cpis.cpis_run r
WHERE r.as_of >= @from AND r.as_of <= @businessDate
ORDER BY r.run_number;

-- name: count
SELECT c.run_id, c.item, c.number
FROM cpis.cpis_count c
JOIN cpis.cpis_run r ON r.run_id = c.run_id
WHERE c.kind = @kind AND r.as_of >= @from AND r.as_of <= @businessDate
ORDER BY r.run_number, c.item;

-- name: sent-by-run
SELECT r.plan_type, r.decision, r.reason, COUNT_BIG(*) AS number
FROM cpis.cpis_file f
JOIN cpis.cpis_file_record r ON r.file_number = f.file_number
WHERE f.run_id = @runId AND f.status <> N'void'
GROUP BY r.plan_type, r.decision, r.reason
ORDER BY r.plan_type, r.decision, r.reason;

-- name: accesses-by-run
SELECT COUNT_BIG(*) FROM cpis.cpis_access_audit WHERE recorded_by_run = @runId;

-- name: numbers-missing
SELECT person_id, MIN(first_issued_on) AS first_issued_on, CAST(MAX(CASE WHEN status = N'open' THEN 1 ELSE 0 END) AS BIT) AS is_open
FROM cpis.cpis_alert
WHERE alert_type = N'nhs-number-missing' AND is_settled = 0 AND person_id IS NOT NULL
GROUP BY person_id
ORDER BY MIN(first_issued_on), person_id;

-- name: rejections
SELECT r.answer_code, COUNT_BIG(*) AS number,
       SUM(CASE WHEN l.state IN (N'rejected', N'removal-rejected') THEN CAST(1 AS BIGINT) ELSE 0 END) AS standing
FROM cpis.cpis_file_record r
LEFT JOIN cpis.cpis_ledger l
  ON l.nhs_number = r.nhs_number AND l.plan_type = r.plan_type AND l.start_date = r.start_date
 AND l.last_file_number = r.file_number AND l.last_record_number = r.record_number
WHERE r.outcome = N'rejected' AND (r.answered_at >= @since OR l.state IN (N'rejected', N'removal-rejected'))
GROUP BY r.answer_code
ORDER BY COUNT_BIG(*) DESC, r.answer_code;

-- name: standing-rejections
SELECT r.local_person_id, r.plan_type, r.start_date, r.file_number, r.answer_code, r.answered_at
FROM cpis.cpis_ledger l
JOIN cpis.cpis_file_record r ON r.file_number = l.last_file_number AND r.record_number = l.last_record_number
WHERE l.state IN (N'rejected', N'removal-rejected')
ORDER BY r.answered_at, r.file_number, r.record_number;

-- name: accesses-by-organisation
SELECT organisation_code, organisation_name, job_role, COUNT_BIG(DISTINCT given_key) AS number
FROM cpis.cpis_access_audit
WHERE accessed_at >= @from AND accessed_at < @before
GROUP BY organisation_code, organisation_name, job_role
ORDER BY organisation_code, organisation_name, job_role;

-- name: accesses-by-hour
SELECT counted.hour, counted.time_is_known, COUNT_BIG(DISTINCT counted.given_key) AS number
FROM (
    SELECT DATEADD(HOUR, DATEDIFF(HOUR, CAST(N'2000-01-01' AS DATETIME2(3)), accessed_at), CAST(N'2000-01-01' AS DATETIME2(3))) AS hour,
           time_is_known, given_key
    FROM cpis.cpis_access_audit
    WHERE accessed_at >= @from AND accessed_at < @before
) AS counted
GROUP BY counted.hour, counted.time_is_known
ORDER BY counted.hour, counted.time_is_known;

-- name: accesses-without-person
SELECT COUNT_BIG(*) FROM cpis.cpis_access_audit WHERE person_id IS NULL;

-- name: patterns
SELECT a.person_id, MAX(a.issued_on) AS issued_on,
       (SELECT COUNT_BIG(*) FROM cpis.cpis_access_audit x
        WHERE x.person_id = a.person_id AND x.accessed_at >= @from AND x.accessed_at < @before) AS accesses,
       (SELECT COUNT_BIG(DISTINCT COALESCE(UPPER(TRIM(x.organisation_code)), UPPER(TRIM(x.organisation_name)))) FROM cpis.cpis_access_audit x
        WHERE x.person_id = a.person_id AND x.accessed_at >= @from AND x.accessed_at < @before) AS organisations
FROM cpis.cpis_alert a
WHERE a.alert_type = N'access-pattern' AND a.person_id IS NOT NULL AND a.issued_on >= @issuedFrom AND a.issued_on <= @businessDate
GROUP BY a.person_id
ORDER BY MAX(a.issued_on) DESC, a.person_id;

-- name: add-trail
DECLARE @added TABLE (trail_id BIGINT NOT NULL);
INSERT INTO cpis.cpis_trail (at, os_user, machine, command, detail) OUTPUT INSERTED.trail_id INTO @added (trail_id)
VALUES (@at, @osUser, @machine, @command, @detail);
SELECT trail_id FROM @added;
