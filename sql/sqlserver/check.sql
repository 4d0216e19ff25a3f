-- What the login may that it need not, and what is recommended. Each row is one finding.

-- name: advice
SELECT found.kind, found.item
FROM (
    SELECT N'sysadmin' AS kind, N'' AS item
    WHERE IS_SRVROLEMEMBER(N'sysadmin') = 1
    UNION ALL
    SELECT N'role', r.name
    FROM (VALUES (N'db_owner'), (N'db_ddladmin'), (N'db_securityadmin'), (N'db_accessadmin'), (N'db_datawriter'), (N'db_datareader')) AS r (name)
    WHERE IS_ROLEMEMBER(r.name) = 1
    UNION ALL
    SELECT N'write', v.name
    FROM (VALUES (N'cpis.cpis_source_person'), (N'cpis.cpis_source_plan'), (N'cpis.cpis_source_legal_status'), (N'cpis.cpis_source_worker')) AS v (name)
    WHERE HAS_PERMS_BY_NAME(v.name, N'OBJECT', N'INSERT') = 1
       OR HAS_PERMS_BY_NAME(v.name, N'OBJECT', N'UPDATE') = 1
       OR HAS_PERMS_BY_NAME(v.name, N'OBJECT', N'DELETE') = 1
    UNION ALL
    SELECT N'no-right', t.name
    FROM (VALUES (N'cpis.cpis_run'),
          (N'cpis.cpis_step'),
          (N'cpis.cpis_count'),
          (N'cpis.cpis_set_aside'),
          (N'cpis.cpis_run_lock'),
          (N'cpis.cpis_sequence'),
          (N'cpis.cpis_file'),
          (N'cpis.cpis_file_record'),
          (N'cpis.cpis_file_record_child'),
          (N'cpis.cpis_lapse'),
          (N'cpis.cpis_ledger'),
          (N'cpis.cpis_inbound'),
          (N'cpis.cpis_delivery'),
          (N'cpis.cpis_quarantine'),
          (N'cpis.cpis_access_audit'),
          (N'cpis.cpis_alert'),
          (N'cpis.cpis_inactive_number'),
          (N'cpis.cpis_answer'),
          (N'cpis.cpis_transport_state'),
          (N'cpis.cpis_trail')) AS t (name)
    WHERE HAS_PERMS_BY_NAME(t.name, N'OBJECT', N'INSERT') = 0
    UNION ALL
    SELECT N'snapshot', N''
    FROM sys.databases AS d
    WHERE d.database_id = DB_ID() AND d.is_read_committed_snapshot_on = 0 AND d.snapshot_isolation_state <> 1
) AS found
ORDER BY found.kind, found.item;

-- name: elsewhere
SELECT SCHEMA_NAME(schema_id) AS schema_name FROM sys.objects WHERE name = @view AND schema_id <> SCHEMA_ID(N'cpis');
