-- Who asked the engine for names and NHS numbers outside the work trays, and when. Rows are only ever added.
CREATE TABLE cpis.cpis_trail (
    trail_id BIGINT IDENTITY (1, 1) NOT NULL CONSTRAINT cpis_trail_pk PRIMARY KEY,
    at DATETIME2(3) NOT NULL,
    os_user NVARCHAR(400) NOT NULL,
    machine NVARCHAR(400) NOT NULL,
    command NVARCHAR(400) NOT NULL,
    detail NVARCHAR(MAX) NOT NULL
);
