-- The workspace of one run: a private file that is deleted at its end and never committed. Dates are day numbers, instants are ticks.

-- name: create
CREATE TABLE person (
    position INTEGER, person_id TEXT, nhs_number TEXT, number_key TEXT, family_name TEXT, given_names TEXT, birth INTEGER,
    is_unborn INTEGER, expected INTEGER, mother_id TEXT, worker_id TEXT, manager_id TEXT, team TEXT, changed INTEGER
);
CREATE TABLE plan (
    position INTEGER, plan_id TEXT, person_id TEXT, start INTEGER, "end" INTEGER, other_authority INTEGER, in_error INTEGER, changed INTEGER
);
CREATE TABLE legal_status (
    position INTEGER, legal_status_id TEXT, person_id TEXT, code TEXT, start INTEGER, "end" INTEGER, in_error INTEGER, changed INTEGER
);
CREATE TABLE worker (position INTEGER, worker_id TEXT, name TEXT, email TEXT, is_active INTEGER);
CREATE TABLE set_aside (
    source_table INTEGER, location TEXT, row_id TEXT, person_id TEXT, column_name TEXT, problem TEXT, belongs_to TEXT
);
CREATE TABLE entry (
    entry INTEGER PRIMARY KEY, nhs_number TEXT, plan_type TEXT, start INTEGER, lapsed_after INTEGER, is_live INTEGER, held_by TEXT
);
CREATE TABLE event (
    entry INTEGER, file_number INTEGER, record_number INTEGER, is_removal INTEGER, "end" INTEGER, family_name TEXT, given_name TEXT,
    birth INTEGER, local_person_id TEXT, delete_date INTEGER, visible_until INTEGER, end_is_forecast INTEGER, source_ids TEXT,
    child_ids TEXT, cause TEXT, told INTEGER, outcome INTEGER, rejection_code TEXT,
    PRIMARY KEY (entry, file_number, record_number)
) WITHOUT ROWID;
CREATE TABLE entry_person (entry INTEGER, person_id TEXT, PRIMARY KEY (entry, person_id)) WITHOUT ROWID;
CREATE TABLE entry_source (entry INTEGER, plan_type TEXT, source_id TEXT, PRIMARY KEY (entry, source_id)) WITHOUT ROWID;
CREATE TABLE inactive_number (number TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE shared_number (number TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE claim (number TEXT, person_id TEXT, PRIMARY KEY (number, person_id)) WITHOUT ROWID;
CREATE TABLE node (node INTEGER PRIMARY KEY, person_id TEXT NOT NULL UNIQUE);
CREATE TABLE member (household INTEGER, node INTEGER, person_id TEXT, PRIMARY KEY (household, node)) WITHOUT ROWID;
CREATE TABLE household_entry (household INTEGER, entry INTEGER, PRIMARY KEY (household, entry)) WITHOUT ROWID;
CREATE TABLE inside (person_id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE decision (
    number INTEGER PRIMARY KEY, household INTEGER, node INTEGER, person_id TEXT, plan_type TEXT, source_ids TEXT, child_ids TEXT,
    kind INTEGER, reason TEXT, nhs_number TEXT, start INTEGER, "end" INTEGER, delete_date INTEGER, visible_until INTEGER, cause TEXT,
    changed INTEGER, has_record INTEGER, r_number TEXT, r_start INTEGER, r_end INTEGER, r_family_name TEXT, r_given_name TEXT,
    r_birth INTEGER, r_local_person_id TEXT, r_delete_date INTEGER, r_visible_until INTEGER, r_forecast INTEGER
);
CREATE TABLE lapsed (nhs_number TEXT, plan_type TEXT, start INTEGER);
CREATE TABLE regrouped (file_number INTEGER, record_number INTEGER, source_ids TEXT, child_ids TEXT);

-- name: index
CREATE INDEX person_id ON person (person_id);
CREATE INDEX plan_id ON plan (plan_id);
CREATE INDEX legal_status_id ON legal_status (legal_status_id);
CREATE INDEX worker_id ON worker (worker_id);
CREATE INDEX set_aside_row ON set_aside (source_table, row_id);

-- name: own-set-aside
UPDATE set_aside SET belongs_to = person_id;

-- A row whose person cannot be read, but which a told record was made of, is taken to speak of that record's holder.
-- name: own-set-aside-by-ledger
UPDATE set_aside
SET belongs_to = (
    SELECT MIN(v.local_person_id)
    FROM entry_source s
    JOIN event v ON v.entry = s.entry
    WHERE s.source_id = set_aside.row_id AND (s.plan_type = 'LAC') = (set_aside.source_table = 2))
WHERE person_id IS NULL AND row_id IS NOT NULL AND source_table IN (1, 2);

-- name: index-links
CREATE INDEX person_number ON person (number_key);
CREATE INDEX person_mother ON person (mother_id);
CREATE INDEX plan_person ON plan (person_id);
CREATE INDEX legal_status_person ON legal_status (person_id);
CREATE INDEX set_aside_person ON set_aside (belongs_to);
CREATE INDEX entry_person_person ON entry_person (person_id);
CREATE INDEX entry_source_source ON entry_source (source_id);

-- name: twin-people
SELECT position, person_id, person_id FROM person
WHERE person_id IN (SELECT person_id FROM person GROUP BY person_id HAVING COUNT(*) > 1)
   OR person_id IN (SELECT row_id FROM set_aside WHERE source_table = @table)
ORDER BY person_id, position;

-- name: twin-plans
SELECT position, plan_id, person_id FROM plan
WHERE plan_id IN (SELECT plan_id FROM plan GROUP BY plan_id HAVING COUNT(*) > 1)
   OR plan_id IN (SELECT row_id FROM set_aside WHERE source_table = @table)
ORDER BY plan_id, position;

-- name: twin-legal-statuses
SELECT position, legal_status_id, person_id FROM legal_status
WHERE legal_status_id IN (SELECT legal_status_id FROM legal_status GROUP BY legal_status_id HAVING COUNT(*) > 1)
   OR legal_status_id IN (SELECT row_id FROM set_aside WHERE source_table = @table)
ORDER BY legal_status_id, position;

-- name: twin-workers
SELECT position, worker_id, NULL FROM worker
WHERE worker_id IN (SELECT worker_id FROM worker GROUP BY worker_id HAVING COUNT(*) > 1)
   OR worker_id IN (SELECT row_id FROM set_aside WHERE source_table = @table)
ORDER BY worker_id, position;

-- name: remove-set-aside
DELETE FROM person WHERE person_id IN (SELECT row_id FROM set_aside WHERE source_table = 0);
DELETE FROM plan WHERE plan_id IN (SELECT row_id FROM set_aside WHERE source_table = 1);
DELETE FROM legal_status WHERE legal_status_id IN (SELECT row_id FROM set_aside WHERE source_table = 2);
DELETE FROM worker WHERE worker_id IN (SELECT row_id FROM set_aside WHERE source_table = 3);
