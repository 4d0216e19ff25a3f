-- name: person
SELECT person_id, nhs_number, family_name, given_names, date_of_birth, is_unborn, expected_date_of_birth, mother_person_id,
       worker_id, manager_id, team, changed_at
FROM cpis.cpis_source_person;

-- name: plan
SELECT plan_id, person_id, start_date, end_date, held_by_other_authority, recorded_in_error, changed_at
FROM cpis.cpis_source_plan;

-- name: legal_status
SELECT legal_status_id, person_id, code, start_date, end_date, recorded_in_error, changed_at
FROM cpis.cpis_source_legal_status;

-- name: worker
SELECT worker_id, name, email, is_active
FROM cpis.cpis_source_worker;

-- name: columns
SELECT name, TYPE_NAME(system_type_id) AS type FROM sys.columns WHERE object_id = OBJECT_ID(N'cpis.' + @view) ORDER BY column_id;
