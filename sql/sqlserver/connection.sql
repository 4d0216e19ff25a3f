-- What the server's "user options" may have set otherwise, too: with implicit transactions nothing would be committed.

-- name: open
SET ANSI_NULLS, ANSI_PADDING, ANSI_WARNINGS, ARITHABORT, CONCAT_NULL_YIELDS_NULL, QUOTED_IDENTIFIER ON;
SET NUMERIC_ROUNDABORT OFF;
SET XACT_ABORT ON;
SET NOCOUNT OFF;
SET IMPLICIT_TRANSACTIONS OFF;
SET TRANSACTION ISOLATION LEVEL READ COMMITTED;

-- Behind every statement that changes rows. Triggers have a count of their own.

-- name: rows
SELECT @@ROWCOUNT;

-- name: enter_snapshot
DECLARE @is_offered BIT = 0;
SELECT @is_offered = 1 FROM sys.databases WHERE database_id = DB_ID() AND snapshot_isolation_state = 1 AND is_read_committed_snapshot_on = 0;
IF @is_offered = 1
    SET TRANSACTION ISOLATION LEVEL SNAPSHOT;
SELECT @is_offered;

-- name: leave_snapshot
SET TRANSACTION ISOLATION LEVEL READ COMMITTED;

-- An application lock belongs to one database on SQL Server, but to all of them on Babelfish: the name says which.

-- name: lock
DECLARE @result INT, @name NVARCHAR(255) = CONCAT(@resource, N' ', DB_NAME());
EXEC @result = sp_getapplock @Resource = @name, @LockMode = N'Exclusive', @LockOwner = N'Session', @LockTimeout = @milliseconds;
SELECT @result;

-- name: is_locked
SELECT APPLOCK_MODE(N'public', CONCAT(@resource, N' ', DB_NAME()), N'Session');

-- name: forget_holder
DELETE FROM cpis.cpis_run_lock;

-- name: note_holder
INSERT INTO cpis.cpis_run_lock (run_id, process_id, machine, taken_at) VALUES (@runId, @processId, @machine, @since);

-- name: holder
SELECT run_id, process_id, machine, taken_at FROM cpis.cpis_run_lock;
