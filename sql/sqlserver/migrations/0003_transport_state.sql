-- The few values that a transport remembers from run to run: its last handshake, how a large file was cut.
CREATE TABLE cpis.cpis_transport_state (
    state_key NVARCHAR(400) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT cpis_transport_state_pk PRIMARY KEY,
    state_value NVARCHAR(MAX) NOT NULL
);
