-- name: late-records
SELECT file_number, record_number, local_person_id, plan_type, changed_at, told_at
FROM cpis_file_record
WHERE told_at >= @since AND changed_at IS NOT NULL AND (julianday(told_at) - julianday(changed_at)) * 24 > @hours
ORDER BY file_number, record_number;
