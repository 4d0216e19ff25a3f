using CpIs.Domain.Exchange;
using CpIs.Domain.Values;
using static CpIs.Messages.Tests.Fhir.FhirFiles;

namespace CpIs.Messages.Tests.Fhir;

/// <summary>The upload files in samples/fhir, one for each decision that sends something (rule U4).</summary>
internal static class GoldenFiles
{
    public static readonly IReadOnlyDictionary<string, IReadOnlyList<UploadRecord>> Uploads = new Dictionary<string, IReadOnlyList<UploadRecord>>
    {
        ["decision-new.json"] = [Record("9990000018", PlanType.Cpp, "2026-01-15")],
        ["decision-new-looked-after.json"] = [Record("9990000026", PlanType.Lac, "2026-02-02", family: "O'Example", given: "Zoë", birth: "2012-11-30", person: "P1002")],
        ["decision-new-unborn.json"] = [Unborn],
        ["decision-update.json"] = [Record("9990000018", PlanType.Cpp, "2026-01-15", family: "Sample-Newname")],
        ["decision-end.json"] = [Record("9990000018", PlanType.Cpp, "2026-01-15", end: "2026-03-09", family: "Sample-Newname", visible: "2027-03-09")],
        ["decision-end-birth.json"] =
        [
            Unborn with { Content = Unborn.Content with { End = Day("2026-03-08") }, EndIsForecast = false, VisibleUntil = Day("2026-04-05") },
            Record("9990000050", PlanType.Cpp, "2026-03-08", given: "Robin", birth: "2026-03-08", person: "P1004"),
        ],
        ["decision-remove.json"] = [Record("9990000042", PlanType.Cpp, "2025-06-01", given: "Chris", person: "P1005", delete: "2026-03-10")],
    };

    public static string Folder => Path.Combine(Repository.Root, "samples", "fhir");

    private static UploadRecord Unborn => Record(
        "9990000034", PlanType.Ucpp, "2026-02-20", end: "2026-05-01", given: "Jo", birth: "1999-01-01", person: "P1003", visible: "2026-05-29", forecast: true);
}
