-- Every inbound message whole, before anything is made of it. The hash tells a message that is delivered again (rule K3).
-- content is null only for a file over Inbound:MaxMegabytes, whose bytes lie in the quarantine folder alone.
-- The id is no IDENTITY: recovery puts lost messages back under the ids that people know, which would need the right to alter the table.
CREATE TABLE cpis.cpis_inbound (
    inbound_id BIGINT NOT NULL CONSTRAINT cpis_inbound_pk PRIMARY KEY,
    sha256 NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT cpis_inbound_hash UNIQUE,
    byte_count BIGINT NOT NULL,
    content VARBINARY(MAX) NULL,
    report NVARCHAR(MAX) NULL,
    format NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NULL,
    kind NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NULL
        CONSTRAINT cpis_inbound_type CHECK (kind IN (N'acknowledgement', N'inactive', N'access', N'transport-report')),
    status NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT cpis_inbound_state CHECK (status IN (N'stored', N'applied', N'quarantined')),
    is_released BIT NOT NULL,
    is_filed BIT NOT NULL,
    received_at DATETIME2(3) NOT NULL,
    received_by_run NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    applied_at DATETIME2(3) NULL,
    applied_by_run NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NULL
);

CREATE INDEX cpis_inbound_status ON cpis.cpis_inbound (status, kind, inbound_id);
CREATE INDEX cpis_inbound_unfiled ON cpis.cpis_inbound (inbound_id) WHERE is_filed = 0;

-- Each time a message came. is_completed is set when the transport was told that it can let go of it: until then the same item is
-- shown again after a crash, and that is not another delivery.
CREATE TABLE cpis.cpis_delivery (
    delivery_id BIGINT IDENTITY (1, 1) NOT NULL CONSTRAINT cpis_delivery_pk PRIMARY KEY,
    inbound_id BIGINT NOT NULL CONSTRAINT cpis_delivery_message REFERENCES cpis.cpis_inbound (inbound_id),
    transport NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    transport_id NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NOT NULL,
    item_name NVARCHAR(MAX) NOT NULL,
    received_at DATETIME2(3) NOT NULL,
    received_by_run NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    is_completed BIT NOT NULL
);

CREATE INDEX cpis_delivery_item ON cpis.cpis_delivery (inbound_id, transport);

-- Why a message, or a part of one, lies in quarantine (rules A11, K6). Resolved once it was applied after all.
CREATE TABLE cpis.cpis_quarantine (
    quarantine_id BIGINT IDENTITY (1, 1) NOT NULL CONSTRAINT cpis_quarantine_pk PRIMARY KEY,
    inbound_id BIGINT NOT NULL CONSTRAINT cpis_quarantine_message REFERENCES cpis.cpis_inbound (inbound_id),
    is_whole BIT NOT NULL,
    reason NVARCHAR(MAX) NOT NULL,
    quarantined_at DATETIME2(3) NOT NULL,
    quarantined_by_run NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    resolved_at DATETIME2(3) NULL
);

CREATE INDEX cpis_quarantine_inbound ON cpis.cpis_quarantine (inbound_id);

-- The child's CP-IS audit (contract section 4: the columns to received_at), read by the care system. Behind them the engine's own:
-- what makes the access unique (rule A3), what it was matched by, and whether a pattern must still be looked for (rule A7).
CREATE TABLE cpis.cpis_access_audit (
    access_id BIGINT IDENTITY (1, 1) NOT NULL CONSTRAINT cpis_access_audit_pk PRIMARY KEY,
    person_id NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NULL,
    nhs_number NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NULL,
    accessed_at DATETIME2(3) NOT NULL,
    accessed_by NVARCHAR(200) NULL,
    job_role NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NULL,
    organisation_code NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NULL,
    organisation_name NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NULL,
    upload_file_number NVARCHAR(200) NULL,
    query_id NVARCHAR(200) NULL,
    received_at DATETIME2(3) NOT NULL,
    time_is_known BIT NOT NULL,
    through_mother BIT NOT NULL,
    query_key NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    given_key NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    dedupe_key NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT cpis_access_audit_once UNIQUE,
    given_number NVARCHAR(MAX) NULL,
    given_local_id NVARCHAR(MAX) NULL,
    made_at DATETIME2(3) NULL,
    inbound_id BIGINT NOT NULL CONSTRAINT cpis_access_audit_message REFERENCES cpis.cpis_inbound (inbound_id),
    recorded_by_run NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    matched_at DATETIME2(3) NULL,
    pattern_pending BIT NOT NULL
);

CREATE INDEX cpis_access_audit_person ON cpis.cpis_access_audit (person_id, accessed_at);
CREATE INDEX cpis_access_audit_given ON cpis.cpis_access_audit (given_key);
CREATE INDEX cpis_access_audit_unmatched ON cpis.cpis_access_audit (access_id) WHERE person_id IS NULL;
CREATE INDEX cpis_access_audit_pattern ON cpis.cpis_access_audit (person_id) WHERE pattern_pending = 1;

-- Work trays (contract section 4: the columns to raised_by_run), read and completed by the care system. Behind them the engine's own:
-- the cause, which keeps an alert from being raised twice; for whom a duty role stands in (rule A8); whether the engine closed it; and
-- whether a standing alert's cause is gone (rule A5).
CREATE TABLE cpis.cpis_alert (
    alert_id BIGINT IDENTITY (1, 1) NOT NULL CONSTRAINT cpis_alert_pk PRIMARY KEY,
    alert_type NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    person_id NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NULL,
    recipient_kind NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT cpis_alert_recipient CHECK (recipient_kind IN (N'worker', N'manager', N'role')),
    recipient_id NVARCHAR(400) COLLATE Latin1_General_100_BIN2 NOT NULL,
    issued_on DATE NOT NULL,
    due_on DATE NOT NULL,
    subject NVARCHAR(200) NOT NULL,
    description NVARCHAR(2000) NOT NULL,
    status NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT cpis_alert_state CHECK (status IN (N'open', N'completed')),
    completed_at DATETIME2(3) NULL,
    completed_by NVARCHAR(200) NULL,
    first_issued_on DATE NOT NULL,
    days_outstanding INT NOT NULL,
    raised_by_run NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    cause NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    stands_in_for NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT cpis_alert_stand_in CHECK (stands_in_for IN (N'', N'worker', N'manager', N'worker+manager')),
    raised_at DATETIME2(3) NOT NULL,
    inbound_id BIGINT NULL CONSTRAINT cpis_alert_message REFERENCES cpis.cpis_inbound (inbound_id),
    closed_by_engine BIT NOT NULL,
    is_settled BIT NOT NULL
);

CREATE INDEX cpis_alert_cause ON cpis.cpis_alert (alert_type, cause);
CREATE INDEX cpis_alert_person ON cpis.cpis_alert (person_id, alert_type);
CREATE INDEX cpis_alert_open ON cpis.cpis_alert (alert_type, due_on) WHERE status = N'open';
CREATE INDEX cpis_alert_run ON cpis.cpis_alert (raised_by_run);

-- Numbers that CP-IS has notified as inactive (rules N3, A6). A valid one stands without spaces and hyphens, another as given.
CREATE TABLE cpis.cpis_inactive_number (
    nhs_number NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT cpis_inactive_number_pk PRIMARY KEY,
    is_valid BIT NOT NULL,
    replacements NVARCHAR(MAX) NOT NULL,
    first_notified_at DATETIME2(3) NOT NULL,
    last_notified_at DATETIME2(3) NOT NULL,
    inbound_id BIGINT NOT NULL CONSTRAINT cpis_inactive_number_message REFERENCES cpis.cpis_inbound (inbound_id)
);

-- Every answer to an upload file, also those that change nothing (rule K3). file_number is null where the answer names no file of ours
-- that was ever handed over; given_number is what it said.
CREATE TABLE cpis.cpis_answer (
    answer_id BIGINT IDENTITY (1, 1) NOT NULL CONSTRAINT cpis_answer_pk PRIMARY KEY,
    inbound_id BIGINT NOT NULL CONSTRAINT cpis_answer_message REFERENCES cpis.cpis_inbound (inbound_id),
    file_number BIGINT NULL,
    given_number NVARCHAR(MAX) NOT NULL,
    codes NVARCHAR(MAX) NOT NULL,
    effect NVARCHAR(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    fingerprint NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NOT NULL,
    is_first BIT NOT NULL,
    is_complete BIT NOT NULL,
    answered_at DATETIME2(3) NOT NULL,
    applied_by_run NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL
);

CREATE INDEX cpis_answer_file ON cpis.cpis_answer (file_number);
