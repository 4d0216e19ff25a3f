-- Every inbound message whole, before anything is made of it. The hash tells a message that is delivered again (rule K3).
-- content is null only for a file over Inbound:MaxMegabytes, whose bytes lie in the quarantine folder alone.
CREATE TABLE cpis_inbound (
    inbound_id INTEGER PRIMARY KEY AUTOINCREMENT,
    sha256 TEXT NOT NULL UNIQUE,
    byte_count INTEGER NOT NULL,
    content BLOB,
    report TEXT,
    format TEXT,
    kind TEXT CHECK (kind IN ('acknowledgement', 'inactive', 'access', 'transport-report')),
    status TEXT NOT NULL CHECK (status IN ('stored', 'applied', 'quarantined')),
    is_released INTEGER NOT NULL,
    is_filed INTEGER NOT NULL,
    received_at TEXT NOT NULL,
    received_by_run TEXT NOT NULL,
    applied_at TEXT,
    applied_by_run TEXT
) STRICT;

CREATE INDEX cpis_inbound_status ON cpis_inbound (status, kind, inbound_id);
CREATE INDEX cpis_inbound_unfiled ON cpis_inbound (inbound_id) WHERE is_filed = 0;

-- Each time a message came. is_completed is set when the transport was told that it can let go of it: until then the same item is
-- shown again after a crash, and that is not another delivery.
CREATE TABLE cpis_delivery (
    delivery_id INTEGER PRIMARY KEY AUTOINCREMENT,
    inbound_id INTEGER NOT NULL REFERENCES cpis_inbound (inbound_id),
    transport TEXT NOT NULL,
    transport_id TEXT NOT NULL,
    item_name TEXT NOT NULL,
    received_at TEXT NOT NULL,
    received_by_run TEXT NOT NULL,
    is_completed INTEGER NOT NULL
) STRICT;

CREATE INDEX cpis_delivery_item ON cpis_delivery (inbound_id, transport, transport_id);

-- Why a message, or a part of one, lies in quarantine (rules A11, K6). Resolved once it was applied after all.
CREATE TABLE cpis_quarantine (
    quarantine_id INTEGER PRIMARY KEY AUTOINCREMENT,
    inbound_id INTEGER NOT NULL REFERENCES cpis_inbound (inbound_id),
    is_whole INTEGER NOT NULL,
    reason TEXT NOT NULL,
    quarantined_at TEXT NOT NULL,
    quarantined_by_run TEXT NOT NULL,
    resolved_at TEXT
) STRICT;

CREATE INDEX cpis_quarantine_inbound ON cpis_quarantine (inbound_id);

-- The child's CP-IS audit (contract section 4: the columns to received_at), read by the care system. Behind them the engine's own:
-- what makes the access unique (rule A3), what it was matched by, and whether a pattern must still be looked for (rule A7).
CREATE TABLE cpis_access_audit (
    access_id INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id TEXT,
    nhs_number TEXT,
    accessed_at TEXT NOT NULL,
    accessed_by TEXT,
    job_role TEXT,
    organisation_code TEXT,
    organisation_name TEXT,
    upload_file_number TEXT,
    query_id TEXT,
    received_at TEXT NOT NULL,
    time_is_known INTEGER NOT NULL,
    through_mother INTEGER NOT NULL,
    query_key TEXT NOT NULL,
    given_key TEXT NOT NULL,
    dedupe_key TEXT NOT NULL UNIQUE,
    given_number TEXT,
    given_local_id TEXT,
    made_at TEXT,
    inbound_id INTEGER NOT NULL REFERENCES cpis_inbound (inbound_id),
    recorded_by_run TEXT NOT NULL,
    matched_at TEXT,
    pattern_pending INTEGER NOT NULL
) STRICT;

CREATE INDEX cpis_access_audit_person ON cpis_access_audit (person_id, accessed_at);
CREATE INDEX cpis_access_audit_given ON cpis_access_audit (given_key);
CREATE INDEX cpis_access_audit_unmatched ON cpis_access_audit (access_id) WHERE person_id IS NULL;
CREATE INDEX cpis_access_audit_pattern ON cpis_access_audit (person_id) WHERE pattern_pending = 1;

-- Work trays (contract section 4: the columns to raised_by_run), read and completed by the care system. Behind them the engine's own:
-- the cause, which keeps an alert from being raised twice; for whom a duty role stands in (rule A8); whether the engine closed it; and
-- whether a standing alert's cause is gone (rule A5).
CREATE TABLE cpis_alert (
    alert_id INTEGER PRIMARY KEY AUTOINCREMENT,
    alert_type TEXT NOT NULL,
    person_id TEXT,
    recipient_kind TEXT NOT NULL CHECK (recipient_kind IN ('worker', 'manager', 'role')),
    recipient_id TEXT NOT NULL,
    issued_on TEXT NOT NULL,
    due_on TEXT NOT NULL,
    subject TEXT NOT NULL,
    description TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('open', 'completed')),
    completed_at TEXT,
    completed_by TEXT,
    first_issued_on TEXT NOT NULL,
    days_outstanding INTEGER NOT NULL,
    raised_by_run TEXT NOT NULL,
    cause TEXT NOT NULL,
    stands_in_for TEXT NOT NULL CHECK (stands_in_for IN ('', 'worker', 'manager', 'worker+manager')),
    raised_at TEXT NOT NULL,
    inbound_id INTEGER REFERENCES cpis_inbound (inbound_id),
    closed_by_engine INTEGER NOT NULL,
    is_settled INTEGER NOT NULL
) STRICT;

CREATE INDEX cpis_alert_cause ON cpis_alert (alert_type, cause);
CREATE INDEX cpis_alert_person ON cpis_alert (person_id, alert_type);
CREATE INDEX cpis_alert_open ON cpis_alert (alert_type, due_on) WHERE status = 'open';
CREATE INDEX cpis_alert_run ON cpis_alert (raised_by_run);

-- Numbers that CP-IS has notified as inactive (rules N3, A6). A valid one stands without spaces and hyphens, another as given.
CREATE TABLE cpis_inactive_number (
    nhs_number TEXT NOT NULL PRIMARY KEY,
    is_valid INTEGER NOT NULL,
    replacements TEXT NOT NULL,
    first_notified_at TEXT NOT NULL,
    last_notified_at TEXT NOT NULL,
    inbound_id INTEGER NOT NULL REFERENCES cpis_inbound (inbound_id)
) STRICT, WITHOUT ROWID;

-- Every answer to an upload file, also those that change nothing (rule K3). file_number is null where the answer names no file of ours
-- that was ever handed over; given_number is what it said.
CREATE TABLE cpis_answer (
    answer_id INTEGER PRIMARY KEY AUTOINCREMENT,
    inbound_id INTEGER NOT NULL REFERENCES cpis_inbound (inbound_id),
    file_number INTEGER,
    given_number TEXT NOT NULL,
    codes TEXT NOT NULL,
    effect TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    is_first INTEGER NOT NULL,
    is_complete INTEGER NOT NULL,
    answered_at TEXT NOT NULL,
    applied_by_run TEXT NOT NULL
) STRICT;

CREATE INDEX cpis_answer_file ON cpis_answer (file_number);
