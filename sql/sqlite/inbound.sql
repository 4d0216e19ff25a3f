-- name: find
SELECT inbound_id AS InboundId, status AS Status, is_filed AS IsFiled
FROM cpis_inbound
WHERE sha256 = @sha256;

-- name: add
INSERT INTO cpis_inbound (sha256, byte_count, content, report, format, kind, status, is_released, is_filed, received_at, received_by_run)
VALUES (@sha256, @length, @content, @report, NULL, @kind, 'stored', 0, 0, @receivedAt, @runId)
RETURNING inbound_id;

-- name: open_delivery
SELECT COUNT(*) FROM cpis_delivery
WHERE inbound_id = @inboundId AND transport = @transport AND transport_id = @transportId AND is_completed = 0;

-- name: add_delivery
INSERT INTO cpis_delivery (inbound_id, transport, transport_id, item_name, received_at, received_by_run, is_completed)
VALUES (@inboundId, @transport, @transportId, @name, @receivedAt, @runId, @isCompleted);

-- name: complete_delivery
UPDATE cpis_delivery SET is_completed = 1
WHERE inbound_id = @inboundId AND transport = @transport AND transport_id = @transportId AND is_completed = 0;

-- name: pending
SELECT inbound_id FROM cpis_inbound
WHERE status = 'stored' OR (status = 'quarantined' AND is_released = 1)
ORDER BY inbound_id;

-- name: get
SELECT i.inbound_id AS InboundId, i.sha256 AS Sha256, i.byte_count AS Length, i.report AS Report, i.format AS Format, i.kind AS Kind,
       i.status AS Status, i.received_at AS ReceivedAt, i.content IS NULL AND i.report IS NULL AS IsUnread,
       (SELECT COUNT(*) FROM cpis_delivery AS d WHERE d.inbound_id = i.inbound_id) AS Deliveries
FROM cpis_inbound AS i
WHERE i.inbound_id = @inboundId;

-- name: content
SELECT content FROM cpis_inbound WHERE inbound_id = @inboundId;

-- name: restore_content
UPDATE cpis_inbound SET content = @content WHERE inbound_id = @inboundId AND content IS NULL;

-- name: classify
UPDATE cpis_inbound SET format = @format, kind = @kind WHERE inbound_id = @inboundId;

-- name: applied
UPDATE cpis_inbound SET status = 'applied', is_released = 0, is_filed = 0, applied_at = @now, applied_by_run = @runId
WHERE inbound_id = @inboundId;

-- name: quarantined
UPDATE cpis_inbound SET status = 'quarantined', is_released = 0, is_filed = 0 WHERE inbound_id = @inboundId;

-- name: release
UPDATE cpis_inbound SET is_released = 1 WHERE inbound_id = @inboundId AND status = 'quarantined';

-- name: add_quarantine
INSERT INTO cpis_quarantine (inbound_id, is_whole, reason, quarantined_at, quarantined_by_run)
VALUES (@inboundId, @isWhole, @reason, @now, @runId);

-- name: resolve_quarantine
UPDATE cpis_quarantine SET resolved_at = @now WHERE inbound_id = @inboundId AND resolved_at IS NULL;

-- name: open_quarantine
SELECT is_whole AS IsWhole, reason AS Reason FROM cpis_quarantine
WHERE inbound_id = @inboundId AND resolved_at IS NULL
ORDER BY quarantine_id;

-- name: in_quarantine
SELECT inbound_id AS InboundId, MAX(is_whole) AS IsWhole FROM cpis_quarantine WHERE resolved_at IS NULL GROUP BY inbound_id ORDER BY inbound_id;

-- name: unfiled
SELECT inbound_id FROM cpis_inbound WHERE is_filed = 0 AND status <> 'stored' ORDER BY inbound_id;

-- name: filed
UPDATE cpis_inbound SET is_filed = 1 WHERE inbound_id = @inboundId;

-- name: restore
INSERT INTO cpis_inbound (inbound_id, sha256, byte_count, content, report, format, kind, status, is_released, is_filed, received_at, received_by_run)
VALUES (@inboundId, @sha256, @length, @content, @report, NULL, @kind, 'stored', 0, 0, @receivedAt, @runId);

-- name: newest
SELECT MAX(inbound_id) FROM cpis_inbound;
