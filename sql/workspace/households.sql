-- name: members
SELECT m.household, m.node, m.person_id, p.nhs_number, p.family_name, p.given_names, p.birth, p.is_unborn, p.expected, p.mother_id,
       p.worker_id, p.manager_id, p.team, p.changed, p.number_key,
       EXISTS (SELECT 1 FROM shared_number s WHERE s.number = p.number_key),
       EXISTS (SELECT 1 FROM inactive_number i WHERE i.number = p.number_key)
FROM member m
LEFT JOIN person p ON p.person_id = m.person_id
WHERE m.household BETWEEN @first AND @last
ORDER BY m.household, m.node;

-- name: plans
SELECT m.household, m.node, p.plan_id, p.person_id, p.start, p."end", p.other_authority, p.in_error, p.changed
FROM member m
CROSS JOIN plan p
WHERE p.person_id = m.person_id AND m.household BETWEEN @first AND @last
ORDER BY m.household, m.node;

-- name: legal-statuses
SELECT m.household, m.node, s.legal_status_id, s.person_id, s.code, s.start, s."end", s.in_error, s.changed
FROM member m
CROSS JOIN legal_status s
WHERE s.person_id = m.person_id AND m.household BETWEEN @first AND @last
ORDER BY m.household, m.node;

-- name: set-aside
SELECT m.household, m.node, a.source_table, a.location, a.row_id, a.person_id, a.column_name, a.problem
FROM member m
CROSS JOIN set_aside a
WHERE a.belongs_to = m.person_id AND a.source_table <> 3 AND m.household BETWEEN @first AND @last
ORDER BY m.household, m.node;

-- name: events
SELECT h.household, h.entry, e.nhs_number, e.plan_type, e.start, e.lapsed_after,
       EXISTS (SELECT 1 FROM shared_number s WHERE s.number = e.nhs_number),
       EXISTS (SELECT 1 FROM inactive_number i WHERE i.number = e.nhs_number),
       v.file_number, v.record_number, v.is_removal, v."end", v.family_name, v.given_name, v.birth, v.local_person_id, v.delete_date,
       v.visible_until, v.end_is_forecast, v.source_ids, v.child_ids, v.cause, v.told, v.outcome, v.rejection_code
FROM household_entry h
CROSS JOIN entry e
CROSS JOIN event v
WHERE e.entry = h.entry AND v.entry = h.entry AND h.household BETWEEN @first AND @last
ORDER BY h.household, h.entry, v.file_number, v.record_number;

-- name: household-of
SELECT household FROM member WHERE person_id = @personId;

-- name: person
SELECT person_id, nhs_number, family_name, given_names, birth, is_unborn, expected, mother_id, worker_id, manager_id, team, changed
FROM person
WHERE person_id = @personId;

-- name: people-by-number
SELECT person_id, nhs_number, family_name, given_names, birth, is_unborn, expected, mother_id, worker_id, manager_id, team, changed
FROM person
WHERE number_key = @number
ORDER BY person_id;

-- name: children
SELECT person_id, nhs_number, family_name, given_names, birth, is_unborn, expected, mother_id, worker_id, manager_id, team, changed
FROM person
WHERE mother_id = @personId
ORDER BY person_id;

-- name: worker
SELECT worker_id, name, email, is_active FROM worker WHERE worker_id = @workerId;

-- name: all-set-aside
SELECT source_table, location, row_id, person_id, column_name, problem
FROM set_aside
ORDER BY source_table, rowid;

-- name: counts
SELECT
    (SELECT COUNT(*) FROM person),
    (SELECT COUNT(*) FROM plan),
    (SELECT COUNT(*) FROM legal_status),
    (SELECT COUNT(*) FROM worker),
    (SELECT COUNT(*) FROM set_aside),
    (SELECT COUNT(*) FROM entry WHERE held_by IS NOT NULL),
    EXISTS (SELECT 1 FROM set_aside WHERE source_table <> 3 AND person_id IS NULL),
    (SELECT COALESCE(MAX(household), 0) FROM member);

-- name: extract-people
SELECT p.person_id, p.nhs_number, p.family_name, p.given_names, p.birth, p.is_unborn, p.expected, p.mother_id, p.worker_id, p.manager_id,
       p.team, p.changed
FROM node n
CROSS JOIN member m
CROSS JOIN person p
WHERE m.person_id = n.person_id AND p.person_id = n.person_id
ORDER BY n.node;

-- name: extract-plans
SELECT p.plan_id, p.person_id, p.start, p."end", p.other_authority, p.in_error, p.changed
FROM node n
CROSS JOIN member m
CROSS JOIN plan p
WHERE m.person_id = n.person_id AND p.person_id = n.person_id
ORDER BY n.node, p.plan_id;

-- name: extract-legal-statuses
SELECT s.legal_status_id, s.person_id, s.code, s.start, s."end", s.in_error, s.changed
FROM node n
CROSS JOIN member m
CROSS JOIN legal_status s
WHERE m.person_id = n.person_id AND s.person_id = n.person_id
ORDER BY n.node, s.legal_status_id;

-- name: extract-workers
SELECT w.worker_id, w.name, w.email, w.is_active
FROM worker w
WHERE @all = 1
   OR EXISTS (
      SELECT 1
      FROM member m
      JOIN person p ON p.person_id = m.person_id
      WHERE p.worker_id = w.worker_id OR p.manager_id = w.worker_id)
ORDER BY w.worker_id;

-- name: extract-set-aside
SELECT source_table, location, row_id, person_id, column_name, problem
FROM set_aside a
WHERE @all = 1
   OR (a.source_table <> 3
       AND (a.belongs_to IS NULL OR EXISTS (SELECT 1 FROM member m WHERE m.person_id = a.belongs_to)))
ORDER BY source_table, rowid;
