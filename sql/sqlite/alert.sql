-- name: exists
SELECT COUNT(*) FROM cpis_alert
WHERE alert_type = @type AND cause = @cause AND person_id IS @personId AND recipient_kind = @kind AND recipient_id = @recipientId
  AND (status = 'open' OR @everRaised = 1);

-- name: close
UPDATE cpis_alert SET status = 'completed', completed_at = @now, completed_by = @engine, closed_by_engine = 1
WHERE alert_id = @alertId AND status = 'open';

-- name: close_cause
UPDATE cpis_alert SET status = 'completed', completed_at = @now, completed_by = @engine, closed_by_engine = 1
WHERE alert_type = @type AND cause = @cause AND status = 'open';

-- name: settle
UPDATE cpis_alert SET is_settled = 1 WHERE alert_id = @alertId;

-- name: refresh
UPDATE cpis_alert SET days_outstanding = @daysOutstanding WHERE alert_id = @alertId AND status = 'open';

-- name: standing
SELECT alert_id AS AlertId, alert_type AS Type, person_id AS PersonId, recipient_kind AS Kind, recipient_id AS RecipientId, status AS Status,
       issued_on AS IssuedOn, first_issued_on AS FirstIssuedOn, completed_at AS CompletedAt, closed_by_engine AS ClosedByEngine,
       days_outstanding AS DaysOutstanding
FROM cpis_alert
WHERE alert_type IN ('nhs-number-missing', 'expected-date-missing', 'nhs-number-duplicate') AND is_settled = 0
ORDER BY person_id, alert_id;

-- name: raised_by_run
SELECT alert_type AS Type, recipient_kind = 'role' AND stands_in_for = '' AS NeedsOperator, COUNT(*) AS Number
FROM cpis_alert
WHERE raised_by_run = @runId
GROUP BY alert_type, recipient_kind = 'role' AND stands_in_for = ''
ORDER BY alert_type, 2;

-- name: open
SELECT alert_type AS Type, recipient_kind = 'role' AND stands_in_for = '' AS NeedsOperator, COUNT(*) AS Number
FROM cpis_alert
WHERE status = 'open'
GROUP BY alert_type, recipient_kind = 'role' AND stands_in_for = ''
ORDER BY alert_type, 2;

-- name: past_due
SELECT alert_id AS AlertId, alert_type AS Type, person_id AS PersonId, recipient_kind AS Kind, recipient_id AS RecipientId, due_on AS DueOn
FROM cpis_alert
WHERE status = 'open' AND due_on < @businessDate
ORDER BY due_on, alert_id;

-- name: open_causes
SELECT cause FROM cpis_alert WHERE alert_type = @type AND status = 'open' ORDER BY alert_id;
