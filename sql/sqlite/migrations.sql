-- name: exists
SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = 'cpis_migration';

-- name: create
CREATE TABLE IF NOT EXISTS cpis_migration (
    number INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    checksum TEXT NOT NULL,
    applied_at TEXT NOT NULL
) STRICT;

-- name: applied
SELECT number, name, checksum FROM cpis_migration ORDER BY number;

-- name: record
INSERT INTO cpis_migration (number, name, checksum, applied_at) VALUES (@number, @name, @checksum, @appliedAt);
