-- name: nodes
INSERT INTO node (person_id)
SELECT person_id
FROM (
    SELECT person_id FROM person
    UNION SELECT mother_id FROM person WHERE mother_id IS NOT NULL
    UNION SELECT person_id FROM plan
    UNION SELECT person_id FROM legal_status
    UNION SELECT belongs_to FROM set_aside WHERE belongs_to IS NOT NULL AND source_table <> 3
    UNION SELECT person_id FROM entry_person
)
ORDER BY ordinal_key(person_id);

-- name: node-count
SELECT COUNT(*) FROM node;

-- name: mother-links
SELECT c.node, m.node
FROM person p
JOIN node c ON c.person_id = p.person_id
JOIN node m ON m.person_id = p.mother_id;

-- name: entry-links
SELECT e.entry, n.node
FROM entry_person e
JOIN node n ON n.person_id = e.person_id
UNION
SELECT s.entry, n.node
FROM entry_source s
JOIN plan p ON p.plan_id = s.source_id
JOIN node n ON n.person_id = p.person_id
WHERE s.plan_type <> 'LAC'
UNION
SELECT s.entry, n.node
FROM entry_source s
JOIN legal_status p ON p.legal_status_id = s.source_id
JOIN node n ON n.person_id = p.person_id
WHERE s.plan_type = 'LAC'
UNION
SELECT s.entry, n.node
FROM entry_source s
JOIN set_aside a ON a.row_id = s.source_id AND a.source_table = CASE s.plan_type WHEN 'LAC' THEN 2 ELSE 1 END
JOIN node n ON n.person_id = a.belongs_to
ORDER BY 1, 2;

-- name: known-nodes
SELECT n.node
FROM node n
WHERE EXISTS (SELECT 1 FROM person p WHERE p.person_id = n.person_id)
   OR EXISTS (SELECT 1 FROM plan p WHERE p.person_id = n.person_id)
   OR EXISTS (SELECT 1 FROM legal_status s WHERE s.person_id = n.person_id)
   OR EXISTS (SELECT 1 FROM set_aside a WHERE a.belongs_to = n.person_id AND a.source_table <> 3)
   OR EXISTS (SELECT 1 FROM entry_person e WHERE e.person_id = n.person_id);

-- name: nodes-in-scope
SELECT n.node
FROM node n
WHERE EXISTS (SELECT 1 FROM plan p WHERE p.person_id = n.person_id)
   OR EXISTS (SELECT 1 FROM legal_status s WHERE s.person_id = n.person_id)
   OR EXISTS (
      SELECT 1 FROM entry_person l JOIN entry e ON e.entry = l.entry WHERE l.person_id = n.person_id AND e.is_live = 1);

-- name: nodes-matching
SELECT n.node
FROM node n
WHERE (@personId IS NULL OR n.person_id = @personId)
  AND (@anyTime = 1
       OR EXISTS (SELECT 1 FROM person p WHERE p.person_id = n.person_id AND p.changed >= @from AND p.changed < @before)
       OR EXISTS (SELECT 1 FROM plan p WHERE p.person_id = n.person_id AND p.changed >= @from AND p.changed < @before)
       OR EXISTS (SELECT 1 FROM legal_status s WHERE s.person_id = n.person_id AND s.changed >= @from AND s.changed < @before));

-- name: nodes-inside
SELECT n.node
FROM node n
WHERE EXISTS (SELECT 1 FROM inside i WHERE i.person_id = n.person_id)
   OR EXISTS (SELECT 1 FROM person p WHERE p.person_id = n.person_id)
   OR EXISTS (SELECT 1 FROM plan p WHERE p.person_id = n.person_id)
   OR EXISTS (SELECT 1 FROM legal_status s WHERE s.person_id = n.person_id)
   OR EXISTS (SELECT 1 FROM set_aside a WHERE a.belongs_to = n.person_id AND a.source_table <> 3);

-- name: node-names
SELECT node, person_id FROM node ORDER BY node;

-- name: household-entries
INSERT OR IGNORE INTO household_entry (household, entry)
SELECT m.household, l.entry
FROM member m
JOIN entry_person l ON l.person_id = m.person_id;

-- name: claims
INSERT OR IGNORE INTO claim (number, person_id)
SELECT p.number_key, p.person_id
FROM person p
WHERE p.number_key IS NOT NULL AND p.is_unborn = 0
  AND (EXISTS (SELECT 1 FROM plan x WHERE x.person_id = p.person_id) OR EXISTS (SELECT 1 FROM legal_status x WHERE x.person_id = p.person_id))
UNION
SELECT m.number_key, m.person_id
FROM person c
JOIN person m ON m.person_id = c.mother_id
WHERE c.is_unborn = 1 AND m.number_key IS NOT NULL
  AND (EXISTS (SELECT 1 FROM plan x WHERE x.person_id = c.person_id) OR EXISTS (SELECT 1 FROM legal_status x WHERE x.person_id = c.person_id))
UNION
SELECT nhs_number, held_by FROM entry WHERE held_by IS NOT NULL;

-- name: shared-numbers
INSERT OR IGNORE INTO shared_number (number)
SELECT number FROM claim GROUP BY number HAVING COUNT(*) > 1;

-- name: add-shared-of-person
INSERT OR IGNORE INTO shared_number (number) SELECT number_key FROM person WHERE person_id = @personId AND number_key IS NOT NULL;

-- name: add-shared-of-holder
INSERT OR IGNORE INTO shared_number (number) SELECT nhs_number FROM entry WHERE held_by = @personId;

-- name: claimed-elsewhere
SELECT DISTINCT mine.person_id
FROM member m
JOIN person p ON p.person_id = m.person_id
JOIN claim mine ON mine.number = p.number_key AND mine.person_id = p.person_id
JOIN claim other ON other.number = mine.number AND other.person_id <> mine.person_id
WHERE NOT EXISTS (SELECT 1 FROM member o WHERE o.person_id = other.person_id)
ORDER BY 1;

-- name: held-claimed-elsewhere
SELECT DISTINCT e.held_by
FROM member m
JOIN entry e ON e.held_by = m.person_id
JOIN claim other ON other.number = e.nhs_number AND other.person_id <> e.held_by
WHERE NOT EXISTS (SELECT 1 FROM member o WHERE o.person_id = other.person_id)
ORDER BY 1;

-- name: members-without-rows
SELECT m.person_id
FROM member m
WHERE NOT EXISTS (SELECT 1 FROM person p WHERE p.person_id = m.person_id)
  AND NOT EXISTS (SELECT 1 FROM plan p WHERE p.person_id = m.person_id)
  AND NOT EXISTS (SELECT 1 FROM legal_status s WHERE s.person_id = m.person_id)
ORDER BY m.node;

-- name: index-members
CREATE INDEX member_person ON member (person_id);
