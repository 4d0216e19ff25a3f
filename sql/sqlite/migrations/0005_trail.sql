-- Who asked the engine for names and NHS numbers outside the work trays, and when. Rows are only ever added.
CREATE TABLE cpis_trail (
    trail_id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    os_user TEXT NOT NULL,
    machine TEXT NOT NULL,
    command TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
