-- Takes the engine out of the database, WITH ITS WHOLE HISTORY: what CP-IS was told, who looked at which child, every alert. Without that
-- history the engine cannot keep CP-IS right, and the audit is a record that the council may have to keep. Back the database up first.
-- Users stay, and the schema too if something else is in it.
SET XACT_ABORT ON;
BEGIN TRANSACTION;

DROP TABLE IF EXISTS cpis.cpis_trail;
DROP TABLE IF EXISTS cpis.cpis_transport_state;
DROP TABLE IF EXISTS cpis.cpis_answer;
DROP TABLE IF EXISTS cpis.cpis_inactive_number;
DROP TABLE IF EXISTS cpis.cpis_alert;
DROP TABLE IF EXISTS cpis.cpis_access_audit;
DROP TABLE IF EXISTS cpis.cpis_quarantine;
DROP TABLE IF EXISTS cpis.cpis_delivery;
DROP TABLE IF EXISTS cpis.cpis_inbound;
DROP TABLE IF EXISTS cpis.cpis_ledger;
DROP TABLE IF EXISTS cpis.cpis_lapse;
DROP TABLE IF EXISTS cpis.cpis_file_record_child;
DROP TABLE IF EXISTS cpis.cpis_file_record;
DROP TABLE IF EXISTS cpis.cpis_file;
DROP TABLE IF EXISTS cpis.cpis_sequence;
DROP TABLE IF EXISTS cpis.cpis_run_lock;
DROP TABLE IF EXISTS cpis.cpis_set_aside;
DROP TABLE IF EXISTS cpis.cpis_count;
DROP TABLE IF EXISTS cpis.cpis_step;
DROP TABLE IF EXISTS cpis.cpis_run;
DROP TABLE IF EXISTS cpis.cpis_migration;

-- The source views were the council's to make for the engine: nothing else reads them.
DROP VIEW IF EXISTS cpis.cpis_source_person;
DROP VIEW IF EXISTS cpis.cpis_source_plan;
DROP VIEW IF EXISTS cpis.cpis_source_legal_status;
DROP VIEW IF EXISTS cpis.cpis_source_worker;

COMMIT TRANSACTION;
GO

-- Only when the tables are gone: after an error above a query window goes on here. Members of the roles and users whose default schema is
-- cpis must be taken out first; the errors of what follows name them.
IF DATABASE_PRINCIPAL_ID(N'cpis_engine') IS NOT NULL AND OBJECT_ID(N'cpis.cpis_migration') IS NULL
    DROP ROLE cpis_engine;
IF DATABASE_PRINCIPAL_ID(N'cpis_care_system') IS NOT NULL AND OBJECT_ID(N'cpis.cpis_migration') IS NULL
    DROP ROLE cpis_care_system;
IF SCHEMA_ID(N'cpis') IS NOT NULL AND NOT EXISTS (SELECT 1 FROM sys.objects WHERE schema_id = SCHEMA_ID(N'cpis'))
    DROP SCHEMA cpis;
GO
