-- name: abandon
UPDATE cpis.cpis_run SET status = N'abandoned' WHERE status = N'running';

-- name: abandon-steps
UPDATE cpis.cpis_step SET status = N'abandoned' WHERE status = N'running';

-- name: begin
INSERT INTO cpis.cpis_run (run_id, command, as_of, restriction, is_full, status, started_at)
VALUES (@runId, @command, @asOf, @restriction, @isFull, N'running', @startedAt);

-- name: end
UPDATE cpis.cpis_run SET status = @status, exit_code = @exitCode, ended_at = @endedAt, summary = @summary WHERE run_id = @runId;

-- name: last-as-of
SELECT TOP (1) as_of FROM cpis.cpis_run WHERE run_id <> @exceptRunId ORDER BY run_number DESC;

-- name: latest
SELECT TOP (@count) run_id, command, as_of, restriction, is_full, status, exit_code, started_at, ended_at, summary
FROM cpis.cpis_run ORDER BY run_number DESC;

-- name: latest-of
SELECT TOP (@count) run_id, command, as_of, restriction, is_full, status, exit_code, started_at, ended_at, NULL AS summary
FROM cpis.cpis_run WHERE command = @command ORDER BY run_number DESC;

-- name: begin-step-clear
DELETE FROM cpis.cpis_step WHERE run_id = @runId AND step = @step;

-- name: begin-step
INSERT INTO cpis.cpis_step (run_id, step, status, read_count, written_count, withheld_count, skipped_count, started_at)
VALUES (@runId, @step, N'running', 0, 0, 0, 0, @startedAt);

-- name: end-step
UPDATE cpis.cpis_step
SET status = @status, read_count = @read, written_count = @written, withheld_count = @withheld, skipped_count = @skipped,
    ended_at = @endedAt, detail = @detail
WHERE run_id = @runId AND step = @step;

-- name: steps
SELECT step, status, read_count, written_count, withheld_count, skipped_count, started_at, ended_at, detail
FROM cpis.cpis_step WHERE run_id = @runId ORDER BY started_at, step;

-- name: clear-counts
DELETE FROM cpis.cpis_count WHERE run_id = @runId AND kind = @kind;

-- name: add-count
INSERT INTO cpis.cpis_count (run_id, kind, item, number) VALUES (@runId, @kind, @item, @number);

-- name: counts
SELECT c.run_id, r.as_of, c.item, c.number
FROM cpis.cpis_count c
JOIN cpis.cpis_run r ON r.run_id = c.run_id
WHERE c.kind = @kind AND r.as_of >= @from
ORDER BY r.run_number, c.item;

-- name: clear-set-aside
DELETE FROM cpis.cpis_set_aside WHERE run_id = @runId;

-- name: set-aside
SELECT source_table, location, row_id, person_id, column_name, problem FROM cpis.cpis_set_aside WHERE run_id = @runId ORDER BY row_number;
