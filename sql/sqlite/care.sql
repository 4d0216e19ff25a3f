-- name: clear
DELETE FROM care_person;
DELETE FROM care_plan;
DELETE FROM care_legal_status;
DELETE FROM care_worker;
