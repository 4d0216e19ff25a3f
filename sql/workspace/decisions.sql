-- name: ordered
SELECT household, person_id, plan_type, source_ids, child_ids, kind, reason, nhs_number, start, "end", delete_date, visible_until, cause,
       changed, has_record, r_number, r_start, r_end, r_family_name, r_given_name, r_birth, r_local_person_id, r_delete_date,
       r_visible_until, r_forecast
FROM decision
ORDER BY node, plan_type, start, number;

-- name: payload
SELECT household, person_id, plan_type, source_ids, child_ids, kind, reason, nhs_number, start, "end", delete_date, visible_until, cause,
       changed, has_record, r_number, r_start, r_end, r_family_name, r_given_name, r_birth, r_local_person_id, r_delete_date,
       r_visible_until, r_forecast
FROM decision
WHERE has_record = 1
ORDER BY household, number;

-- name: index-payload
CREATE INDEX IF NOT EXISTS decision_payload ON decision (household, number) WHERE has_record = 1;

-- name: payload-sizes
SELECT household, COUNT(*) FROM decision WHERE has_record = 1 GROUP BY household ORDER BY household;

-- name: withhold-vanished
UPDATE decision
SET kind = @withheld, has_record = 0, delete_date = NULL, visible_until = NULL
WHERE kind = @remove AND reason = @goneFromSource;

-- name: counts
SELECT kind, reason, COUNT(*) FROM decision GROUP BY kind, reason ORDER BY kind, reason;

-- name: oldest-change
SELECT MIN(changed) FROM decision WHERE has_record = 1;

-- name: lapsed
SELECT nhs_number, plan_type, start FROM lapsed ORDER BY rowid;

-- name: regrouped
SELECT file_number, record_number, source_ids, child_ids FROM regrouped ORDER BY rowid;

-- name: node-of
SELECT node FROM node WHERE person_id = @personId;
