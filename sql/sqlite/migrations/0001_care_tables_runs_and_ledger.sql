-- The embedded care database. No constraint refuses bad input: a bad row must stay readable, so that it can be set aside (rule S16).
CREATE TABLE care_person (
    person_id TEXT,
    nhs_number TEXT,
    family_name TEXT,
    given_names TEXT,
    date_of_birth TEXT,
    is_unborn TEXT,
    expected_date_of_birth TEXT,
    mother_person_id TEXT,
    worker_id TEXT,
    manager_id TEXT,
    team TEXT,
    changed_at TEXT
);

CREATE TABLE care_plan (
    plan_id TEXT,
    person_id TEXT,
    start_date TEXT,
    end_date TEXT,
    held_by_other_authority TEXT,
    recorded_in_error TEXT,
    changed_at TEXT
);

CREATE TABLE care_legal_status (
    legal_status_id TEXT,
    person_id TEXT,
    code TEXT,
    start_date TEXT,
    end_date TEXT,
    recorded_in_error TEXT,
    changed_at TEXT
);

CREATE TABLE care_worker (
    worker_id TEXT,
    name TEXT,
    email TEXT,
    is_active TEXT
);

-- The source views (contract section 4), here over the embedded care tables. The engine only ever reads them.
CREATE VIEW cpis_source_person AS
SELECT person_id, nhs_number, family_name, given_names, date_of_birth, is_unborn, expected_date_of_birth, mother_person_id,
       worker_id, manager_id, team, changed_at
FROM care_person;

CREATE VIEW cpis_source_plan AS
SELECT plan_id, person_id, start_date, end_date, held_by_other_authority, recorded_in_error, changed_at
FROM care_plan;

CREATE VIEW cpis_source_legal_status AS
SELECT legal_status_id, person_id, code, start_date, end_date, recorded_in_error, changed_at
FROM care_legal_status;

CREATE VIEW cpis_source_worker AS
SELECT worker_id, name, email, is_active
FROM care_worker;

-- Runs, their steps and their figures.
CREATE TABLE cpis_run (
    run_number INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL UNIQUE,
    command TEXT NOT NULL,
    as_of TEXT NOT NULL,
    restriction TEXT,
    is_full INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('running', 'done', 'failed', 'interrupted', 'abandoned')),
    exit_code INTEGER,
    started_at TEXT NOT NULL,
    ended_at TEXT,
    summary TEXT
) STRICT;

CREATE TABLE cpis_step (
    run_id TEXT NOT NULL REFERENCES cpis_run (run_id),
    step TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('running', 'done', 'failed', 'interrupted', 'abandoned')),
    read_count INTEGER NOT NULL,
    written_count INTEGER NOT NULL,
    withheld_count INTEGER NOT NULL,
    skipped_count INTEGER NOT NULL,
    started_at TEXT NOT NULL,
    ended_at TEXT,
    detail TEXT,
    PRIMARY KEY (run_id, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE cpis_count (
    run_id TEXT NOT NULL REFERENCES cpis_run (run_id),
    kind TEXT NOT NULL,
    item TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (run_id, kind, item)
) STRICT, WITHOUT ROWID;

CREATE TABLE cpis_set_aside (
    run_id TEXT NOT NULL REFERENCES cpis_run (run_id),
    row_number INTEGER NOT NULL,
    source_table TEXT NOT NULL,
    location TEXT NOT NULL,
    row_id TEXT,
    person_id TEXT,
    column_name TEXT,
    problem TEXT NOT NULL,
    PRIMARY KEY (run_id, row_number)
) STRICT, WITHOUT ROWID;

-- Upload files. A number that was handed out has a row for ever: void until the file is complete (rule U6).
CREATE TABLE cpis_sequence (
    authority_code TEXT NOT NULL PRIMARY KEY,
    last_number INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE cpis_file (
    file_number INTEGER NOT NULL PRIMARY KEY,
    authority_code TEXT NOT NULL,
    run_id TEXT REFERENCES cpis_run (run_id),
    format TEXT,
    file_name TEXT,
    path TEXT,
    sha256 TEXT,
    record_count INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('ready', 'sending', 'sent', 'void')),
    local_id TEXT UNIQUE,
    message_id TEXT,
    created_at TEXT NOT NULL,
    begun_at TEXT,
    told_at TEXT,
    attempts INTEGER NOT NULL,
    failure_code TEXT,
    failure_text TEXT,
    is_refused INTEGER NOT NULL,
    duplicate_risk INTEGER NOT NULL,
    answered_at TEXT,
    answer_codes TEXT,
    answer_source TEXT,
    outcome TEXT CHECK (outcome IN ('confirmed', 'by-record', 'failed')),
    CHECK (status <> 'sending' OR begun_at IS NOT NULL),
    CHECK (status <> 'sent' OR told_at IS NOT NULL)
) STRICT;

CREATE INDEX cpis_file_status ON cpis_file (status, file_number);
CREATE INDEX cpis_file_message ON cpis_file (message_id);

-- What each file said, record by record, and what became of it: kept for ever (rule U6). told_at is set while the file is
-- being sent or was sent; only told records are history.
CREATE TABLE cpis_file_record (
    file_number INTEGER NOT NULL REFERENCES cpis_file (file_number),
    record_number INTEGER NOT NULL,
    nhs_number TEXT NOT NULL,
    plan_type TEXT NOT NULL CHECK (plan_type IN ('CPP', 'LAC', 'UCPP')),
    start_date TEXT NOT NULL,
    decision TEXT NOT NULL,
    reason TEXT NOT NULL,
    is_removal INTEGER NOT NULL,
    end_date TEXT,
    family_name TEXT NOT NULL,
    given_name TEXT NOT NULL,
    birth_date TEXT NOT NULL,
    local_person_id TEXT NOT NULL,
    delete_date TEXT,
    visible_until TEXT,
    end_is_forecast INTEGER NOT NULL,
    source_ids TEXT NOT NULL,
    child_ids TEXT NOT NULL,
    cause TEXT NOT NULL,
    changed_at TEXT,
    told_at TEXT,
    outcome TEXT NOT NULL CHECK (outcome IN ('unanswered', 'confirmed', 'rejected', 'failed')),
    answer_code TEXT,
    answer_display TEXT,
    answer_detail TEXT,
    answered_at TEXT,
    PRIMARY KEY (file_number, record_number)
) STRICT, WITHOUT ROWID;

CREATE INDEX cpis_file_record_key ON cpis_file_record (nhs_number, plan_type, start_date, file_number);
CREATE INDEX cpis_file_record_person ON cpis_file_record (local_person_id, file_number);

-- The children of records that stand under somebody else: the mother of an unborn child (rule S5).
CREATE TABLE cpis_file_record_child (
    person_id TEXT NOT NULL,
    file_number INTEGER NOT NULL,
    record_number INTEGER NOT NULL,
    PRIMARY KEY (person_id, file_number, record_number),
    FOREIGN KEY (file_number, record_number) REFERENCES cpis_file_record (file_number, record_number)
) STRICT, WITHOUT ROWID;

-- Where a record's history ends without anything being sent (rules S6, S10, S13).
CREATE TABLE cpis_lapse (
    nhs_number TEXT NOT NULL,
    plan_type TEXT NOT NULL,
    start_date TEXT NOT NULL,
    lapsed_after_file INTEGER NOT NULL,
    lapsed_on TEXT NOT NULL,
    PRIMARY KEY (nhs_number, plan_type, start_date)
) STRICT, WITHOUT ROWID;

-- The ledger (rule U1): per record what CP-IS was last told and last confirmed. Made anew from the two tables above, in the same
-- transaction as any change to them; never edited on its own.
CREATE TABLE cpis_ledger (
    nhs_number TEXT NOT NULL,
    plan_type TEXT NOT NULL,
    start_date TEXT NOT NULL,
    holder_id TEXT NOT NULL,
    state TEXT NOT NULL,
    last_file_number INTEGER NOT NULL,
    last_record_number INTEGER NOT NULL,
    confirmed_file_number INTEGER,
    lapsed_after_file INTEGER,
    lapsed_on TEXT,
    PRIMARY KEY (nhs_number, plan_type, start_date)
) STRICT, WITHOUT ROWID;

CREATE INDEX cpis_ledger_holder ON cpis_ledger (holder_id);
