-- What the demo reads of the engine's database: the two tables that the care system reads, and of them the public columns only.

-- name: alerts
SELECT alert_type AS AlertType, recipient_kind AS RecipientKind, recipient_id AS RecipientId, COUNT(*) AS Open
FROM cpis_alert WHERE status = 'open'
GROUP BY alert_type, recipient_kind, recipient_id
ORDER BY alert_type, COUNT(*) DESC, recipient_id;

-- name: accesses
SELECT person_id AS PersonId, accessed_at AS AccessedAt, accessed_by AS AccessedBy, job_role AS JobRole,
       organisation_name AS OrganisationName
FROM cpis_access_audit
ORDER BY accessed_at, access_id;

-- name: example
SELECT subject AS Subject, description AS Description, recipient_id AS RecipientId
FROM cpis_alert WHERE alert_type = @alertType AND recipient_kind = 'worker'
ORDER BY alert_id LIMIT 1;
