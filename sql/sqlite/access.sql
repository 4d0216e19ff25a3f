-- name: is_recorded
SELECT COUNT(*) FROM cpis_access_audit WHERE dedupe_key = @key;

-- name: is_recorded_as_given
SELECT COUNT(*) FROM cpis_access_audit WHERE given_key = @key;

-- name: copy
INSERT INTO cpis_access_audit (
    person_id, nhs_number, accessed_at, accessed_by, job_role, organisation_code, organisation_name, upload_file_number, query_id, received_at,
    time_is_known, through_mother, query_key, given_key, dedupe_key, given_number, given_local_id, made_at, inbound_id, recorded_by_run, matched_at,
    pattern_pending)
SELECT
    @personId, nhs_number, accessed_at, accessed_by, job_role, organisation_code, organisation_name, upload_file_number, query_id, received_at,
    time_is_known, @throughMother, query_key, given_key, @dedupeKey, given_number, given_local_id, made_at, inbound_id, recorded_by_run, @now,
    1
FROM cpis_access_audit
WHERE access_id = @accessId;

-- name: unmatched
SELECT access_id AS AccessId, accessed_at AS AccessedAt, time_is_known AS TimeIsKnown, given_number AS GivenNumber, given_local_id AS GivenLocalId,
       accessed_by AS AccessedBy, job_role AS JobRole, organisation_code AS OrganisationCode, organisation_name AS OrganisationName,
       upload_file_number AS UploadFileNumber, query_key AS QueryKey, given_key AS GivenKey, inbound_id AS InboundId
FROM cpis_access_audit
WHERE person_id IS NULL AND access_id > @after
ORDER BY access_id
LIMIT 500;

-- name: match
UPDATE cpis_access_audit
SET person_id = @personId, through_mother = @throughMother, dedupe_key = @dedupeKey, matched_at = @now, pattern_pending = 1
WHERE access_id = @accessId AND person_id IS NULL;

-- name: remove_unmatched
DELETE FROM cpis_access_audit WHERE access_id = @accessId AND person_id IS NULL;

-- name: pattern_pending
SELECT DISTINCT person_id FROM cpis_access_audit WHERE pattern_pending = 1 AND person_id IS NOT NULL ORDER BY person_id;

-- name: of_person
SELECT access_id AS AccessId, accessed_at AS AccessedAt, accessed_by AS AccessedBy, job_role AS JobRole, organisation_code AS OrganisationCode,
       organisation_name AS OrganisationName, pattern_pending AS IsNew
FROM cpis_access_audit
WHERE person_id = @personId
ORDER BY accessed_at, access_id;

-- name: pattern_done
UPDATE cpis_access_audit SET pattern_pending = 0 WHERE person_id = @personId AND pattern_pending = 1;

-- name: made_since
SELECT access_id AS AccessId, person_id AS PersonId, made_at AS MadeAt, matched_at AS MatchedAt
FROM cpis_access_audit
WHERE received_at >= @since AND made_at IS NOT NULL
ORDER BY access_id;
