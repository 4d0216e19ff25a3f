using System.Text.Json.Nodes;
using CpIs.Domain.Exchange;
using CpIs.Domain.Values;
using CpIs.Messages.Fhir;
using static CpIs.Messages.Tests.Fhir.FhirFiles;

namespace CpIs.Messages.Tests.Fhir;

public class FhirFormatTests
{
    public static TheoryData<string> Golden => [.. GoldenFiles.Uploads.Keys];

    [Theory]
    [MemberData(nameof(Golden))]
    public async Task U4_each_decision_is_written_as_the_sample_shows(string file)
    {
        var written = await Write([.. GoldenFiles.Uploads[file]]);
        var path = Path.Combine(GoldenFiles.Folder, file);
        if (Environment.GetEnvironmentVariable("CPIS_WRITE_SAMPLES") == "1")
        {
            await File.WriteAllTextAsync(path, written);
        }

        written.ShouldBe(await File.ReadAllTextAsync(path));
    }

    [Fact]
    public async Task Each_record_is_a_care_team_and_the_care_plan_that_refers_to_it()
    {
        var bundle = JsonNode.Parse(await Write(Record("9990000018", PlanType.Cpp, "2026-01-15"), Record("9990000026", PlanType.Lac, "2026-02-02")))!;

        bundle["type"]!.GetValue<string>().ShouldBe("transaction");
        bundle["identifier"]!["value"]!.GetValue<string>().ShouldBe("000123");
        var entries = bundle["entry"]!.AsArray();
        entries.Select(e => Type(e!)).ShouldBe(["CareTeam", "CarePlan", "CareTeam", "CarePlan"]);
        for (var i = 0; i < entries.Count; i += 2)
        {
            entries[i + 1]!["resource"]!["careTeam"]![0]!["reference"]!.GetValue<string>().ShouldBe(entries[i]!["fullUrl"]!.GetValue<string>());
        }
    }

    [Fact]
    public async Task The_care_team_is_the_council_with_its_phones()
    {
        var team = JsonNode.Parse(await Write(Record("9990000018", PlanType.Cpp, "2026-01-15")))!["entry"]![0]!["resource"]!;

        team["name"]!.GetValue<string>().ShouldBe("EXAMPLE COUNCIL");
        team["managingOrganization"]![0]!["identifier"]!["value"]!.GetValue<string>().ShouldBe("999");
        team["telecom"]!.AsArray().Select(t => (t!["use"]!.GetValue<string>(), t["value"]!.GetValue<string>()))
            .ShouldBe([("work", "01632960001"), ("mobile", "01632960002")]);
    }

    [Fact]
    public async Task A_council_without_an_office_phone_has_the_emergency_phone_alone()
    {
        var text = await Write(Council with { OfficePhone = null }, 1, [Record("9990000018", PlanType.Cpp, "2026-01-15")]);

        JsonNode.Parse(text)!["entry"]![0]!["resource"]!["telecom"]!.AsArray().Select(t => t!["use"]!.GetValue<string>()).ShouldBe(["mobile"]);
    }

    [Theory]
    [InlineData(null, false, null, "active", "active")]
    [InlineData("2026-03-09", false, null, "completed", "inactive")]
    [InlineData("2026-05-01", true, null, "active", "active")]
    [InlineData(null, false, "2026-03-10", "entered-in-error", "entered-in-error")]
    [InlineData("2026-03-09", false, "2026-03-10", "entered-in-error", "entered-in-error")]
    [InlineData("2026-05-01", true, "2026-03-10", "entered-in-error", "entered-in-error")]
    public async Task U3_status_says_open_ended_or_removed(string? end, bool forecast, string? delete, string plan, string team)
    {
        var type = forecast ? PlanType.Ucpp : PlanType.Cpp;

        var entries = JsonNode.Parse(await Write(Record("9990000018", type, "2026-01-15", end, forecast: forecast, delete: delete)))!["entry"]!;

        entries[1]!["resource"]!["status"]!.GetValue<string>().ShouldBe(plan);
        entries[0]!["resource"]!["status"]!.GetValue<string>().ShouldBe(team);
        entries[1]!["resource"]!["period"]!["end"]?.GetValue<string>().ShouldBe(end);
        var removal = entries[1]!["resource"]!["contained"]!.AsArray().FirstOrDefault(c => c!["resourceType"]!.GetValue<string>() == "Provenance");
        removal?["occurredDateTime"]?.GetValue<string>().ShouldBe(delete);
        (removal is null).ShouldBe(delete is null);
    }

    [Theory]
    [InlineData("CPP", "342191000000101")]
    [InlineData("LAC", "764841000000100")]
    [InlineData("UCPP", "818901000000100")]
    public async Task S1_S2_S5_the_plan_type_is_the_snomed_category(string type, string code)
    {
        var entries = JsonNode.Parse(await Write(Record("9990000018", PlanType.Parse(type), "2026-01-15", end: "2026-05-01", forecast: type == "UCPP")))!["entry"]!;

        foreach (var entry in entries.AsArray())
        {
            entry!["resource"]!["category"]![0]!["coding"]![0]!["code"]!.GetValue<string>().ShouldBe(code);
            entry["resource"]!["category"]![0]!["coding"]![0]!["system"]!.GetValue<string>().ShouldBe("http://snomed.info/sct");
        }
    }

    [Fact]
    public async Task S5_an_unborn_childs_plan_names_the_mother_and_nobody_else()
    {
        var text = await Write([.. GoldenFiles.Uploads["decision-new-unborn.json"]]);
        var plan = JsonNode.Parse(text)!["entry"]![1]!["resource"]!;

        plan["subject"]!["identifier"]!["value"]!.GetValue<string>().ShouldBe("9990000034");
        var patient = plan["contained"]!.AsArray().ShouldHaveSingleItem()!;
        patient["birthDate"]!.GetValue<string>().ShouldBe("1999-01-01");

        // Every number, date and name in the file is the mother's, the plan's or the file's.
        var texts = Strings(JsonNode.Parse(text)!).Where(t => t.Length > 0 && (char.IsDigit(t[0]) || t is "Sample" or "Jo")).Distinct().Order(StringComparer.Ordinal);
        texts.ShouldBe(
            ["000123", "01632960001", "01632960002", "1999-01-01", "2026-02-20", "2026-03-10T02:00:00Z", "2026-05-01", "818901000000100", "999", "9990000034", "Jo", "Sample"],
            ignoreOrder: true);
    }

    [Fact]
    public async Task Nothing_claims_to_follow_a_profile() =>
        (await Write([.. GoldenFiles.Uploads.Values.SelectMany(r => r).DistinctBy(r => r.Key)])).ShouldNotContain("\"profile\"");

    [Fact]
    public async Task U2_both_resources_are_put_on_the_records_identifier()
    {
        var entries = JsonNode.Parse(await Write(Record("9990000018", PlanType.Cpp, "2026-01-15")))!["entry"]!.AsArray();
        var expected = RecordIdentifier.Of("SAM", new RecordKey(NhsNumber.Parse("9990000018"), PlanType.Cpp, Day("2026-01-15")));

        foreach (var entry in entries)
        {
            entry!["request"]!["method"]!.GetValue<string>().ShouldBe("PUT");
            entry["request"]!["url"]!.GetValue<string>().ShouldBe($"{Type(entry)}?identifier=urn:ietf:rfc:3986|{expected}");
            entry["resource"]!["identifier"]![0]!["value"]!.GetValue<string>().ShouldBe(expected);
        }
    }

    [Fact]
    public async Task No_entrys_address_is_an_identifier_because_servers_replace_addresses()
    {
        var bundle = JsonNode.Parse(await Write(Record("9990000018", PlanType.Cpp, "2026-01-15"), Record("9990000026", PlanType.Lac, "2026-02-02")))!;
        var addresses = bundle["entry"]!.AsArray().Select(e => e!["fullUrl"]!.GetValue<string>()).ToList();

        addresses.ShouldBeUnique();
        Strings(bundle).Count(addresses.Contains).ShouldBe(addresses.Count + 2, "each once as the entry's own, and the care team's in its plan");
    }

    [Fact]
    public async Task No_address_holds_an_nhs_number()
    {
        var entries = JsonNode.Parse(await Write(Record("9990000018", PlanType.Cpp, "2026-01-15")))!["entry"]!.AsArray();

        entries.SelectMany(e => new[] { e!["fullUrl"]!.GetValue<string>(), e["request"]!["url"]!.GetValue<string>() }).ShouldAllBe(a => !a.Contains("9990000018"));
    }

    [Fact]
    public void U2_the_identifier_follows_from_the_key_alone_and_tells_keys_apart()
    {
        RecordKey[] keys =
        [
            new(NhsNumber.Parse("9990000018"), PlanType.Cpp, Day("2026-01-15")),
            new(NhsNumber.Parse("9990000026"), PlanType.Cpp, Day("2026-01-15")),
            new(NhsNumber.Parse("9990000018"), PlanType.Lac, Day("2026-01-15")),
            new(NhsNumber.Parse("9990000018"), PlanType.Ucpp, Day("2026-01-15")),
            new(NhsNumber.Parse("9990000018"), PlanType.Cpp, Day("2026-01-16")),
        ];
        string[] councils = ["SAM", "sam", "S", "SAM|", "9990000018|SAM"];

        var identifiers = councils.SelectMany(c => keys.SelectMany(k => new[] { RecordIdentifier.Of(c, k), RecordIdentifier.OfEntry("CareTeam", c, k), RecordIdentifier.OfEntry("CarePlan", c, k) })).ToList();

        identifiers.ShouldBeUnique();
        identifiers.ShouldAllBe(i => System.Text.RegularExpressions.Regex.IsMatch(i, "^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"));

        // Held by receivers for years: it may never come out differently.
        RecordIdentifier.Of("SAM", keys[0]).ShouldBe("urn:uuid:5cd72979-974a-85b4-bdf4-171fd38f8cf6");
    }

    [Fact]
    public async Task Names_that_R4_cannot_carry_are_cleaned_and_the_file_stays_right()
    {
        var text = await Write(Record("9990000018", PlanType.Cpp, "2026-01-15", family: "A\u0001B\u00A0C\u2028D\tE", given: "\uD800x\uFEFF", person: "P\u00851"));

        var patient = JsonNode.Parse(text)!["entry"]![1]!["resource"]!["contained"]![0]!;
        patient["name"]![0]!["family"]!.GetValue<string>().ShouldBe("A B C D E");
        patient["name"]![0]!["given"]![0]!.GetValue<string>().ShouldBe("\uFFFDx ");
        patient["identifier"]![1]!["value"]!.GetValue<string>().ShouldBe("P 1");
    }

    [Fact]
    public async Task Letters_beyond_ascii_and_apostrophes_are_readable_in_the_file()
    {
        var text = await Write([.. GoldenFiles.Uploads["decision-new-looked-after.json"]]);

        text.ShouldContain("\"O'Example\"");
        text.ShouldContain("\"Zoë\"");
    }

    [Fact]
    public async Task More_or_fewer_records_than_announced_are_refused()
    {
        var header = new UploadHeader(new SequenceNumber(1), Council, CreatedAt, 1);
        var record = Record("9990000018", PlanType.Cpp, "2026-01-15");
        await using var writer = new FhirFormat().Begin(new MemoryStream(), header);

        await Should.ThrowAsync<InvalidOperationException>(() => writer.CompleteAsync(CancellationToken.None));
        await writer.WriteAsync(record, CancellationToken.None);
        await Should.ThrowAsync<InvalidOperationException>(() => writer.WriteAsync(record, CancellationToken.None));
        await writer.CompleteAsync(CancellationToken.None);
        await Should.ThrowAsync<InvalidOperationException>(() => writer.CompleteAsync(CancellationToken.None));
    }

    [Fact]
    public async Task An_unfinished_file_gets_nothing_more_and_its_stream_stays_open()
    {
        var stream = new MemoryStream();
        var writer = new FhirFormat().Begin(stream, new UploadHeader(new SequenceNumber(1), Council, CreatedAt, 2));
        await writer.WriteAsync(Record("9990000018", PlanType.Cpp, "2026-01-15"), CancellationToken.None);

        await writer.DisposeAsync();

        stream.Length.ShouldBe(0);
        stream.CanWrite.ShouldBeTrue();
    }

    [Fact]
    public async Task Cancelling_stops_the_writing()
    {
        using var cancel = new CancellationTokenSource();
        await using var writer = new FhirFormat().Begin(new MeasuringStream(), new UploadHeader(new SequenceNumber(1), Council, CreatedAt, 1_000));
        await cancel.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(async () =>
        {
            for (var i = 0; i < 1_000; i++)
            {
                await writer.WriteAsync(Record("9990000018", PlanType.Cpp, "2026-01-15"), cancel.Token);
            }
        });
    }

    [Theory]
    [InlineData("entry[1].resource.status = \"active\"", "$.entry[1].resource")]
    [InlineData("entry[1].resource.subject.identifier.value = \"9990000026\"", "$.entry[1].resource")]
    [InlineData("entry[1].resource.legalStatus = \"C2\"", "$.entry[1].resource.legalStatus")]
    [InlineData("entry[1].resource.identifier[0].value = \"urn:uuid:0e0f8f0e-35a5-4ab6-9c4e-7a3fd7a0c001\"", "$.entry[1].resource.identifier")]
    [InlineData("type = \"batch\"", "$")]
    [InlineData("- entry[0].resource.telecom", "$.entry[1].resource")]
    public async Task A_file_that_was_changed_by_another_hand_is_not_read_back(string edit, string path)
    {
        var bundle = JsonNode.Parse(await Write([.. GoldenFiles.Uploads["decision-remove.json"]]))!;
        Edits.Apply(bundle, edit);

        Should.Throw<FormatException>(() => ReadBack(bundle.ToJsonString())).Message.ShouldStartWith($"{path}: ");
    }

    [Fact]
    public async Task U2_a_file_of_another_council_code_is_not_read_back()
    {
        var text = await Write(Record("9990000018", PlanType.Cpp, "2026-01-15"));

        Should.Throw<FormatException>(() => ReadBack(text, "OTHER")).Message.ShouldStartWith("$.entry[1].resource.identifier: ");
        ReadBack(text).Header.ShouldBe(new UploadHeader(new SequenceNumber(123), Council, CreatedAt, 1));
    }

    private static string Type(JsonNode entry) => entry["resource"]!["resourceType"]!.GetValue<string>();

    private static IEnumerable<string> Strings(JsonNode node) => node switch
    {
        JsonObject o => o.SelectMany(p => p.Value is null ? [] : Strings(p.Value)),
        JsonArray a => a.SelectMany(i => i is null ? [] : Strings(i)),
        JsonValue v when v.TryGetValue<string>(out var text) => [text],
        _ => [],
    };
}
