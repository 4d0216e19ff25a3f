-- name: open
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA foreign_keys = ON;

-- name: upload-by-bytes
SELECT * FROM upload_row WHERE Sha256 = @sha256;

-- name: upload-by-id
SELECT * FROM upload_row WHERE UploadId = @uploadId;

-- name: uploads-waiting
SELECT * FROM upload_row WHERE Waits = 1 ORDER BY UploadId;

-- name: next-upload
SELECT COALESCE(MAX(upload_id), 0) + 1 FROM upload;

-- name: is-file-number-used
SELECT EXISTS (SELECT 1 FROM upload WHERE ods_code = @odsCode AND file_number = @fileNumber);

-- name: add-upload
INSERT INTO upload (upload_id, sha256, source_name, taken_name, taken_at, ods_code, council_name, office_phone, duty_phone,
                    file_number, stated_number, file_code, processed, successful, failed)
VALUES (@UploadId, @Sha256, @SourceName, @TakenName, @TakenAt, @OdsCode, @CouncilName, @OfficePhone, @DutyPhone,
        @FileNumber, @StatedNumber, @FileCode, @Processed, @Successful, @Failed);

-- name: upload-waits
UPDATE upload SET waits = 1, source_name = @sourceName WHERE upload_id = @uploadId;

-- name: upload-is-away
UPDATE upload SET waits = 0 WHERE upload_id = @uploadId;

-- name: reject
INSERT INTO rejection (upload_id, record_number, code, detail) VALUES (@uploadId, @recordNumber, @code, @detail);

-- name: rejections
SELECT record_number AS RecordNumber, code AS Code, detail AS Detail FROM rejection WHERE upload_id = @uploadId ORDER BY record_number;

-- name: hold
INSERT INTO held (ods_code, nhs_number, plan_type, start_date, end_date, visible_until, family_name, given_name, birth_date,
                  local_person_id, upload_id)
VALUES (@OdsCode, @NhsNumber, @PlanType, @StartDate, @EndDate, @VisibleUntil, @FamilyName, @GivenName, @BirthDate, @LocalPersonId, @UploadId)
ON CONFLICT (ods_code, nhs_number, plan_type, start_date) DO UPDATE
SET end_date = excluded.end_date, visible_until = excluded.visible_until, family_name = excluded.family_name,
    given_name = excluded.given_name, birth_date = excluded.birth_date, local_person_id = excluded.local_person_id,
    upload_id = excluded.upload_id;

-- name: remove
DELETE FROM held WHERE ods_code = @odsCode AND nhs_number = @nhsNumber AND plan_type = @planType AND start_date = @startDate;

-- name: remove-number
DELETE FROM held WHERE nhs_number = @nhsNumber;

-- name: held
SELECT * FROM held_row ORDER BY OdsCode, NhsNumber, PlanType, StartDate;

-- name: held-of-council
SELECT * FROM held_row WHERE OdsCode = @odsCode ORDER BY NhsNumber, PlanType, StartDate;

-- name: held-count
SELECT COUNT(*) FROM held;

-- name: is-nhs-number-known
SELECT EXISTS (SELECT 1 FROM held WHERE nhs_number = @nhsNumber)
    OR EXISTS (SELECT 1 FROM inactive_number WHERE nhs_number = @nhsNumber OR instr(replacements, @nhsNumber) > 0);

-- name: replacements
SELECT replacements FROM inactive_number WHERE nhs_number = @nhsNumber;

-- name: add-inactive
INSERT INTO inactive_number (nhs_number, message_id, local_person_id, upload_file_number, replacements)
VALUES (@NhsNumber, @MessageId, @LocalPersonId, @UploadFileNumber, @Replacements);

-- name: inactive
SELECT * FROM inactive_number_row WHERE MessageId = @messageId ORDER BY NhsNumber;

-- name: add-access
INSERT INTO access (message_id, position, nhs_number, local_person_id, upload_file_number, accessed_at)
VALUES (@MessageId, @Position, @NhsNumber, @LocalPersonId, @UploadFileNumber, @AccessedAt);

-- name: access-count
SELECT COUNT(*) FROM access WHERE message_id = @messageId;

-- name: accesses
SELECT * FROM access_row WHERE MessageId = @messageId ORDER BY Position;

-- name: next-message
SELECT COALESCE(MAX(message_id), 0) + 1 FROM message;

-- name: add-message
INSERT INTO message (message_id, kind, file_name, made_at, ods_code, council_name, uuid, upload_id, seed, by_device)
VALUES (@MessageId, @Kind, @FileName, @MadeAt, @OdsCode, @CouncilName, @Uuid, @UploadId, @Seed, @ByDevice);

-- name: answer-of
SELECT * FROM message_row WHERE UploadId = @uploadId;

-- name: send-again
UPDATE message SET sent = 0 WHERE message_id = @messageId;

-- name: messages-unsent
SELECT * FROM message_row WHERE Sent = 0 ORDER BY MessageId;

-- name: message-is-sent
UPDATE message SET sent = 1 WHERE message_id = @messageId;
