-- EXAMPLE, not to be run as it is. Source views over a care schema of the kind that Mosaic has: everything about a person hangs on
-- dated rows with a type, workers are assigned to people, and names stand in a table of their own. All names of tables, columns and codes
-- on the right-hand side are invented: put those of the council's own system in their place. The names and types on the left-hand side
-- are what the engine needs. Times are UTC: AT TIME ZONE turns the local time that care systems usually keep into it.
-- One row for each person, whatever is missing about them: somebody left out counts as gone, and two rows with one id are both set aside.
CREATE OR ALTER VIEW cpis.cpis_source_person
AS
SELECT
    CAST(p.PERSON_ID AS NVARCHAR(64)) AS person_id,
    CAST((SELECT MAX(r.REFERENCE_VALUE)
          FROM dbo.EXAMPLE_PERSON_REFERENCES AS r
          WHERE r.PERSON_ID = p.PERSON_ID AND r.REFERENCE_TYPE = N'NHS'
          HAVING COUNT(DISTINCT r.REFERENCE_VALUE) = 1) AS NVARCHAR(200)) AS nhs_number,
    CAST(n.LAST_NAME AS NVARCHAR(200)) AS family_name,
    CAST(n.FIRST_NAMES AS NVARCHAR(200)) AS given_names,
    CAST(CASE WHEN p.DOB_ESTIMATED_UNBORN = N'Y' THEN NULL ELSE p.DATE_OF_BIRTH END AS DATE) AS date_of_birth,
    CAST(CASE WHEN p.DOB_ESTIMATED_UNBORN = N'Y' THEN 1 ELSE 0 END AS BIT) AS is_unborn,
    CAST(CASE WHEN p.DOB_ESTIMATED_UNBORN = N'Y' THEN p.DATE_OF_BIRTH END AS DATE) AS expected_date_of_birth,
    CAST((SELECT MAX(m.RELATED_PERSON_ID)
          FROM dbo.EXAMPLE_RELATIONSHIPS AS m
          WHERE m.PERSON_ID = p.PERSON_ID AND m.RELATIONSHIP_TYPE = N'MOTHER' AND m.END_DATE IS NULL
          HAVING COUNT(DISTINCT m.RELATED_PERSON_ID) = 1) AS NVARCHAR(64)) AS mother_person_id,
    CAST(w.WORKER_ID AS NVARCHAR(64)) AS worker_id,
    CAST(t.MANAGER_ID AS NVARCHAR(64)) AS manager_id,
    CAST(t.TEAM_NAME AS NVARCHAR(200)) AS team,
    CAST(p.LAST_UPDATED_ON AT TIME ZONE N'GMT Standard Time' AT TIME ZONE N'UTC' AS DATETIME2(3)) AS changed_at
FROM dbo.EXAMPLE_PEOPLE AS p
LEFT JOIN dbo.EXAMPLE_PERSON_NAMES AS n
    ON n.PERSON_ID = p.PERSON_ID AND n.NAME_CLASS = N'MAIN' AND n.END_DATE IS NULL
LEFT JOIN dbo.EXAMPLE_WORKER_ASSIGNMENTS AS w
    ON w.PERSON_ID = p.PERSON_ID AND w.ASSIGNMENT_TYPE = N'ALLOCATED' AND w.END_DATE IS NULL
LEFT JOIN dbo.EXAMPLE_TEAMS AS t
    ON t.TEAM_ID = w.TEAM_ID;
GO

CREATE OR ALTER VIEW cpis.cpis_source_plan
AS
SELECT
    CAST(r.REGISTRATION_ID AS NVARCHAR(64)) AS plan_id,
    CAST(r.PERSON_ID AS NVARCHAR(64)) AS person_id,
    CAST(r.REGISTRATION_START AS DATE) AS start_date,
    CAST(r.DEREGISTRATION AS DATE) AS end_date,
    CAST(CASE WHEN r.TEMPORARY_FROM_OTHER_AUTHORITY = N'Y' THEN 1 ELSE 0 END AS BIT) AS held_by_other_authority,
    CAST(CASE WHEN r.STATUS = N'IN-ERROR' THEN 1 ELSE 0 END AS BIT) AS recorded_in_error,
    CAST(r.LAST_UPDATED_ON AT TIME ZONE N'GMT Standard Time' AT TIME ZONE N'UTC' AS DATETIME2(3)) AS changed_at
FROM dbo.EXAMPLE_REGISTRATIONS AS r
WHERE r.REGISTRATION_TYPE = N'CP';
GO

CREATE OR ALTER VIEW cpis.cpis_source_legal_status
AS
SELECT
    CAST(s.LEGAL_STATUS_ID AS NVARCHAR(64)) AS legal_status_id,
    CAST(s.PERSON_ID AS NVARCHAR(64)) AS person_id,
    CAST(s.DFE_CODE AS NVARCHAR(200)) AS code,
    CAST(s.START_DATE AS DATE) AS start_date,
    CAST(s.END_DATE AS DATE) AS end_date,
    CAST(0 AS BIT) AS recorded_in_error,
    CAST(s.LAST_UPDATED_ON AT TIME ZONE N'GMT Standard Time' AT TIME ZONE N'UTC' AS DATETIME2(3)) AS changed_at
FROM dbo.EXAMPLE_LEGAL_STATUSES AS s;
GO

CREATE OR ALTER VIEW cpis.cpis_source_worker
AS
SELECT
    CAST(w.ID AS NVARCHAR(64)) AS worker_id,
    CAST(CONCAT(w.FIRST_NAMES, N' ', w.LAST_NAMES) AS NVARCHAR(200)) AS name,
    CAST(w.EMAIL_ADDRESS AS NVARCHAR(200)) AS email,
    CAST(CASE WHEN w.END_DATE IS NULL THEN 1 ELSE 0 END AS BIT) AS is_active
FROM dbo.EXAMPLE_WORKERS AS w;
GO
