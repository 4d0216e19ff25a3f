-- The care tables and source views belong to the council on this database (see install/). Ids, codes and keys compare and sort by code
-- point, as on SQLite, whatever the database's collation is.

-- Runs, their steps and their figures.
CREATE TABLE cpis.cpis_run (
    run_number BIGINT IDENTITY (1, 1) NOT NULL CONSTRAINT cpis_run_pk PRIMARY KEY,
    run_id NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT cpis_run_id UNIQUE,
    command NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    as_of DATE NOT NULL,
    restriction NVARCHAR(MAX) NULL,
    is_full BIT NOT NULL,
    status NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT cpis_run_status CHECK (status IN (N'running', N'done', N'failed', N'interrupted', N'abandoned')),
    exit_code INT NULL,
    started_at DATETIME2(3) NOT NULL,
    ended_at DATETIME2(3) NULL,
    summary NVARCHAR(MAX) NULL
);

CREATE TABLE cpis.cpis_step (
    run_id NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT cpis_step_run REFERENCES cpis.cpis_run (run_id),
    step NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    status NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT cpis_step_status CHECK (status IN (N'running', N'done', N'failed', N'interrupted', N'abandoned')),
    read_count BIGINT NOT NULL,
    written_count BIGINT NOT NULL,
    withheld_count BIGINT NOT NULL,
    skipped_count BIGINT NOT NULL,
    started_at DATETIME2(3) NOT NULL,
    ended_at DATETIME2(3) NULL,
    detail NVARCHAR(MAX) NULL,
    CONSTRAINT cpis_step_pk PRIMARY KEY (run_id, step)
);

CREATE TABLE cpis.cpis_count (
    run_id NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT cpis_count_run REFERENCES cpis.cpis_run (run_id),
    kind NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    item NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    number BIGINT NOT NULL,
    CONSTRAINT cpis_count_pk PRIMARY KEY (run_id, kind, item)
);

CREATE TABLE cpis.cpis_set_aside (
    run_id NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT cpis_set_aside_run REFERENCES cpis.cpis_run (run_id),
    row_number BIGINT NOT NULL,
    source_table NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    location NVARCHAR(MAX) NOT NULL,
    row_id NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NULL,
    person_id NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NULL,
    column_name NVARCHAR(128) COLLATE Latin1_General_100_BIN2 NULL,
    problem NVARCHAR(MAX) NOT NULL,
    CONSTRAINT cpis_set_aside_pk PRIMARY KEY (run_id, row_number)
);

-- Who took the run lock last, for the sentence that a second run ends with. Only believed while the lock is held.
CREATE TABLE cpis.cpis_run_lock (
    run_id NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    process_id INT NOT NULL,
    machine NVARCHAR(256) NOT NULL,
    taken_at DATETIME2(3) NOT NULL
);

-- Upload files. A number that was handed out has a row for ever: void until the file is complete (rule U6).
CREATE TABLE cpis.cpis_sequence (
    authority_code NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT cpis_sequence_pk PRIMARY KEY,
    last_number BIGINT NOT NULL
);

CREATE TABLE cpis.cpis_file (
    file_number BIGINT NOT NULL CONSTRAINT cpis_file_pk PRIMARY KEY,
    authority_code NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    run_id NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NULL CONSTRAINT cpis_file_run REFERENCES cpis.cpis_run (run_id),
    format NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NULL,
    file_name NVARCHAR(400) NULL,
    path NVARCHAR(MAX) NULL,
    sha256 NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NULL,
    record_count INT NOT NULL,
    status NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT cpis_file_state CHECK (status IN (N'ready', N'sending', N'sent', N'void')),
    local_id NVARCHAR(400) COLLATE Latin1_General_100_BIN2 NULL,
    message_id NVARCHAR(400) COLLATE Latin1_General_100_BIN2 NULL,
    created_at DATETIME2(3) NOT NULL,
    begun_at DATETIME2(3) NULL,
    told_at DATETIME2(3) NULL,
    attempts INT NOT NULL,
    failure_code NVARCHAR(MAX) NULL,
    failure_text NVARCHAR(MAX) NULL,
    is_refused BIT NOT NULL,
    duplicate_risk BIT NOT NULL,
    answered_at DATETIME2(3) NULL,
    answer_codes NVARCHAR(MAX) NULL,
    answer_source NVARCHAR(MAX) NULL,
    outcome NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NULL
        CONSTRAINT cpis_file_outcome CHECK (outcome IN (N'confirmed', N'by-record', N'failed')),
    CONSTRAINT cpis_file_begun CHECK (status <> N'sending' OR begun_at IS NOT NULL),
    CONSTRAINT cpis_file_told CHECK (status <> N'sent' OR told_at IS NOT NULL)
);

CREATE UNIQUE INDEX cpis_file_local ON cpis.cpis_file (local_id) WHERE local_id IS NOT NULL;
CREATE INDEX cpis_file_status ON cpis.cpis_file (status, file_number);
CREATE INDEX cpis_file_message ON cpis.cpis_file (message_id);

-- What each file said, record by record, and what became of it: kept for ever (rule U6). told_at is set while the file is
-- being sent or was sent; only told records are history.
CREATE TABLE cpis.cpis_file_record (
    file_number BIGINT NOT NULL CONSTRAINT cpis_file_record_file REFERENCES cpis.cpis_file (file_number),
    record_number INT NOT NULL,
    nhs_number NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    plan_type NVARCHAR(10) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT cpis_file_record_type CHECK (plan_type IN (N'CPP', N'LAC', N'UCPP')),
    start_date DATE NOT NULL,
    decision NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    reason NVARCHAR(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    is_removal BIT NOT NULL,
    end_date DATE NULL,
    family_name NVARCHAR(MAX) NOT NULL,
    given_name NVARCHAR(MAX) NOT NULL,
    birth_date DATE NOT NULL,
    local_person_id NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    delete_date DATE NULL,
    visible_until DATE NULL,
    end_is_forecast BIT NOT NULL,
    source_ids NVARCHAR(MAX) NOT NULL,
    child_ids NVARCHAR(MAX) NOT NULL,
    cause NVARCHAR(MAX) NOT NULL,
    changed_at DATETIME2(3) NULL,
    told_at DATETIME2(3) NULL,
    outcome NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT cpis_file_record_outcome CHECK (outcome IN (N'unanswered', N'confirmed', N'rejected', N'failed')),
    answer_code NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NULL,
    answer_display NVARCHAR(MAX) NULL,
    answer_detail NVARCHAR(MAX) NULL,
    answered_at DATETIME2(3) NULL,
    CONSTRAINT cpis_file_record_pk PRIMARY KEY (file_number, record_number)
);

CREATE INDEX cpis_file_record_key ON cpis.cpis_file_record (nhs_number, plan_type, start_date, file_number);
CREATE INDEX cpis_file_record_person ON cpis.cpis_file_record (local_person_id, file_number);
CREATE INDEX cpis_file_record_told ON cpis.cpis_file_record (told_at) INCLUDE (changed_at) WHERE told_at IS NOT NULL;

-- The children of records that stand under somebody else: the mother of an unborn child (rule S5).
CREATE TABLE cpis.cpis_file_record_child (
    person_id NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    file_number BIGINT NOT NULL,
    record_number INT NOT NULL,
    CONSTRAINT cpis_file_record_child_pk PRIMARY KEY (person_id, file_number, record_number),
    CONSTRAINT cpis_file_record_child_record FOREIGN KEY (file_number, record_number)
        REFERENCES cpis.cpis_file_record (file_number, record_number)
);

-- Where a record's history ends without anything being sent (rules S6, S10, S13).
CREATE TABLE cpis.cpis_lapse (
    nhs_number NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    plan_type NVARCHAR(10) COLLATE Latin1_General_100_BIN2 NOT NULL,
    start_date DATE NOT NULL,
    lapsed_after_file BIGINT NOT NULL,
    lapsed_on DATE NOT NULL,
    CONSTRAINT cpis_lapse_pk PRIMARY KEY (nhs_number, plan_type, start_date)
);

-- The ledger (rule U1): per record what CP-IS was last told and last confirmed. Made anew from the two tables above, in the same
-- transaction as any change to them; never edited on its own.
CREATE TABLE cpis.cpis_ledger (
    nhs_number NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    plan_type NVARCHAR(10) COLLATE Latin1_General_100_BIN2 NOT NULL,
    start_date DATE NOT NULL,
    holder_id NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    state NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    last_file_number BIGINT NOT NULL,
    last_record_number INT NOT NULL,
    confirmed_file_number BIGINT NULL,
    lapsed_after_file BIGINT NULL,
    lapsed_on DATE NULL,
    CONSTRAINT cpis_ledger_pk PRIMARY KEY (nhs_number, plan_type, start_date)
);

CREATE INDEX cpis_ledger_holder ON cpis.cpis_ledger (holder_id);
