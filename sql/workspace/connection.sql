-- name: open
PRAGMA page_size = 8192;
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA cache_size = -2048;
PRAGMA mmap_size = 0;
BEGIN EXCLUSIVE;
