using System.Net;
using System.Text.RegularExpressions;
using CpIs.Domain.Exchange;

namespace CpIs.Batch.Configuration;

/// <summary>Finds, reads and checks the configuration.</summary>
internal static partial class SettingsLoader
{
    /// <summary>The file looked for in the working folder when <c>--config</c> is not given.</summary>
    public const string DefaultFileName = "cpis.json";

    /// <summary>The invented council of <c>samples/</c>. Its telephone numbers are from the range kept free for fiction.</summary>
    public static readonly Authority SampleAuthority = new("X99", "X99", "Sampleshire Council", "01632960001", "01632960002");

    /// <summary>The payload formats there are.</summary>
    public static IReadOnlyList<string> Formats { get; } = ["hl7v3", "fhir", "flat"];

    /// <param name="configFile">The file named by <c>--config</c>, or null to look for <see cref="DefaultFileName"/>.</param>
    /// <param name="workingFolder">Where the default file is looked for, and what relative paths without a file are taken from.</param>
    /// <param name="environment">Environment variables; those that begin with <c>CPIS__</c> override the file.</param>
    /// <exception cref="SettingsException">Something is wrong; every problem found is told, each with its key.</exception>
    public static CpisSettings Load(string? configFile, string workingFolder, IEnumerable<KeyValuePair<string, string>> environment)
    {
        var file = Path.Combine(workingFolder, configFile ?? DefaultFileName);
        if (!File.Exists(file))
        {
            if (configFile is not null)
            {
                throw new SettingsException([$"--config names a file that does not exist: {configFile}"]);
            }

            file = null;
        }

        var entries = SettingsEntries.Gather(file, environment);
        var reader = new SettingsReader(entries, file is null ? workingFolder : Path.GetDirectoryName(file)!);
        var settings = Read(reader, file);
        reader.RefuseUnknown();
        return reader.Problems.Count == 0 ? settings : throw new SettingsException(reader.Problems);
    }

    /// <summary>Every key there is; lists with the entries of their defaults.</summary>
    public static IReadOnlyCollection<string> Keys()
    {
        var reader = new SettingsReader(SettingsEntries.Gather(file: null, []), Path.GetTempPath());
        Read(reader, file: null);
        return reader.Known;
    }

    private static CpisSettings Read(SettingsReader reader, string? file)
    {
        var kind = reader.Choice(
            "Transport:Kind",
            TransportKind.Folder,
            ("folder", TransportKind.Folder),
            ("mesh-client", TransportKind.MeshClient),
            ("mesh-api", TransportKind.MeshApi));
        var isSample = !reader.HasAny("Authority");
        if (isSample && kind != TransportKind.Folder)
        {
            reader.Problems.Add("Authority is required unless Transport:Kind is folder: nothing may be sent to MESH in the sample council's name.");
        }

        var authority = ReadAuthority(reader, isSample);
        if (!isSample && kind != TransportKind.Folder && (authority.OdsCode, authority.Name) == (SampleAuthority.OdsCode, SampleAuthority.Name))
        {
            reader.Problems.Add("Authority is the sample council's: unless Transport:Kind is folder, it must be another's, so that nothing is sent to MESH in its name.");
        }

        return new CpisSettings(
            file,
            authority,
            isSample,
            ReadDatabase(reader),
            ReadRules(reader),
            ReadPayload(reader),
            ReadTransport(reader, kind),
            new InboundSettings(reader.Number("Inbound:MaxMegabytes", 50, 1, 2000)),
            ReadAlerts(reader),
            new ReconcileSettings(
                reader.Number("Reconcile:AcknowledgementHours", 48, 1, 24 * 30),
                reader.Fraction("Reconcile:MatchRateFloor", 0.95m)),
            ReadSchedule(reader),
            new RetentionSettings(
                reader.Number("Retention:RunDays", 90, 1, 3660),
                reader.Number("Retention:PayloadDays", 400, 1, 3660)),
            new LoggingSettings(
                reader.Choice("Logging:Level", LogDetail.Information, LogDetails),
                reader.Number("Logging:FileMegabytes", 50, 1, 2000),
                reader.Number("Logging:FileDays", 90, 1, 3660)));
    }

    /// <summary>The names of log levels, for the configuration and for <c>--log-level</c>.</summary>
    public static (string Name, LogDetail Value)[] LogDetails { get; } =
    [
        ("debug", LogDetail.Debug),
        ("information", LogDetail.Information),
        ("warning", LogDetail.Warning),
        ("error", LogDetail.Error),
        ("off", LogDetail.Off),
    ];

    private static Authority ReadAuthority(SettingsReader reader, bool isSample)
    {
        const string Phone = "digits, with an optional + before them";
        string Ask(string key, string expected, Regex pattern, string sample, int maxLength) =>
            isSample ? reader.Text(key) ?? sample : reader.Required(key, expected, pattern.IsMatch, maxLength);

        return new Authority(
            Ask("Authority:Code", "1 to 20 letters, digits or hyphens", CouncilCode(), SampleAuthority.Code, 20),
            Ask("Authority:OdsCode", "an ODS code, 3 to 10 letters and digits", OdsCode(), SampleAuthority.OdsCode, 10).ToUpperInvariant(),
            Ask("Authority:Name", "the council's name", AnyText(), SampleAuthority.Name, 200),
            reader.Optional("Authority:OfficePhone", Phone, PhoneNumber().IsMatch, isSample ? SampleAuthority.OfficePhone : null),
            Ask("Authority:EmergencyDutyPhone", Phone, PhoneNumber(), SampleAuthority.EmergencyDutyPhone, 30));
    }

    private static DatabaseSettings ReadDatabase(SettingsReader reader)
    {
        var provider = reader.Choice(
            "Database:Provider",
            DatabaseProvider.Sqlite,
            ("sqlite", DatabaseProvider.Sqlite),
            ("sqlserver", DatabaseProvider.SqlServer));
        var problems = reader.Problems.Count;
        var connection = reader.Secret("Database:ConnectionString", allowInFile: true);
        if (provider == DatabaseProvider.SqlServer && connection is null && reader.Problems.Count == problems)
        {
            reader.Problems.Add("Database:ConnectionString (or Database:ConnectionStringFile) is required when Database:Provider is sqlserver.");
        }

        if (connection is not null && reader.StandsInFile("Database:ConnectionString") && HoldsPassword().IsMatch(connection.Value))
        {
            reader.Problems.Add("Database:ConnectionString holds a password, which must not stand in the configuration file: set CPIS__DATABASE__CONNECTIONSTRING, or name a file in Database:ConnectionStringFile.");
        }

        return new DatabaseSettings(provider, connection);
    }

    private static RulesSettings ReadRules(SettingsReader reader)
    {
        var statuses = reader.List("Rules:SharedLegalStatuses", key =>
        {
            var status = new SharedLegalStatusSetting(
                reader.Required($"{key}:Code", "a legal status code, 1 to 10 letters and digits", LegalStatusCode().IsMatch).ToUpperInvariant(),
                reader.Date($"{key}:From"),
                reader.Date($"{key}:To"));
            if (status.To < status.From)
            {
                reader.Problems.Add($"{key}:To is before {key}:From.");
            }

            return status;
        });
        if (statuses.Count == 0)
        {
            reader.Problems.Add("Rules:SharedLegalStatuses must name at least one code: with none, no looked-after child would be shared.");
        }

        return new RulesSettings(
            statuses,
            reader.Number("Rules:RetentionMonths", 12, 1, 120),
            reader.Number("Rules:UnbornGraceDays", 28, 0, 366),
            reader.NumberOrNone("Rules:MaxVanished", 0, 1_000_000));
    }

    private static PayloadSettings ReadPayload(SettingsReader reader)
    {
        var formats = reader.List("Payload:Formats", key =>
            reader.Required(key, $"one of {string.Join(", ", Formats)}", t => Formats.Contains(t, StringComparer.OrdinalIgnoreCase)).ToLowerInvariant());
        if (formats.Count == 0)
        {
            reader.Problems.Add("Payload:Formats must name at least one format.");
        }

        foreach (var twice in formats.GroupBy(f => f, StringComparer.Ordinal).Where(g => g.Key.Length > 0 && g.Skip(1).Any()))
        {
            reader.Problems.Add($"Payload:Formats names {twice.Key} twice.");
        }

        return new PayloadSettings(formats, reader.Number("Payload:MaxRecordsPerFile", 1000, 1, 1_000_000));
    }

    private static TransportSettings ReadTransport(SettingsReader reader, TransportKind kind)
    {
        var folder = new FolderTransportSettings(
            reader.Text("Transport:Folder:Out", "outbox", 4096) ?? "outbox",
            reader.Text("Transport:Folder:In", "inbox", 4096) ?? "inbox");
        if (string.Equals(folder.Out, folder.In, StringComparison.OrdinalIgnoreCase))
        {
            reader.Problems.Add("Transport:Folder:Out and Transport:Folder:In must be different folders.");
        }

        return new TransportSettings(
            kind,
            folder,
            ReadMeshClient(reader, kind == TransportKind.MeshClient),
            ReadMeshApi(reader, kind == TransportKind.MeshApi));
    }

    private static MeshClientSettings? ReadMeshClient(SettingsReader reader, bool isUsed)
    {
        const string Section = "Transport:MeshClient";
        var settings = new MeshClientSettings(
            reader.Text($"{Section}:Root", "mesh", 4096) ?? "mesh",
            MeshText(reader, $"{Section}:Mailbox", "the council's MESH mailbox id", isUsed),
            MeshText(reader, $"{Section}:Recipient", "the MESH mailbox id of CP-IS", isUsed),
            ReadWorkflowIds(reader, Section, isUsed),
            new MeshClientFolders(
                FolderName(reader, $"{Section}:Folders:Out", "out"),
                FolderName(reader, $"{Section}:Folders:In", "in"),
                FolderName(reader, $"{Section}:Folders:Sent", "sent"),
                FolderName(reader, $"{Section}:Folders:Failed", "failed")),
            reader.Flag($"{Section}:Compress", true),
            reader.Number($"{Section}:SettleSeconds", 5, 0, 86_400),
            reader.Number($"{Section}:StalledMinutes", 120, 1, 10_080));
        return isUsed ? settings : null;
    }

    private static MeshApiSettings? ReadMeshApi(SettingsReader reader, bool isUsed)
    {
        const string Section = "Transport:MeshApi";
        Secret AskSecret(string name)
        {
            var problems = reader.Problems.Count;
            var secret = reader.Secret($"{Section}:{name}");
            if (secret is null && isUsed && reader.Problems.Count == problems)
            {
                reader.Problems.Add($"{Section}:{name} (or {Section}:{name}File) is required when Transport:Kind is mesh-api.");
            }

            return secret ?? new Secret(string.Empty);
        }

        Uri? url = null;
        bool IsUrl(string text) => Uri.TryCreate(text, UriKind.Absolute, out url)
            && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback))
            && url.UserInfo.Length == 0 && url.Query.Length == 0;
        const string Expected = "an https address (http only on this machine) without user or query";
        _ = isUsed ? reader.Required($"{Section}:Url", Expected, IsUrl) : reader.Optional($"{Section}:Url", Expected, IsUrl);

        var certificate = reader.FilePath($"{Section}:ClientCertificateFile");
        var key = reader.FilePath($"{Section}:ClientKeyFile");
        if (certificate is null && key is not null)
        {
            reader.Problems.Add($"{Section}:ClientKeyFile needs {Section}:ClientCertificateFile.");
        }

        var settings = new MeshApiSettings(
            url ?? new Uri("https://localhost/"),
            MeshText(reader, $"{Section}:Mailbox", "the council's MESH mailbox id", isUsed).ToUpperInvariant(),
            MeshText(reader, $"{Section}:Recipient", "the MESH mailbox id of CP-IS", isUsed),
            ReadWorkflowIds(reader, Section, isUsed),
            AskSecret("Password"),
            AskSecret("SharedKey"),
            certificate,
            key,
            reader.Secret($"{Section}:ClientCertificatePassword"),
            reader.FilePath($"{Section}:TrustedRootsFile"),
            reader.Flag($"{Section}:CheckRevocation", false),
            reader.Number($"{Section}:TimeoutSeconds", 600, 5, 3600),
            reader.Number($"{Section}:ConnectTimeoutSeconds", 30, 1, 300),
            reader.Number($"{Section}:WaitBeforeResendSeconds", 300, 5, 3600),
            reader.Number($"{Section}:ChunkMegabytes", 75, 5, 90),
            reader.Flag($"{Section}:Compress", true),
            reader.Flag($"{Section}:SendChecksum", false),
            reader.Flag($"{Section}:VerifyChecksum", true),
            reader.Number($"{Section}:MaxMessageMegabytes", 1024, 1, 102_400));
        return isUsed ? settings : null;
    }

    private static WorkflowIds ReadWorkflowIds(SettingsReader reader, string section, bool isUsed)
    {
        const string Expected = "a MESH workflow id";
        return new WorkflowIds(
            MeshText(reader, $"{section}:WorkflowIds:Upload", "the MESH workflow id of uploads", isUsed),
            reader.Optional($"{section}:WorkflowIds:Acknowledgement", Expected, MeshId().IsMatch),
            reader.Optional($"{section}:WorkflowIds:Access", Expected, MeshId().IsMatch),
            reader.Optional($"{section}:WorkflowIds:Inactive", Expected, MeshId().IsMatch));
    }

    private static string MeshText(SettingsReader reader, string key, string expected, bool isUsed) =>
        isUsed ? reader.Required(key, $"{expected}, letters, digits, hyphens and underscores", MeshId().IsMatch, 100) : reader.Text(key) ?? string.Empty;

    private static string FolderName(SettingsReader reader, string key, string fallback) =>
        reader.Optional(key, "a folder name without separators", t => !t.AsSpan().ContainsAny('/', '\\') && t is not ("." or ".."), fallback) ?? fallback;

    private static AlertSettings ReadAlerts(SettingsReader reader) => new(
        reader.Number("Alerts:DueDays", 2, 0, 366),
        reader.Optional("Alerts:DutyRole", "a role name of at most 100 characters in which no placeholder but {team} stands", IsDutyRole, "CP-IS duty {team}") ?? "CP-IS duty {team}",
        new AccessPatternSettings(
            reader.Number("Alerts:Pattern:Accesses", 3, 2, 1000),
            reader.Number("Alerts:Pattern:Days", 30, 1, 366),
            reader.Number("Alerts:Pattern:Organisations", 2, 2, 1000),
            reader.Number("Alerts:Pattern:OrganisationDays", 7, 1, 366)));

    private static ScheduleSettings ReadSchedule(SettingsReader reader) => new(
        reader.Text("Schedule:JobsFolder", "jobs", 4096) ?? "jobs",
        reader.Number("Schedule:MaxConcurrent", 4, 1, 64),
        reader.Number("Schedule:StopSeconds", 30, 1, 600),
        ReadScheduleStore(reader),
        reader.List("Schedule:Councils", key => new CouncilSetting(
            reader.FilePath($"{key}:Config") ?? Missing(reader, $"{key}:Config is required: the council's configuration file."),
            reader.Optional($"{key}:Name", "1 to 60 letters, digits, dots, hyphens and underscores", CouncilName().IsMatch),
            reader.Text($"{key}:Data", maxLength: 4096))),
        reader.Text("Schedule:CouncilsFolder", maxLength: 4096),
        ReadHealth(reader),
        ReadTelemetry(reader));

    private static string Missing(SettingsReader reader, string problem)
    {
        reader.Problems.Add(problem);
        return string.Empty;
    }

    private static ScheduleStoreSettings ReadScheduleStore(SettingsReader reader)
    {
        const string Section = "Schedule:Store";
        var kind = reader.Choice(
            $"{Section}:Kind",
            ScheduleStoreKind.Memory,
            ("memory", ScheduleStoreKind.Memory),
            ("sqlite", ScheduleStoreKind.Sqlite),
            ("sqlserver", ScheduleStoreKind.SqlServer),
            ("postgresql", ScheduleStoreKind.PostgreSql));
        var problems = reader.Problems.Count;
        var connection = reader.Secret($"{Section}:ConnectionString", allowInFile: true);
        var settings = new ScheduleStoreSettings(
            kind,
            connection,
            reader.Optional($"{Section}:InstanceName", "1 to 60 letters, digits, dots, hyphens and underscores", CouncilName().IsMatch, "cpis") ?? "cpis",
            reader.Optional($"{Section}:InstanceId", "1 to 60 letters, digits, dots, hyphens and underscores", CouncilName().IsMatch),
            reader.Number($"{Section}:CheckinSeconds", 10, 1, 600));
        if (settings.IsClustered && connection is null && reader.Problems.Count == problems)
        {
            reader.Problems.Add($"{Section}:ConnectionString (or {Section}:ConnectionStringFile) is required when {Section}:Kind is sqlserver or postgresql.");
        }

        return settings;
    }

    private static HealthSettings ReadHealth(SettingsReader reader)
    {
        IPAddress? address = null;
        reader.Optional("Schedule:Health:Address", "an IP address", t => IPAddress.TryParse(t, out address), "127.0.0.1");
        return new HealthSettings(
            reader.NumberOrNone("Schedule:Health:Port", 1, 65535), address ?? IPAddress.Loopback, reader.Number("Schedule:Health:MaxNightHours", 26, 1, 24 * 30));
    }

    private static TelemetrySettings ReadTelemetry(SettingsReader reader)
    {
        Uri? endpoint = null;
        reader.Optional(
            "Schedule:Telemetry:Endpoint",
            "an http or https address without user or query",
            t => Uri.TryCreate(t, UriKind.Absolute, out endpoint) && endpoint.Scheme is ("http" or "https") && endpoint.UserInfo.Length == 0 && endpoint.Query.Length == 0);
        return new TelemetrySettings(endpoint, reader.Choice<bool?>("Schedule:Telemetry:Protocol", null, ("http/protobuf", false), ("grpc", true)));
    }

    private static bool IsDutyRole(string text)
    {
        var rest = text.Replace("{team}", string.Empty, StringComparison.Ordinal);
        return text.Length <= 100 && rest.Trim().Length > 0 && !rest.AsSpan().ContainsAny('{', '}');
    }

    [GeneratedRegex(@"^[A-Za-z0-9-]{1,20}\z", RegexOptions.None, 1000)]
    private static partial Regex CouncilCode();

    [GeneratedRegex(@"^[A-Za-z0-9]{3,10}\z", RegexOptions.None, 1000)]
    private static partial Regex OdsCode();

    [GeneratedRegex(@"^[A-Za-z0-9]{1,10}\z", RegexOptions.None, 1000)]
    private static partial Regex LegalStatusCode();

    [GeneratedRegex(@"^\+?[0-9]{3,20}\z", RegexOptions.None, 1000)]
    private static partial Regex PhoneNumber();

    [GeneratedRegex(@"^[A-Za-z0-9_-]{1,100}\z", RegexOptions.None, 1000)]
    private static partial Regex MeshId();

    [GeneratedRegex(@"(^|;)\s*(password|pwd)\s*=\s*[^;\s]", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex HoldsPassword();

    [GeneratedRegex(@"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,59}\z", RegexOptions.None, 1000)]
    public static partial Regex CouncilName();

    [GeneratedRegex(@"\S", RegexOptions.None, 1000)]
    private static partial Regex AnyText();
}
