-- name: find
SELECT inbound_id AS InboundId, status AS Status, is_filed AS IsFiled
FROM cpis.cpis_inbound WITH (UPDLOCK, HOLDLOCK)
WHERE sha256 = @sha256;

-- name: add
DECLARE @added BIGINT;
SELECT @added = COALESCE(MAX(inbound_id), 0) + 1 FROM cpis.cpis_inbound WITH (UPDLOCK, HOLDLOCK);
INSERT INTO cpis.cpis_inbound (inbound_id, sha256, byte_count, content, report, format, kind, status, is_released, is_filed, received_at, received_by_run)
VALUES (@added, @sha256, @length, @content, @report, NULL, @kind, N'stored', 0, 0, @receivedAt, @runId);
SELECT @added AS inbound_id;

-- A transport's id of an item may end with a space, which equality ignores on SQL Server.

-- name: open_delivery
SELECT COUNT_BIG(*) FROM cpis.cpis_delivery
WHERE inbound_id = @inboundId AND transport = @transport AND is_completed = 0
  AND transport_id = @transportId AND DATALENGTH(transport_id) = DATALENGTH(@transportId);

-- name: add_delivery
INSERT INTO cpis.cpis_delivery (inbound_id, transport, transport_id, item_name, received_at, received_by_run, is_completed)
VALUES (@inboundId, @transport, @transportId, @name, @receivedAt, @runId, @isCompleted);

-- name: complete_delivery
UPDATE cpis.cpis_delivery SET is_completed = 1
WHERE inbound_id = @inboundId AND transport = @transport AND is_completed = 0
  AND transport_id = @transportId AND DATALENGTH(transport_id) = DATALENGTH(@transportId);

-- name: pending
SELECT inbound_id FROM cpis.cpis_inbound
WHERE status = N'stored' OR (status = N'quarantined' AND is_released = 1)
ORDER BY inbound_id;

-- name: get
SELECT i.inbound_id AS InboundId, i.sha256 AS Sha256, i.byte_count AS Length, i.report AS Report, i.format AS Format, i.kind AS Kind,
       i.status AS Status, i.received_at AS ReceivedAt,
       CAST(CASE WHEN i.content IS NULL AND i.report IS NULL THEN 1 ELSE 0 END AS BIT) AS IsUnread,
       (SELECT COUNT_BIG(*) FROM cpis.cpis_delivery AS d WHERE d.inbound_id = i.inbound_id) AS Deliveries
FROM cpis.cpis_inbound AS i
WHERE i.inbound_id = @inboundId;

-- name: content
SELECT content FROM cpis.cpis_inbound WHERE inbound_id = @inboundId;

-- name: restore_content
UPDATE cpis.cpis_inbound SET content = @content WHERE inbound_id = @inboundId AND content IS NULL;

-- name: classify
UPDATE cpis.cpis_inbound SET format = @format, kind = @kind WHERE inbound_id = @inboundId;

-- name: applied
UPDATE cpis.cpis_inbound SET status = N'applied', is_released = 0, is_filed = 0, applied_at = @now, applied_by_run = @runId
WHERE inbound_id = @inboundId;

-- name: quarantined
UPDATE cpis.cpis_inbound SET status = N'quarantined', is_released = 0, is_filed = 0 WHERE inbound_id = @inboundId;

-- name: release
UPDATE cpis.cpis_inbound SET is_released = 1 WHERE inbound_id = @inboundId AND status = N'quarantined';

-- name: add_quarantine
INSERT INTO cpis.cpis_quarantine (inbound_id, is_whole, reason, quarantined_at, quarantined_by_run)
VALUES (@inboundId, @isWhole, @reason, @now, @runId);

-- name: resolve_quarantine
UPDATE cpis.cpis_quarantine SET resolved_at = @now WHERE inbound_id = @inboundId AND resolved_at IS NULL;

-- name: open_quarantine
SELECT is_whole AS IsWhole, reason AS Reason FROM cpis.cpis_quarantine
WHERE inbound_id = @inboundId AND resolved_at IS NULL
ORDER BY quarantine_id;

-- name: in_quarantine
SELECT inbound_id AS InboundId, CAST(MAX(CAST(is_whole AS INT)) AS BIT) AS IsWhole
FROM cpis.cpis_quarantine
WHERE resolved_at IS NULL
GROUP BY inbound_id
ORDER BY inbound_id;

-- name: unfiled
SELECT inbound_id FROM cpis.cpis_inbound WHERE is_filed = 0 AND status <> N'stored' ORDER BY inbound_id;

-- name: filed
UPDATE cpis.cpis_inbound SET is_filed = 1 WHERE inbound_id = @inboundId;

-- name: restore
INSERT INTO cpis.cpis_inbound (inbound_id, sha256, byte_count, content, report, format, kind, status, is_released, is_filed, received_at, received_by_run)
VALUES (@inboundId, @sha256, @length, @content, @report, NULL, @kind, N'stored', 0, 0, @receivedAt, @runId);

-- name: newest
SELECT MAX(inbound_id) FROM cpis.cpis_inbound;
