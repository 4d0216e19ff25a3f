-- name: late-records
SELECT file_number, record_number, local_person_id, plan_type, changed_at, told_at
FROM cpis.cpis_file_record
WHERE told_at >= @since AND changed_at IS NOT NULL AND DATEDIFF_BIG(MILLISECOND, changed_at, told_at) > CAST(@hours AS BIGINT) * 3600000
ORDER BY file_number, record_number;
