using CpIs.EndToEnd.Tests.Harness;
using Shouldly;

namespace CpIs.EndToEnd.Tests;

/// <summary>The same accesses in every inbound format come to the same audit rows and alerts, over the built program.</summary>
public class FormatsTests
{
    [Fact]
    public void A1_the_sample_accesses_of_a_fhir_bundle_are_the_same_rows_and_alerts_as_those_of_hl7v3_and_flat()
    {
        var (fhir, fhirAlerts) = TakeIn("fhir");
        var (hl7, hl7Alerts) = TakeIn("hl7v3");
        var (flat, flatAlerts) = TakeIn("flat");

        fhir.Count.ShouldBeGreaterThan(2);
        hl7.ShouldBe(flat);
        hl7Alerts.ShouldBe(flatAlerts);

        // The bundle holds some of the accesses; each of them is the very same.
        fhir.ShouldBeSubsetOf(hl7);
        fhirAlerts.ShouldBeSubsetOf(hl7Alerts);
    }

    private static (List<string> Audit, List<string> Alerts) TakeIn(string format)
    {
        using var cpis = new Cpis();
        var samples = Path.Combine(Cpis.RepositoryRoot, "samples");
        cpis.Run("db", "load", "--from", Path.Combine(samples, "council")).ShouldExit(0);
        cpis.Json(5, "2026-03-10", "nightly");
        cpis.CpIs.TakeAndConfirmAll();
        cpis.Json(5, "2026-03-11", "nightly");
        var files = Directory.GetFiles(Path.Combine(samples, "inbound"), "*access*", SearchOption.AllDirectories)
            .Where(f => f.Contains(Path.DirectorySeparatorChar + format + Path.DirectorySeparatorChar, StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList();
        files.ShouldNotBeEmpty();
        foreach (var file in files)
        {
            cpis.Run("ingest-access", "--in", file, "--as-of", "2026-03-11").ExitCode.ShouldBeOneOf(0, 5);
        }

        return (
            [.. cpis.Query("SELECT * FROM cpis_access_audit").Select(a => string.Join('|', new[]
                {
                    "person_id", "nhs_number", "accessed_at", "accessed_by", "job_role", "organisation_code", "organisation_name", "upload_file_number", "query_id",
                }.Select(c => a[c]))).Order(StringComparer.Ordinal)],
            [.. cpis.Query("SELECT person_id, recipient_kind, recipient_id, subject, description FROM cpis_alert WHERE alert_type = 'access'")
                .Select(a => string.Join('|', a.Values)).Order(StringComparer.Ordinal)]);
    }
}
