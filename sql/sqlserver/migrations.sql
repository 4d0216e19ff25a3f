-- name: exists
SELECT COUNT_BIG(*) FROM sys.tables WHERE object_id = OBJECT_ID(N'cpis.cpis_migration');

-- name: create
IF SCHEMA_ID(N'cpis') IS NULL AND USER_NAME() <> N'dbo' AND IS_ROLEMEMBER(N'db_owner') = 1
    EXEC (N'CREATE SCHEMA cpis AUTHORIZATION dbo');
IF SCHEMA_ID(N'cpis') IS NULL
    EXEC (N'CREATE SCHEMA cpis');
IF OBJECT_ID(N'cpis.cpis_migration') IS NULL
    CREATE TABLE cpis.cpis_migration (
        number INT NOT NULL CONSTRAINT cpis_migration_pk PRIMARY KEY,
        name NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
        checksum NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
        applied_at DATETIME2(3) NOT NULL
    );

-- name: applied
SELECT number, name, checksum FROM cpis.cpis_migration ORDER BY number;

-- name: record
INSERT INTO cpis.cpis_migration (number, name, checksum, applied_at) VALUES (@number, @name, @checksum, @appliedAt);
