-- The stand-in's own store, standin/standin.db in the data folder. It is not the engine's database and holds invented people only.
-- Dates are TEXT yyyy-MM-dd, instants TEXT yyyy-MM-ddTHH:mm:ssZ. The views give the columns the names that the program knows them by.

-- Every upload taken, told apart by its bytes. "waits" is 1 until the file has left the folder it came from.
CREATE TABLE upload (
    upload_id INTEGER PRIMARY KEY,
    sha256 TEXT NOT NULL UNIQUE,
    source_name TEXT NOT NULL,
    taken_name TEXT NOT NULL,
    taken_at TEXT NOT NULL,
    waits INTEGER NOT NULL DEFAULT 1,
    ods_code TEXT NOT NULL,
    council_name TEXT NOT NULL,
    office_phone TEXT,
    duty_phone TEXT NOT NULL,
    file_number INTEGER,
    stated_number TEXT NOT NULL,
    file_code TEXT NOT NULL,
    processed INTEGER,
    successful INTEGER NOT NULL,
    failed INTEGER NOT NULL
);

CREATE INDEX upload_number ON upload (ods_code, file_number);

CREATE VIEW upload_row AS
SELECT upload_id AS UploadId, sha256 AS Sha256, source_name AS SourceName, taken_name AS TakenName, taken_at AS TakenAt, waits AS Waits,
       ods_code AS OdsCode, council_name AS CouncilName, office_phone AS OfficePhone, duty_phone AS DutyPhone, file_number AS FileNumber,
       stated_number AS StatedNumber, file_code AS FileCode, processed AS Processed, successful AS Successful, failed AS Failed
FROM upload;

-- Records that were not loaded; every other record of the upload was.
CREATE TABLE rejection (
    upload_id INTEGER NOT NULL REFERENCES upload DEFERRABLE INITIALLY DEFERRED,
    record_number INTEGER NOT NULL,
    code TEXT NOT NULL,
    detail TEXT,
    PRIMARY KEY (upload_id, record_number)
) WITHOUT ROWID;

-- What it holds. The key is that of rule U2; "visible_until" is its own reckoning of how long an ended record is shown (rules S6, S10).
CREATE TABLE held (
    ods_code TEXT NOT NULL,
    nhs_number TEXT NOT NULL,
    plan_type TEXT NOT NULL,
    start_date TEXT NOT NULL,
    end_date TEXT,
    visible_until TEXT,
    family_name TEXT NOT NULL,
    given_name TEXT NOT NULL,
    birth_date TEXT NOT NULL,
    local_person_id TEXT,
    upload_id INTEGER NOT NULL REFERENCES upload DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (ods_code, nhs_number, plan_type, start_date)
) WITHOUT ROWID;

CREATE VIEW held_row AS
SELECT h.ods_code AS OdsCode, h.nhs_number AS NhsNumber, h.plan_type AS PlanType, h.start_date AS StartDate, h.end_date AS EndDate,
       h.visible_until AS VisibleUntil, h.family_name AS FamilyName, h.given_name AS GivenName, h.birth_date AS BirthDate,
       h.local_person_id AS LocalPersonId, h.upload_id AS UploadId, u.stated_number AS FileNumber
FROM held h JOIN upload u USING (upload_id);

-- Everything it has to say, until it lies in the council's folder.
CREATE TABLE message (
    message_id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('acknowledgement', 'access', 'inactive')),
    file_name TEXT NOT NULL,
    made_at TEXT NOT NULL,
    ods_code TEXT NOT NULL,
    council_name TEXT NOT NULL,
    uuid TEXT,
    upload_id INTEGER UNIQUE REFERENCES upload DEFERRABLE INITIALLY DEFERRED,
    seed INTEGER,
    by_device INTEGER NOT NULL DEFAULT 0,
    sent INTEGER NOT NULL DEFAULT 0
);

CREATE VIEW message_row AS
SELECT message_id AS MessageId, kind AS Kind, file_name AS FileName, made_at AS MadeAt, ods_code AS OdsCode, council_name AS CouncilName,
       uuid AS Uuid, upload_id AS UploadId, seed AS Seed, by_device AS ByDevice, sent AS Sent
FROM message;

CREATE TABLE access (
    message_id INTEGER NOT NULL REFERENCES message,
    position INTEGER NOT NULL,
    nhs_number TEXT NOT NULL,
    local_person_id TEXT,
    upload_file_number TEXT NOT NULL,
    accessed_at TEXT NOT NULL,
    PRIMARY KEY (message_id, position)
) WITHOUT ROWID;

CREATE VIEW access_row AS
SELECT message_id AS MessageId, position AS Position, nhs_number AS NhsNumber, local_person_id AS LocalPersonId,
       upload_file_number AS UploadFileNumber, accessed_at AS AccessedAt
FROM access;

-- Numbers reported as inactive; nothing is loaded under them any more. Replacements are separated by ';'.
CREATE TABLE inactive_number (
    nhs_number TEXT PRIMARY KEY,
    message_id INTEGER NOT NULL REFERENCES message,
    local_person_id TEXT,
    upload_file_number TEXT NOT NULL,
    replacements TEXT NOT NULL
) WITHOUT ROWID;

CREATE VIEW inactive_number_row AS
SELECT nhs_number AS NhsNumber, message_id AS MessageId, local_person_id AS LocalPersonId, upload_file_number AS UploadFileNumber,
       replacements AS Replacements
FROM inactive_number;

PRAGMA user_version = 1;
