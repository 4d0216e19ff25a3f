using CpIs.Batch.Configuration;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;

namespace CpIs.Batch.Tests.Configuration;

public sealed class SettingsLoaderTests : IDisposable
{
    private const string Council = """
        "Authority": { "Code": "Z1", "OdsCode": "z12", "Name": "Test Council", "OfficePhone": "01632960111", "EmergencyDutyPhone": "+441632960112" }
        """;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Without_any_configuration_the_defaults_of_the_contract_stand()
    {
        var settings = Load(null);

        settings.Source.ShouldBeNull();
        settings.IsSampleAuthority.ShouldBeTrue();
        settings.Authority.OdsCode.ShouldBe("X99");
        settings.Authority.EmergencyDutyPhone.ShouldStartWith("01632960");
        settings.Database.Provider.ShouldBe(DatabaseProvider.Sqlite);
        settings.Database.ConnectionString.ShouldBeNull();
        settings.Rules.SharedLegalStatuses.ShouldBe([new("C1", null, null), new("C2", null, null), new("V2", null, null)]);
        settings.Rules.RetentionMonths.ShouldBe(12);
        settings.Rules.UnbornGraceDays.ShouldBe(28);
        settings.Rules.MaxVanished.ShouldBeNull();
        settings.Payload.Formats.ShouldBe(["hl7v3"]);
        settings.Payload.MaxRecordsPerFile.ShouldBe(1000);
        settings.Transport.Kind.ShouldBe(TransportKind.Folder);
        settings.Transport.Folder.ShouldBe(new FolderTransportSettings("outbox", "inbox"));
        settings.Transport.MeshClient.ShouldBeNull();
        settings.Transport.MeshApi.ShouldBeNull();
        settings.Inbound.MaxMegabytes.ShouldBe(50);
        settings.Alerts.DueDays.ShouldBe(2);
        settings.Alerts.DutyRole.ShouldBe("CP-IS duty {team}");
        settings.Alerts.Pattern.ShouldBe(new AccessPatternSettings(3, 30, 2, 7));
        settings.Reconcile.AcknowledgementHours.ShouldBe(48);
        settings.Reconcile.MatchRateFloor.ShouldBe(0.95m);
    }

    [Fact]
    public void The_file_in_the_working_folder_is_found_and_comments_and_trailing_commas_are_accepted()
    {
        var settings = Load($$"""
            {
              // who we are
              {{Council}},
              "Rules": { "RetentionMonths": 6, /* as agreed */ "MaxVanished": 5, },
            }
            """);

        settings.Source.ShouldBe(_folder.File("cpis.json"));
        settings.IsSampleAuthority.ShouldBeFalse();
        settings.Authority.OdsCode.ShouldBe("Z12");
        settings.Rules.RetentionMonths.ShouldBe(6);
        settings.Rules.MaxVanished.ShouldBe(5);
        settings.Rules.UnbornGraceDays.ShouldBe(28);
    }

    [Fact]
    public void A_file_named_by_the_option_is_read_instead_of_the_one_in_the_working_folder()
    {
        _folder.File("cpis.json", """{ "Rules": { "RetentionMonths": 6 } }""");
        var other = _folder.File("other.json", """{ "Rules": { "RetentionMonths": 7 } }""");

        SettingsLoader.Load(other, _folder.Path, []).Rules.RetentionMonths.ShouldBe(7);
        SettingsLoader.Load("other.json", _folder.Path, []).Rules.RetentionMonths.ShouldBe(7);
    }

    [Fact]
    public void A_named_file_that_does_not_exist_is_an_error() =>
        Should.Throw<SettingsException>(() => SettingsLoader.Load("absent.json", _folder.Path, []))
            .Message.ShouldContain("--config names a file that does not exist: absent.json");

    [Fact]
    public void The_environment_overrides_the_file_and_ignores_letter_case()
    {
        var settings = Load("""{ "Rules": { "RetentionMonths": 6 }, "alerts": { "duedays": 3 } }""", ("cpis__rules__RetentionMONTHS", "9"));

        settings.Rules.RetentionMonths.ShouldBe(9);
        settings.Alerts.DueDays.ShouldBe(3);
    }

    [Fact]
    public void A_list_in_the_file_replaces_the_default_list()
    {
        var settings = Load("""
            { "Payload": { "Formats": ["flat", "hl7v3"] }, "Rules": { "SharedLegalStatuses": [ { "Code": "e1", "From": "2025-04-01", "To": "2026-03-31" } ] } }
            """);

        settings.Payload.Formats.ShouldBe(["flat", "hl7v3"]);
        settings.Rules.SharedLegalStatuses.ShouldBe([new("E1", new DateOnly(2025, 4, 1), new DateOnly(2026, 3, 31))]);
    }

    [Fact]
    public void The_environment_replaces_single_entries_of_the_list_that_stands()
    {
        Load("""{ "Payload": { "Formats": ["flat", "hl7v3"] } }""", ("CPIS__PAYLOAD__FORMATS__0", "fhir")).Payload.Formats.ShouldBe(["fhir", "hl7v3"]);
        Load(null, ("CPIS__PAYLOAD__FORMATS__1", "FLAT")).Payload.Formats.ShouldBe(["hl7v3", "flat"]);
        Load(null, ("CPIS__RULES__SHAREDLEGALSTATUSES__3__CODE", "E1")).Rules.SharedLegalStatuses.Select(s => s.Code).ShouldBe(["C1", "C2", "V2", "E1"]);
    }

    [Fact]
    public void A_null_leaves_the_default_and_a_blank_optional_text_is_none()
    {
        var settings = Load($$"""{ {{Council}}, "Rules": { "MaxVanished": null, "RetentionMonths": null }, "Inbound": null }""", ("CPIS__AUTHORITY__OFFICEPHONE", " "));

        settings.Rules.MaxVanished.ShouldBeNull();
        settings.Rules.RetentionMonths.ShouldBe(12);
        settings.Inbound.MaxMegabytes.ShouldBe(50);
        settings.Authority.OfficePhone.ShouldBeNull();
    }

    [Theory]
    [InlineData("""{ "Rules": { "RetentonMonths": 6 } }""", "Rules:RetentonMonths is not a known setting. Did you mean Rules:RetentionMonths?")]
    [InlineData("""{ "RetentionMonths": 6 }""", "RetentionMonths is not a known setting. Did you mean Rules:RetentionMonths?")]
    [InlineData("""{ "Rulez": { } }""", "Rulez is not a known setting. Did you mean Rules?")]
    [InlineData("""{ "Wholly": { "Different": 1 } }""", "Wholly:Different is not a known setting.")]
    [InlineData("""{ "Rules": { "SharedLegalStatuses": [ { "Code": "C1", "Form": "2025-01-01" } ] } }""", "Did you mean Rules:SharedLegalStatuses:0:From?")]
    [InlineData("""{ "Rules": { "RetentionMonths": { "Value": 6 } } }""", "Rules:RetentionMonths:Value is not a known setting.")]
    [InlineData("""{ "Rules": 5 }""", "Rules is a section, not a value.")]
    [InlineData("""{ "Payload": { "Formats": "hl7v3" } }""", "Payload:Formats must be a list")]
    [InlineData("""{ "Payload": { "Formats": [] } }""", "Payload:Formats must name at least one format")]
    [InlineData("""{ "Payload": { "Formats": ["hl7v3", "HL7V3"] } }""", "Payload:Formats names hl7v3 twice")]
    [InlineData("""{ "Payload": { "Formats": ["hl7v3", "pdf"] } }""", "Payload:Formats:1 must be one of hl7v3, fhir, flat; it is \"pdf\"")]
    [InlineData("""{ "Payload": { "MaxRecordsPerFile": 0 } }""", "Payload:MaxRecordsPerFile must be a whole number from 1 to")]
    [InlineData("""{ "Rules": { "SharedLegalStatuses": [] } }""", "Rules:SharedLegalStatuses must name at least one code")]
    [InlineData("""{ "Rules": { "SharedLegalStatuses": [ { "From": "2025-01-01" } ] } }""", "Rules:SharedLegalStatuses:0:Code is required")]
    [InlineData("""{ "Rules": { "SharedLegalStatuses": [ { "Code": "C1", "From": "01/04/2025" } ] } }""", "Rules:SharedLegalStatuses:0:From must be a date, yyyy-MM-dd")]
    [InlineData("""{ "Rules": { "SharedLegalStatuses": [ { "Code": "C1", "From": "2025-02-30" } ] } }""", "Rules:SharedLegalStatuses:0:From must be a date, yyyy-MM-dd")]
    [InlineData("""{ "Rules": { "SharedLegalStatuses": [ { "Code": "C1", "From": "2025-01-02", "To": "2025-01-01" } ] } }""", "Rules:SharedLegalStatuses:0:To is before")]
    [InlineData("""{ "Rules": { "RetentionMonths": "twelve" } }""", "Rules:RetentionMonths must be a whole number from 1 to 120; it is \"twelve\"")]
    [InlineData("""{ "Rules": { "RetentionMonths": 0 } }""", "Rules:RetentionMonths must be")]
    [InlineData("""{ "Rules": { "RetentionMonths": 12.5 } }""", "Rules:RetentionMonths must be")]
    [InlineData("""{ "Rules": { "RetentionMonths": "" } }""", "Rules:RetentionMonths must be")]
    [InlineData("""{ "Rules": { "UnbornGraceDays": -1 } }""", "Rules:UnbornGraceDays must be")]
    [InlineData("""{ "Rules": { "MaxVanished": -1 } }""", "Rules:MaxVanished must be")]
    [InlineData("""{ "Inbound": { "MaxMegabytes": 0 } }""", "Inbound:MaxMegabytes must be")]
    [InlineData("""{ "Alerts": { "DueDays": -1 } }""", "Alerts:DueDays must be")]
    [InlineData("""{ "Alerts": { "DutyRole": "Duty {team} {worker}" } }""", "Alerts:DutyRole must be")]
    [InlineData("""{ "Alerts": { "DutyRole": "{team}" } }""", "Alerts:DutyRole must be")]
    [InlineData("""{ "Alerts": { "Pattern": { "Accesses": 1 } } }""", "Alerts:Pattern:Accesses must be")]
    [InlineData("""{ "Alerts": { "Pattern": { "OrganisationDays": 0 } } }""", "Alerts:Pattern:OrganisationDays must be")]
    [InlineData("""{ "Reconcile": { "AcknowledgementHours": 0 } }""", "Reconcile:AcknowledgementHours must be")]
    [InlineData("""{ "Reconcile": { "MatchRateFloor": 95 } }""", "Reconcile:MatchRateFloor must be a number from 0 to 1; it is \"95\"")]
    [InlineData("""{ "Retention": { "RunDays": 0 } }""", "Retention:RunDays must be")]
    [InlineData("""{ "Retention": { "PayloadDays": 0 } }""", "Retention:PayloadDays must be")]
    [InlineData("""{ "Logging": { "Level": "loud" } }""", "Logging:Level must be one of debug, information, warning, error, off; it is \"loud\"")]
    [InlineData("""{ "Logging": { "FileMegabytes": 0 } }""", "Logging:FileMegabytes must be")]
    [InlineData("""{ "Database": { "Provider": "oracle" } }""", "Database:Provider must be one of sqlite, sqlserver")]
    [InlineData("""{ "Database": { "Provider": "sqlserver" } }""", "Database:ConnectionString (or Database:ConnectionStringFile) is required")]
    [InlineData("""{ "Database": { "Provider": "sqlserver", "ConnectionString": "Server=db;Database=care;User ID=cpis; PWD = hush-hush" } }""", "Database:ConnectionString holds a password")]
    [InlineData("""{ "Transport": { "Kind": "pigeon" } }""", "Transport:Kind must be one of folder, mesh-client, mesh-api")]
    [InlineData("""{ "Transport": { "Folder": { "Out": "x", "In": "X" } } }""", "Transport:Folder:Out and Transport:Folder:In must be different")]
    [InlineData("""{ "Authority": { "Name": "Test Council" } }""", "Authority:Code is required")]
    [InlineData("""{ "Authority": { "Name": "Test Council" } }""", "Authority:OdsCode is required")]
    [InlineData("""{ "Authority": { "Code": "Z1", "OdsCode": "Z12", "Name": "N" } }""", "Authority:EmergencyDutyPhone is required")]
    [InlineData("""{ "Authority": { "Code": "Z1", "OdsCode": "Z12", "Name": "N", "EmergencyDutyPhone": "01632 960112" } }""", "Authority:EmergencyDutyPhone must be digits")]
    [InlineData("""{ "Authority": { "Code": "Z1", "OdsCode": "Z12", "Name": "N", "EmergencyDutyPhone": "" } }""", "Authority:EmergencyDutyPhone is required")]
    [InlineData("""{ "Authority": { "Code": "Z1", "OdsCode": "Z12", "Name": "N", "EmergencyDutyPhone": "01632960112", "OfficePhone": "none" } }""", "Authority:OfficePhone must be digits")]
    [InlineData("""{ "Authority": { "Code": "Z1", "OdsCode": "Z-12", "Name": "N", "EmergencyDutyPhone": "01632960112" } }""", "Authority:OdsCode must be")]
    [InlineData("""{ "Rules": { "RetentionMonths": 6, "RetentionMonths": 7 } }""", "Rules:RetentionMonths")]
    [InlineData("""{ "Rules": { "RetentionMonths": 6, "retentionmonths": 7 } }""", "retentionmonths")]
    [InlineData("{\n  \"Rules\": {\n    oops\n} }", "cpis.json: not valid JSON at line 3")]
    [InlineData("[]", "cpis.json")]
    [InlineData("", "cpis.json")]
    public void Every_error_names_its_key(string json, string expected) =>
        Should.Throw<SettingsException>(() => Load(json)).Message.ShouldContain(expected);

    [Theory]
    [InlineData("CPIS__RULES__RETENTONMONTHS", "6", "CPIS__RULES__RETENTONMONTHS is not a known setting. Did you mean CPIS__RULES__RETENTIONMONTHS?")]
    [InlineData("CPIS__RULES__RETENTIONMONTHS", "x", "RULES:RETENTIONMONTHS (set by CPIS__RULES__RETENTIONMONTHS) must be a whole number")]
    [InlineData("CPIS__PAYLOAD__FORMATS", "flat", "set CPIS__PAYLOAD__FORMATS__0")]
    [InlineData("CPIS__PAYLOAD__FORMATS__2", "flat", "Payload:Formats:2 is set but Payload:Formats:1 is not")]
    [InlineData("CPIS__PAYLOAD__FORMATS__X", "flat", "CPIS__PAYLOAD__FORMATS__X is not a known setting")]
    [InlineData("CPIS__", "flat", "CPIS__ is not a known setting")]
    public void Every_error_of_the_environment_names_its_variable(string variable, string value, string expected) =>
        Should.Throw<SettingsException>(() => Load(null, (variable, value))).Message.ShouldContain(expected);

    [Fact]
    public void Two_variables_that_differ_only_in_letter_case_are_refused() =>
        Should.Throw<SettingsException>(() => Load(null, ("CPIS__INBOUND__MAXMEGABYTES", "5"), ("CPIS__Inbound__MaxMegabytes", "6")))
            .Message.ShouldContain("set the same key");

    [Fact]
    public void Variables_of_other_programs_are_left_alone() =>
        Load(null, ("CPIS_TEST_SQLSERVER", "x"), ("PATH", "y"), ("XCPIS__RULES", "z")).Rules.RetentionMonths.ShouldBe(12);

    [Fact]
    public void All_problems_are_told_at_once() =>
        Should.Throw<SettingsException>(() => Load("""{ "Rules": { "RetentionMonths": 0, "UnbornGraceDays": -1 }, "Oops": 1 }"""))
            .Problems.Count.ShouldBe(3);

    [Theory]
    [InlineData("mesh-client")]
    [InlineData("mesh-api")]
    public void The_sample_council_never_meets_a_real_MESH(string kind) =>
        Should.Throw<SettingsException>(() => Load(null, ("CPIS__TRANSPORT__KIND", kind)))
            .Problems.ShouldContain(p => p.StartsWith("Authority is required unless Transport:Kind is folder", StringComparison.Ordinal));

    [Theory]
    [InlineData("Sampleshire Council", false)]
    [InlineData("Another Council", true)]
    public void A_copied_sample_configuration_does_not_meet_it_either(string name, bool isAccepted)
    {
        var load = () => Load($$"""
            { "Authority": { "Code": "X99", "OdsCode": "X99", "Name": "{{name}}", "EmergencyDutyPhone": "01632960002" },
              "Transport": { "Kind": "mesh-client", "MeshClient": { "Mailbox": "M1", "Recipient": "R1", "WorkflowIds": { "Upload": "U1" } } } }
            """);

        if (isAccepted)
        {
            load().Authority.Name.ShouldBe(name);
        }
        else
        {
            Should.Throw<SettingsException>(() => load()).Message.ShouldStartWith("Authority is the sample council's: unless Transport:Kind is folder");
        }
    }

    [Fact]
    public void Mesh_client_needs_what_no_default_can_know()
    {
        var problems = Should.Throw<SettingsException>(() => Load($$"""{ {{Council}}, "Transport": { "Kind": "mesh-client" } }""")).Problems;

        problems.Count.ShouldBe(3);
        foreach (var key in new[] { "Mailbox", "Recipient", "WorkflowIds:Upload" })
        {
            problems.ShouldContain(p => p.StartsWith($"Transport:MeshClient:{key} is required", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Mesh_client_is_read_with_the_folders_of_the_data_folder_as_default()
    {
        var settings = Load($$"""
            { {{Council}}, "Transport": { "Kind": "mesh-client", "MeshClient": { "Mailbox": "Z12OT001", "Recipient": "CPIS_1",
              "WorkflowIds": { "Upload": "UP_1", "Access": "ACC_1" }, "Folders": { "Out": "OUT" } } } }
            """).Transport.MeshClient.ShouldNotBeNull();

        settings.Root.ShouldBe("mesh");
        settings.Folders.ShouldBe(new MeshClientFolders("OUT", "in", "sent", "failed"));
        settings.WorkflowIds.Upload.ShouldBe("UP_1");
        settings.WorkflowIds.Inbound.ShouldBe(["ACC_1"]);
    }

    [Fact]
    public void Mesh_api_needs_what_no_default_can_know()
    {
        var problems = Should.Throw<SettingsException>(() => Load($$"""{ {{Council}}, "Transport": { "Kind": "mesh-api" } }""")).Problems;

        problems.Count.ShouldBe(6);
        foreach (var key in new[] { "Url", "Mailbox", "Recipient", "WorkflowIds:Upload", "Password", "SharedKey" })
        {
            problems.ShouldContain(p => p.StartsWith($"Transport:MeshApi:{key} ", StringComparison.Ordinal) && p.Contains("required"));
        }
    }

    [Theory]
    [InlineData("http://mesh.example/")]
    [InlineData("https://user@mesh.example/")]
    [InlineData("https://mesh.example/?a=b")]
    [InlineData("mesh.example")]
    public void Mesh_api_refuses_an_address_that_is_not_safe(string url) =>
        Should.Throw<SettingsException>(() => Load(MeshApi(url), MeshSecrets)).Message.ShouldContain("Transport:MeshApi:Url must be an https address");

    [Theory]
    [InlineData("https://mesh.example:8700/")]
    [InlineData("http://127.0.0.1:5000")]
    public void Mesh_api_takes_https_and_loopback(string url) =>
        Load(MeshApi(url), MeshSecrets).Transport.MeshApi.ShouldNotBeNull().Url.ShouldBe(new Uri(url));

    /// <summary>What an operator reads of MESH's refusals names these keys, so they must be there.</summary>
    [Fact]
    public void Mesh_api_takes_every_limit_and_switch_that_its_advice_names()
    {
        var settings = Load(
            MeshApi("https://mesh.example", "\"Compress\": false, \"SendChecksum\": true, \"VerifyChecksum\": false, \"CheckRevocation\": true, \"MaxMessageMegabytes\": 7,"),
            [.. MeshSecrets, ("CPIS__TRANSPORT__MESHAPI__CHUNKMEGABYTES", "90"), ("CPIS__TRANSPORT__MESHAPI__WAITBEFORERESENDSECONDS", "5"), ("CPIS__TRANSPORT__MESHAPI__CONNECTTIMEOUTSECONDS", "2")])
            .Transport.MeshApi.ShouldNotBeNull();

        (settings.Compress, settings.SendChecksum, settings.VerifyChecksum, settings.CheckRevocation).ShouldBe((false, true, false, true));
        (settings.MaxMessageMegabytes, settings.ChunkMegabytes, settings.WaitBeforeResendSeconds, settings.ConnectTimeoutSeconds).ShouldBe((7, 90, 5, 2));
        Should.Throw<SettingsException>(() => Load(MeshApi("https://mesh.example", "\"Compress\": \"perhaps\","), MeshSecrets)).Message.ShouldContain("Transport:MeshApi:Compress");
        Should.Throw<SettingsException>(() => Load(MeshApi("https://mesh.example"), [.. MeshSecrets, ("CPIS__TRANSPORT__MESHAPI__CHUNKMEGABYTES", "91")])).Message.ShouldContain("CHUNKMEGABYTES");
    }

    [Fact]
    public void A_secret_comes_from_the_environment_or_from_a_file_and_is_not_shown()
    {
        var passwordFile = _folder.File("password", "hush-hush\n");
        var settings = Load(MeshApi("https://mesh.example"), ("CPIS__TRANSPORT__MESHAPI__PASSWORDFILE", passwordFile), ("CPIS__TRANSPORT__MESHAPI__SHAREDKEY", "key-of-keys"));

        settings.Transport.MeshApi.ShouldNotBeNull().Password.Value.ShouldBe("hush-hush");
        settings.Transport.MeshApi.SharedKey.Value.ShouldBe("key-of-keys");
        settings.ToString().ShouldNotContain("hush");
        settings.ToString().ShouldNotContain("key-of-keys");
    }

    [Fact]
    public void A_secret_file_is_found_from_the_configuration_files_folder()
    {
        _folder.File("connection.txt", "Server=db;Integrated Security=true");

        Load("""{ "Database": { "Provider": "sqlserver", "ConnectionStringFile": "connection.txt" } }""")
            .Database.ConnectionString.ShouldNotBeNull().Value.ShouldBe("Server=db;Integrated Security=true");
    }

    [Fact]
    public void A_secret_in_the_configuration_file_is_refused_and_not_repeated()
    {
        var json = MeshApi("https://mesh.example", "\"Password\": \"hush-hush\",");
        var message = Should.Throw<SettingsException>(() => Load(json, MeshSecrets[1])).Message;

        message.ShouldContain("Transport:MeshApi:Password is a secret and must not stand in the configuration file");
        message.ShouldContain("CPIS__TRANSPORT__MESHAPI__PASSWORD");
        message.ShouldNotContain("hush-hush");
    }

    [Fact]
    public void A_secret_given_twice_or_in_no_readable_file_is_refused()
    {
        Should.Throw<SettingsException>(() => Load(null, ("CPIS__DATABASE__CONNECTIONSTRING", "a"), ("CPIS__DATABASE__CONNECTIONSTRINGFILE", _folder.File("c", "b"))))
            .Message.ShouldContain("Database:ConnectionString and Database:ConnectionStringFile are both set");
        Should.Throw<SettingsException>(() => Load(null, ("CPIS__DATABASE__CONNECTIONSTRINGFILE", _folder.File("absent"))))
            .Message.Split('\n').ShouldHaveSingleItem().ShouldContain("names a file that does not exist");
        Should.Throw<SettingsException>(() => Load(null, ("CPIS__DATABASE__CONNECTIONSTRINGFILE", _folder.File("empty", "\n"))))
            .Message.ShouldContain("Database:ConnectionStringFile names an empty file");
    }

    [Fact]
    public void Whole_numbers_within_their_range_are_read_and_others_refused() =>
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), number =>
        {
            var load = () => Load(null, ("CPIS__RULES__UNBORNGRACEDAYS", number.ToString(System.Globalization.CultureInfo.InvariantCulture)));
            return number is >= 0 and <= 366
                ? load().Rules.UnbornGraceDays == number
                : Should.Throw<SettingsException>(() => load()).Message.Contains("UNBORNGRACEDAYS");
        }).QuickCheckThrowOnFailure();

    private static (string, string)[] MeshSecrets => [("CPIS__TRANSPORT__MESHAPI__PASSWORD", "p"), ("CPIS__TRANSPORT__MESHAPI__SHAREDKEY", "k")];

    private static string MeshApi(string url, string more = "") => $$"""
        { {{Council}}, "Transport": { "Kind": "mesh-api", "MeshApi": { "Url": "{{url}}", "Mailbox": "z12ot001", {{more}} "Recipient": "CPIS_1", "WorkflowIds": { "Upload": "UP_1" } } } }
        """;

    private CpisSettings Load(string? json, params (string Name, string Value)[] environment)
    {
        File.Delete(_folder.File("cpis.json"));
        if (json is not null)
        {
            _folder.File("cpis.json", json);
        }

        return SettingsLoader.Load(null, _folder.Path, environment.Select(e => KeyValuePair.Create(e.Name, e.Value)));
    }
}
