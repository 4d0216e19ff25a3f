-- name: update
UPDATE cpis.cpis_inactive_number WITH (UPDLOCK, HOLDLOCK)
SET replacements = @replacements, last_notified_at = @now, inbound_id = @inboundId
WHERE nhs_number = @number;

-- name: add
INSERT INTO cpis.cpis_inactive_number (nhs_number, is_valid, replacements, first_notified_at, last_notified_at, inbound_id)
VALUES (@number, @isValid, @replacements, @now, @now, @inboundId);

-- name: valid
SELECT nhs_number FROM cpis.cpis_inactive_number WHERE is_valid = 1;

-- name: is_listed
SELECT COUNT_BIG(*) FROM cpis.cpis_inactive_number WHERE nhs_number = @number;
