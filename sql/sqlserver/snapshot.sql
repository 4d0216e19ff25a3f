-- name: has-inactive-numbers
SELECT COUNT_BIG(*) FROM sys.tables WHERE object_id = OBJECT_ID(N'cpis.cpis_inactive_number');

-- name: inactive-numbers
SELECT nhs_number FROM cpis.cpis_inactive_number;
