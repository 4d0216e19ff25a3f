-- The few values that a transport remembers from run to run: its last handshake, how a large file was cut.
CREATE TABLE cpis_transport_state (
    state_key TEXT NOT NULL PRIMARY KEY,
    state_value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
