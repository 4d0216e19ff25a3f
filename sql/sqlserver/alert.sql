-- Equality ignores trailing spaces on SQL Server, whatever the collation: DATALENGTH tells them apart where a text comes from outside.

-- name: exists
SELECT COUNT_BIG(*) FROM cpis.cpis_alert WITH (UPDLOCK, HOLDLOCK)
WHERE alert_type = @type AND cause = @cause AND recipient_kind = @kind
  AND recipient_id = @recipientId AND DATALENGTH(recipient_id) = DATALENGTH(@recipientId)
  AND (person_id = @personId OR (person_id IS NULL AND @personId IS NULL))
  AND (status = N'open' OR @everRaised = 1);

-- name: close
UPDATE cpis.cpis_alert SET status = N'completed', completed_at = @now, completed_by = @engine, closed_by_engine = 1
WHERE alert_id = @alertId AND status = N'open';

-- name: close_cause
UPDATE cpis.cpis_alert SET status = N'completed', completed_at = @now, completed_by = @engine, closed_by_engine = 1
WHERE alert_type = @type AND cause = @cause AND status = N'open';

-- name: settle
UPDATE cpis.cpis_alert SET is_settled = 1 WHERE alert_id = @alertId;

-- name: refresh
UPDATE cpis.cpis_alert SET days_outstanding = @daysOutstanding WHERE alert_id = @alertId AND status = N'open';

-- name: standing
SELECT alert_id AS AlertId, alert_type AS Type, person_id AS PersonId, recipient_kind AS Kind, recipient_id AS RecipientId, status AS Status,
       issued_on AS IssuedOn, first_issued_on AS FirstIssuedOn, completed_at AS CompletedAt, closed_by_engine AS ClosedByEngine,
       days_outstanding AS DaysOutstanding
FROM cpis.cpis_alert
WHERE alert_type IN (N'nhs-number-missing', N'expected-date-missing', N'nhs-number-duplicate') AND is_settled = 0
ORDER BY person_id, alert_id;

-- name: raised_by_run
SELECT counted.Type, counted.NeedsOperator, COUNT_BIG(*) AS Number
FROM (SELECT alert_type AS Type, CAST(CASE WHEN recipient_kind = N'role' AND stands_in_for = N'' THEN 1 ELSE 0 END AS BIT) AS NeedsOperator
      FROM cpis.cpis_alert
      WHERE raised_by_run = @runId) AS counted
GROUP BY counted.Type, counted.NeedsOperator
ORDER BY counted.Type, counted.NeedsOperator;

-- name: open
SELECT counted.Type, counted.NeedsOperator, COUNT_BIG(*) AS Number
FROM (SELECT alert_type AS Type, CAST(CASE WHEN recipient_kind = N'role' AND stands_in_for = N'' THEN 1 ELSE 0 END AS BIT) AS NeedsOperator
      FROM cpis.cpis_alert
      WHERE status = N'open') AS counted
GROUP BY counted.Type, counted.NeedsOperator
ORDER BY counted.Type, counted.NeedsOperator;

-- name: past_due
SELECT alert_id AS AlertId, alert_type AS Type, person_id AS PersonId, recipient_kind AS Kind, recipient_id AS RecipientId, due_on AS DueOn
FROM cpis.cpis_alert
WHERE status = N'open' AND due_on < @businessDate
ORDER BY due_on, alert_id;

-- name: open_causes
SELECT cause FROM cpis.cpis_alert WHERE alert_type = @type AND status = N'open' ORDER BY alert_id;
