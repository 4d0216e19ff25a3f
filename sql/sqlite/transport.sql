-- name: state
SELECT state_value FROM cpis_transport_state WHERE state_key = @key;

-- name: change-state
UPDATE cpis_transport_state SET state_value = @value WHERE state_key = @key;

-- name: add-state
INSERT INTO cpis_transport_state (state_key, state_value) VALUES (@key, @value);

-- name: forget-state
DELETE FROM cpis_transport_state WHERE state_key = @key;
