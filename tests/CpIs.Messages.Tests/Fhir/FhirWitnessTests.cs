using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CpIs.Domain.Exchange;
using CpIs.Domain.Values;
using Xunit.Abstractions;
using static CpIs.Messages.Tests.Fhir.FhirFiles;

namespace CpIs.Messages.Tests.Fhir;

/// <summary>
/// The judgement of implementations that are not ours: npm `fhir` and `@medplum/core` validate, `@medplum/fhir-router` executes the transactions
/// in memory (tests/fhir-witness). Skipped where they are not installed, except in CI.
/// </summary>
public class FhirWitnessTests(FhirWitness witness, ITestOutputHelper output) : IClassFixture<FhirWitness>
{
    [SkippableFact]
    public void The_witnesses_accept_every_sample()
    {
        var judged = witness.Answers.Documents.Where(d => d.Key.StartsWith("sample ", StringComparison.Ordinal)).ToList();

        judged.Count.ShouldBe(GoldenFiles.Uploads.Count + 2);
        foreach (var (name, judgement) in judged)
        {
            judgement.Fhir.ShouldBeEmpty(name);
            judgement.Medplum.ShouldBeEmpty(name);
        }
    }

    [SkippableFact]
    public void The_witnesses_accept_a_file_of_many_records_of_every_kind()
    {
        var judgement = witness.Answers.Documents["many"];

        judgement.Fhir.ShouldBeEmpty();
        judgement.Medplum.ShouldBeEmpty();
    }

    [SkippableFact]
    public void The_witnesses_are_awake()
    {
        // Neither finds all that our validator finds; a witness that finds next to nothing would be no witness.
        var errors = witness.Answers.Documents.Where(d => d.Key.StartsWith("error ", StringComparison.Ordinal)).Select(d => d.Value).ToList();

        output.WriteLine($"Of {errors.Count} deliberate errors fhir finds {errors.Count(e => e.Fhir.Count > 0)}, @medplum/core {errors.Count(e => e.Medplum.Count > 0)}.");
        errors.Count(e => e.Fhir.Count > 0).ShouldBeGreaterThan(30);
        errors.Count(e => e.Medplum.Count > 0).ShouldBeGreaterThan(30);
    }

    [SkippableFact]
    public void Posting_a_bundle_twice_leaves_the_server_as_after_once()
    {
        foreach (var (name, states) in witness.Answers.Sequences.Where(s => s.Key.StartsWith("twice ", StringComparison.Ordinal)))
        {
            states.Count.ShouldBe(2);
            states[0].Statuses.ShouldAllBe(s => s == "201");
            states[1].Statuses.ShouldAllBe(s => s == "200");
            states[0].Resources.ShouldNotBeEmpty(name);
            JsonNode.DeepEquals(Json(states[0].Resources), Json(states[1].Resources)).ShouldBeTrue(name);
        }
    }

    [SkippableFact]
    public void A_records_life_is_told_to_one_plan_and_one_care_team()
    {
        // new, update, end, end again; then removed, and a new start date under the same number (rule U2).
        var states = witness.Answers.Sequences["life"];

        states.Select(s => s.Resources.Count).ShouldBe([2, 2, 2, 2, 4]);
        states.Select(s => Plans(s)[0]["status"]!.GetValue<string>()).ShouldBe(["active", "active", "completed", "completed", "entered-in-error"]);
        Plans(states[1])[0]["contained"]![0]!["name"]![0]!["family"]!.GetValue<string>().ShouldBe("Sample-Newname");
        Plans(states[4]).Select(p => (p["period"]!["start"]!.GetValue<string>(), p["status"]!.GetValue<string>()))
            .ShouldBe([("2026-01-15", "entered-in-error"), ("2026-01-16", "active")]);
        foreach (var plan in states.SelectMany(Plans))
        {
            plan["careTeam"]![0]!.GetValue<string>().ShouldBe($"CareTeam/{plan["identifier"]![0]!["value"]!.GetValue<string>()}");
        }
    }

    private static List<JsonObject> Plans(FhirWitness.State state) =>
        [.. state.Resources.Where(r => r.Key.StartsWith("CarePlan/", StringComparison.Ordinal)).Select(r => r.Value).OrderBy(p => p["period"]!["start"]!.GetValue<string>(), StringComparer.Ordinal)];

    private static JsonNode Json(IReadOnlyDictionary<string, JsonObject> resources) => JsonSerializer.SerializeToNode(resources)!;
}

/// <summary>Asks the witnesses once, for all tests.</summary>
public sealed class FhirWitness : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);
    private Answer? _answer;
    private string? _missing;

    public sealed record Answer(IReadOnlyDictionary<string, Judgement> Documents, IReadOnlyDictionary<string, IReadOnlyList<State>> Sequences);

    public sealed record Judgement(IReadOnlyList<string> Fhir, IReadOnlyList<string> Medplum);

    public sealed record State(IReadOnlyList<string> Statuses, IReadOnlyDictionary<string, JsonObject> Resources);

    internal Answer Answers
    {
        get
        {
            var inCi = string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase);
            if (_missing is not null && inCi)
            {
                throw new InvalidOperationException(_missing);
            }

            Skip.If(_missing is not null, _missing);
            return _answer!;
        }
    }

    public async Task InitializeAsync()
    {
        var folder = Path.Combine(Repository.Root, "tests", "fhir-witness");
        if (!Directory.Exists(Path.Combine(folder, "node_modules")))
        {
            _missing = "The FHIR witnesses are not installed: run npm ci in tests/fhir-witness.";
            return;
        }

        var question = Encoding.UTF8.GetBytes((await Question()).ToJsonString());
        var start = new ProcessStartInfo("node")
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add("--experimental-websocket");
        start.ArgumentList.Add("witness.mjs");
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            _missing = "The FHIR witnesses need Node 20 or later, which was not found.";
            return;
        }

        using (process)
        using (var limit = new CancellationTokenSource(Limit))
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            await using (var input = process.StandardInput.BaseStream)
            {
                await input.WriteAsync(question, limit.Token);
            }

            try
            {
                await process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                throw;
            }

            process.ExitCode.ShouldBe(0, await error);
            _answer = JsonSerializer.Deserialize<Answer>(await output, JsonSerializerOptions.Web);
        }
    }

    public Task DisposeAsync() => Task.CompletedTask;

    private static async Task<JsonObject> Question()
    {
        var documents = new JsonObject();
        foreach (var file in Directory.EnumerateFiles(GoldenFiles.Folder, "*.json"))
        {
            documents[$"sample {Path.GetFileName(file)}"] = await File.ReadAllTextAsync(file);
        }

        var many = await Write(Council, 7, [.. Enumerable.Range(0, 60).Select(Many)]);
        documents["many"] = many;
        foreach (var row in DeliberateErrorTests.Errors)
        {
            var bundle = ValidDocuments.Get((string)row[0]);
            Edits.Apply(bundle, (string)row[1]);
            documents[$"error {row[0]}: {row[1]}"] = bundle.ToJsonString();
        }

        var sequences = new JsonObject { ["twice many"] = new JsonArray(many, many) };
        foreach (var (name, records) in GoldenFiles.Uploads)
        {
            var text = await Write([.. records]);
            sequences[$"twice {name}"] = new JsonArray(text, text);
        }

        var ended = await Write([.. GoldenFiles.Uploads["decision-end.json"]]);
        sequences["life"] = new JsonArray(
            await Write([.. GoldenFiles.Uploads["decision-new.json"]]),
            await Write([.. GoldenFiles.Uploads["decision-update.json"]]),
            ended,
            ended,
            await Write(Record("9990000018", PlanType.Cpp, "2026-01-15", delete: "2026-03-10"), Record("9990000018", PlanType.Cpp, "2026-01-16")));
        return new JsonObject { ["documents"] = documents, ["sequences"] = sequences };
    }

    /// <summary>Every plan type open, ended, forecast and removed, for a few people.</summary>
    private static UploadRecord Many(int i)
    {
        string[] numbers = ["9990000018", "9990000026", "9990000034", "9990000042", "9990000050"];
        var type = PlanType.All[i % 3];
        var start = Day("2025-01-01").AddDays(i);
        DateOnly? end = type == PlanType.Ucpp || i % 4 == 1 ? start.AddDays(100) : null;
        DateOnly? delete = i % 4 == 2 ? Day("2026-03-10") : null;
        return new UploadRecord(
            new RecordKey(NhsNumber.Parse(numbers[i % 5]), type, start),
            new RecordContent(end, "Sample", "Alex", Day("2018-05-04"), $"P{i}"),
            delete,
            VisibleUntil: null,
            EndIsForecast: type == PlanType.Ucpp && delete is null && i % 2 == 0);
    }
}
