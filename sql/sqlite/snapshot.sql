-- name: has-inactive-numbers
SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = 'cpis_inactive_number';

-- name: inactive-numbers
SELECT nhs_number FROM cpis_inactive_number;
