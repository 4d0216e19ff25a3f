-- Two roles with the least rights. Run it in the council's database after the engine's tables were made, and again after each upgrade and
-- whenever a source view was made anew; it can be run at any time. Then:
--     CREATE USER [DOMAIN\cpis-service] FOR LOGIN [DOMAIN\cpis-service] WITH DEFAULT_SCHEMA = cpis;
--     ALTER ROLE cpis_engine ADD MEMBER [DOMAIN\cpis-service];
--     ALTER ROLE cpis_care_system ADD MEMBER [the care system's user];
SET XACT_ABORT ON;

IF DATABASE_PRINCIPAL_ID(N'cpis_engine') IS NULL
    CREATE ROLE cpis_engine AUTHORIZATION dbo;
IF DATABASE_PRINCIPAL_ID(N'cpis_care_system') IS NULL
    CREATE ROLE cpis_care_system AUTHORIZATION dbo;
GO

-- The engine reads the four source views and never writes to them.
IF OBJECT_ID(N'cpis.cpis_source_person') IS NOT NULL
    GRANT SELECT ON cpis.cpis_source_person TO cpis_engine;
IF OBJECT_ID(N'cpis.cpis_source_plan') IS NOT NULL
    GRANT SELECT ON cpis.cpis_source_plan TO cpis_engine;
IF OBJECT_ID(N'cpis.cpis_source_legal_status') IS NOT NULL
    GRANT SELECT ON cpis.cpis_source_legal_status TO cpis_engine;
IF OBJECT_ID(N'cpis.cpis_source_worker') IS NOT NULL
    GRANT SELECT ON cpis.cpis_source_worker TO cpis_engine;
GO

-- Its own tables. What is kept for ever cannot be deleted by it.
GRANT SELECT ON cpis.cpis_migration TO cpis_engine;
GRANT SELECT, INSERT, UPDATE ON cpis.cpis_run TO cpis_engine;
GRANT SELECT, INSERT, UPDATE, DELETE ON cpis.cpis_step TO cpis_engine;
GRANT SELECT, INSERT, DELETE ON cpis.cpis_count TO cpis_engine;
GRANT SELECT, INSERT, DELETE ON cpis.cpis_set_aside TO cpis_engine;
GRANT SELECT, INSERT, DELETE ON cpis.cpis_run_lock TO cpis_engine;
GRANT SELECT, INSERT, UPDATE ON cpis.cpis_sequence TO cpis_engine;
GRANT SELECT, INSERT, UPDATE ON cpis.cpis_file TO cpis_engine;
GRANT SELECT, INSERT, UPDATE ON cpis.cpis_file_record TO cpis_engine;
GRANT SELECT, INSERT ON cpis.cpis_file_record_child TO cpis_engine;
GRANT SELECT, INSERT, DELETE ON cpis.cpis_lapse TO cpis_engine;
GRANT SELECT, INSERT, UPDATE, DELETE ON cpis.cpis_ledger TO cpis_engine;
GRANT SELECT, INSERT, UPDATE ON cpis.cpis_inbound TO cpis_engine;
GRANT SELECT, INSERT, UPDATE ON cpis.cpis_delivery TO cpis_engine;
GRANT SELECT, INSERT, UPDATE ON cpis.cpis_quarantine TO cpis_engine;
GRANT SELECT, INSERT, UPDATE, DELETE ON cpis.cpis_access_audit TO cpis_engine;
GRANT SELECT, INSERT, UPDATE ON cpis.cpis_alert TO cpis_engine;
GRANT SELECT, INSERT, UPDATE ON cpis.cpis_inactive_number TO cpis_engine;
GRANT SELECT, INSERT, UPDATE ON cpis.cpis_answer TO cpis_engine;
GRANT SELECT, INSERT, UPDATE, DELETE ON cpis.cpis_transport_state TO cpis_engine;
GRANT SELECT, INSERT ON cpis.cpis_trail TO cpis_engine;
GO

-- The care system shows work trays and audit, and completes alerts.
GRANT SELECT ON cpis.cpis_alert TO cpis_care_system;
GRANT UPDATE (status, completed_at, completed_by) ON cpis.cpis_alert TO cpis_care_system;
GRANT SELECT ON cpis.cpis_access_audit TO cpis_care_system;
GO
