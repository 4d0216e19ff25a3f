-- name: advice
SELECT '' AS kind, '' AS item WHERE 1 = 0;

-- name: elsewhere
SELECT '' AS schema_name WHERE @view IS NULL;
