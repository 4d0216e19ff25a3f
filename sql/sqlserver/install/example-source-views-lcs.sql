-- EXAMPLE, not to be run as it is. Source views over a care schema of the kind that Liquidlogic LCS has: a table of people, one of
-- episodes with a type, one of statutory legal statuses. All names of tables, columns and codes on the right-hand side are invented:
-- put those of the council's own system in their place. The names and types on the left-hand side are what the engine needs.
-- Times are UTC: AT TIME ZONE turns the local time that care systems usually keep into it.
-- One row for each person, whatever is missing about them: somebody left out counts as gone, and two rows with one id are both set aside.
CREATE OR ALTER VIEW cpis.cpis_source_person
AS
SELECT
    CAST(p.PersonId AS NVARCHAR(64)) AS person_id,
    CAST(NULLIF(LTRIM(RTRIM(p.NhsNo)), N'') AS NVARCHAR(200)) AS nhs_number,
    CAST(p.Surname AS NVARCHAR(200)) AS family_name,
    CAST(p.Forenames AS NVARCHAR(200)) AS given_names,
    CASE WHEN p.IsUnborn = 1 THEN NULL ELSE CAST(p.DateOfBirth AS DATE) END AS date_of_birth,
    CAST(p.IsUnborn AS BIT) AS is_unborn,
    CASE WHEN p.IsUnborn = 1 THEN CAST(p.ExpectedDateOfBirth AS DATE) END AS expected_date_of_birth,
    CAST(mother.RelatedPersonId AS NVARCHAR(64)) AS mother_person_id,
    CAST(a.WorkerId AS NVARCHAR(64)) AS worker_id,
    CAST(a.ManagerId AS NVARCHAR(64)) AS manager_id,
    CAST(a.TeamName AS NVARCHAR(200)) AS team,
    CAST(p.LastUpdated AT TIME ZONE N'GMT Standard Time' AT TIME ZONE N'UTC' AS DATETIME2(3)) AS changed_at
FROM dbo.ExamplePerson AS p
LEFT JOIN dbo.ExampleRelationship AS mother
    ON mother.PersonId = p.PersonId AND mother.RelationshipCode = N'BIRTH-MOTHER' AND mother.EndDate IS NULL
LEFT JOIN dbo.ExampleAllocation AS a
    ON a.PersonId = p.PersonId AND a.IsKeyWorker = 1 AND a.EndDate IS NULL;
GO

CREATE OR ALTER VIEW cpis.cpis_source_plan
AS
SELECT
    CAST(e.EpisodeId AS NVARCHAR(64)) AS plan_id,
    CAST(e.PersonId AS NVARCHAR(64)) AS person_id,
    CAST(e.StartDate AS DATE) AS start_date,
    CAST(e.EndDate AS DATE) AS end_date,
    CAST(CASE WHEN e.HeldByAuthority <> N'OWN' THEN 1 ELSE 0 END AS BIT) AS held_by_other_authority,
    CAST(CASE WHEN e.IsVoid = 1 THEN 1 ELSE 0 END AS BIT) AS recorded_in_error,
    CAST(e.LastUpdated AT TIME ZONE N'GMT Standard Time' AT TIME ZONE N'UTC' AS DATETIME2(3)) AS changed_at
FROM dbo.ExampleEpisode AS e
WHERE e.EpisodeType = N'CHILD-PROTECTION-PLAN';
GO

CREATE OR ALTER VIEW cpis.cpis_source_legal_status
AS
SELECT
    CAST(s.LegalStatusId AS NVARCHAR(64)) AS legal_status_id,
    CAST(s.PersonId AS NVARCHAR(64)) AS person_id,
    CAST(s.StatutoryCode AS NVARCHAR(200)) AS code,
    CAST(s.StartDate AS DATE) AS start_date,
    CAST(s.EndDate AS DATE) AS end_date,
    CAST(CASE WHEN s.IsVoid = 1 THEN 1 ELSE 0 END AS BIT) AS recorded_in_error,
    CAST(s.LastUpdated AT TIME ZONE N'GMT Standard Time' AT TIME ZONE N'UTC' AS DATETIME2(3)) AS changed_at
FROM dbo.ExampleLegalStatus AS s;
GO

CREATE OR ALTER VIEW cpis.cpis_source_worker
AS
SELECT
    CAST(w.WorkerId AS NVARCHAR(64)) AS worker_id,
    CAST(w.DisplayName AS NVARCHAR(200)) AS name,
    CAST(w.EmailAddress AS NVARCHAR(200)) AS email,
    CAST(CASE WHEN w.LeavingDate IS NULL THEN 1 ELSE 0 END AS BIT) AS is_active
FROM dbo.ExampleWorker AS w;
GO
