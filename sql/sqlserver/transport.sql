-- name: state
SELECT state_value FROM cpis.cpis_transport_state WHERE state_key = @key;

-- name: change-state
UPDATE cpis.cpis_transport_state WITH (UPDLOCK, HOLDLOCK) SET state_value = @value WHERE state_key = @key;

-- name: add-state
INSERT INTO cpis.cpis_transport_state (state_key, state_value) VALUES (@key, @value);

-- name: forget-state
DELETE FROM cpis.cpis_transport_state WHERE state_key = @key;
