using CpIs.Domain.Exchange;

namespace CpIs.Batch.Configuration;

/// <summary>Everything that can be configured (contract section 2), checked. An instance holds only values that are allowed.</summary>
/// <param name="Source">The configuration file read, or null when there was none.</param>
/// <param name="IsSampleAuthority">True when no <c>Authority</c> was configured and the invented sample council stands in for it.</param>
internal sealed record CpisSettings(
    string? Source,
    Authority Authority,
    bool IsSampleAuthority,
    DatabaseSettings Database,
    RulesSettings Rules,
    PayloadSettings Payload,
    TransportSettings Transport,
    InboundSettings Inbound,
    AlertSettings Alerts,
    ReconcileSettings Reconcile,
    ScheduleSettings Schedule,
    RetentionSettings Retention,
    LoggingSettings Logging);

/// <summary>The database products that the engine can keep its objects in.</summary>
internal enum DatabaseProvider
{
    Sqlite,
    SqlServer,
}

/// <param name="ConnectionString">Null only for SQLite: then <c>cpis.db</c> in the data folder. It may hold a password.</param>
internal sealed record DatabaseSettings(DatabaseProvider Provider, Secret? ConnectionString);

/// <param name="SharedLegalStatuses">Legal status codes shared as LAC (rule S2); at least one.</param>
/// <param name="RetentionMonths">Calendar months for which an ended CPP or LAC stays visible (rule S10).</param>
/// <param name="UnbornGraceDays">Days after its end for which an unborn child's plan stays visible (rule S6).</param>
/// <param name="MaxVanished">Removals as <c>gone-from-source</c> that one run may send (rule U10); null = the larger of 20 and 5% of those held.</param>
internal sealed record RulesSettings(
    IReadOnlyList<SharedLegalStatusSetting> SharedLegalStatuses,
    int RetentionMonths,
    int UnbornGraceDays,
    int? MaxVanished);

/// <summary>A legal status code that is shared, and from when to when, both days included; null = without limit.</summary>
internal sealed record SharedLegalStatusSetting(string Code, DateOnly? From, DateOnly? To);

/// <param name="Formats">Format names, at least one, none twice: the first is sent, the others are written beside it.</param>
/// <param name="MaxRecordsPerFile">A file is closed at this many records, but for units that must not be split (rule U7).</param>
internal sealed record PayloadSettings(IReadOnlyList<string> Formats, int MaxRecordsPerFile);

/// <summary>The ways to CP-IS.</summary>
internal enum TransportKind
{
    Folder,
    MeshClient,
    MeshApi,
}

/// <param name="MeshClient">Set when <paramref name="Kind"/> is <see cref="TransportKind.MeshClient"/>.</param>
/// <param name="MeshApi">Set when <paramref name="Kind"/> is <see cref="TransportKind.MeshApi"/>.</param>
internal sealed record TransportSettings(
    TransportKind Kind,
    FolderTransportSettings Folder,
    MeshClientSettings? MeshClient,
    MeshApiSettings? MeshApi);

/// <summary>Two plain folders; relative paths lie in the data folder.</summary>
internal sealed record FolderTransportSettings(string Out, string In);

/// <summary>The folders of an installed MESH client (reference mesh-api section 10).</summary>
/// <param name="Root">The mailbox's own folder; a relative path lies in the data folder.</param>
/// <param name="Mailbox">The council's MESH mailbox id.</param>
/// <param name="Recipient">The MESH mailbox id of CP-IS.</param>
/// <param name="Folders">Names of the folders below <paramref name="Root"/>.</param>
/// <param name="Compress">Whether the client is asked to compress.</param>
/// <param name="SettleSeconds">Age at which a file in the client's folders counts as complete.</param>
/// <param name="StalledMinutes">Age at which an upload not taken, or an incomplete pair, is told to the operator.</param>
internal sealed record MeshClientSettings(
    string Root,
    string Mailbox,
    string Recipient,
    WorkflowIds WorkflowIds,
    MeshClientFolders Folders,
    bool Compress,
    int SettleSeconds,
    int StalledMinutes);

/// <summary>Folder names of a MESH client; installations differ in their letter case.</summary>
internal sealed record MeshClientFolders(string Out, string In, string Sent, string Failed);

/// <summary>
/// MESH workflow ids as agreed with NHS England; MESH cannot be used without all four. Messages under any other workflow are left to
/// whoever shares the mailbox.
/// </summary>
/// <param name="Upload">Of the files that go out.</param>
/// <param name="Acknowledgement">Of CP-IS's answers to them.</param>
/// <param name="Access">Of access notifications.</param>
/// <param name="Inactive">Of inactive NHS number notifications.</param>
internal sealed record WorkflowIds(string Upload, string? Acknowledgement, string? Access, string? Inactive)
{
    /// <summary>The ids of inbound messages; empty = take everything in the mailbox.</summary>
    public IReadOnlyList<string> Inbound { get; } = [.. new[] { Acknowledgement, Access, Inactive }.OfType<string>()];
}

/// <summary>The MESH API (reference mesh-api sections 2 to 7).</summary>
/// <param name="Url">Base address, https (http only on loopback).</param>
/// <param name="Mailbox">The council's MESH mailbox id, upper case (reference mesh-api section 3).</param>
/// <param name="SharedKey">The environment's shared key.</param>
/// <param name="ClientCertificateFile">PFX, or PEM with <paramref name="ClientKeyFile"/>; MESH cannot be used without.</param>
/// <param name="TrustedRootsFile">PEM with the roots that sign the server's certificate, the only ones trusted; MESH cannot be used without.</param>
/// <param name="CheckRevocation">Whether revocation lists are asked, online.</param>
/// <param name="TimeoutSeconds">For one request with its answer.</param>
/// <param name="ConnectTimeoutSeconds">For a connection to be made.</param>
/// <param name="WaitBeforeResendSeconds">Between MESH not knowing a file whose sending broke off and its being sent again.</param>
/// <param name="ChunkMegabytes">Files above this size, before compression, are sent in chunks of it.</param>
/// <param name="Compress">Whether what is sent is compressed, each chunk by itself.</param>
/// <param name="SendChecksum">Whether the SHA-256 is sent along.</param>
/// <param name="VerifyChecksum">Whether a checksum that comes with a message is compared.</param>
/// <param name="MaxMessageMegabytes">Larger messages stay with MESH and are told to the operator.</param>
internal sealed record MeshApiSettings(
    Uri Url,
    string Mailbox,
    string Recipient,
    WorkflowIds WorkflowIds,
    Secret Password,
    Secret SharedKey,
    string? ClientCertificateFile,
    string? ClientKeyFile,
    Secret? ClientCertificatePassword,
    string? TrustedRootsFile,
    bool CheckRevocation,
    int TimeoutSeconds,
    int ConnectTimeoutSeconds,
    int WaitBeforeResendSeconds,
    int ChunkMegabytes,
    bool Compress,
    bool SendChecksum,
    bool VerifyChecksum,
    int MaxMessageMegabytes);

/// <param name="MaxMegabytes">Larger inbound files are quarantined unread; 1 megabyte = 1,048,576 bytes.</param>
internal sealed record InboundSettings(int MaxMegabytes)
{
    public long MaxBytes => MaxMegabytes * 1024L * 1024L;
}

/// <param name="DueDays">Calendar days from an alert's issue to its due date.</param>
/// <param name="DutyRole">Who gets what no worker or manager can take; <c>{team}</c> in it stands for the team (rule A8).</param>
internal sealed record AlertSettings(int DueDays, string DutyRole, AccessPatternSettings Pattern);

/// <summary>What makes accesses a pattern (rule A7): so many accesses in so many days, or so many organisations in so many days.</summary>
internal sealed record AccessPatternSettings(int Accesses, int Days, int Organisations, int OrganisationDays);

/// <param name="AcknowledgementHours">After so long without an answer a file counts as lost (rule U9).</param>
/// <param name="MatchRateFloor">Fraction from 0 to 1 (rule K5).</param>
internal sealed record ReconcileSettings(int AcknowledgementHours, decimal MatchRateFloor);

/// <summary>Where the schedule itself is kept.</summary>
internal enum ScheduleStoreKind
{
    /// <summary>Nowhere: a missed job is known by the last run in the council's database.</summary>
    Memory,
    Sqlite,
    SqlServer,
    PostgreSql,
}

/// <summary>How <c>cpis schedule</c> works.</summary>
/// <param name="JobsFolder">Where it finds its job files; a relative path is taken from the configuration file's folder.</param>
/// <param name="MaxConcurrent">Jobs that one node runs at once; those of one council never run together.</param>
/// <param name="StopSeconds">How long a job may take to stop when it is asked to, before it is ended.</param>
/// <param name="Councils">One configuration file each; empty = the one council of the configuration itself.</param>
/// <param name="CouncilsFolder">A folder whose <c>*.json</c> are such files too; a relative path is taken from the configuration file's folder.</param>
internal sealed record ScheduleSettings(
    string JobsFolder,
    int MaxConcurrent,
    int StopSeconds,
    ScheduleStoreSettings Store,
    IReadOnlyList<CouncilSetting> Councils,
    string? CouncilsFolder,
    HealthSettings Health,
    TelemetrySettings Telemetry);

/// <param name="ConnectionString">Set when <paramref name="Kind"/> is SQL Server or PostgreSQL; null for SQLite = <c>schedule.db</c> in the data folder.</param>
/// <param name="InstanceName">The schedule's name: the same on every node that shares it.</param>
/// <param name="InstanceId">This node's own name; null = made from the machine's name at each start.</param>
/// <param name="CheckinSeconds">How often a node says that it is alive; after three times as long without a word its jobs are taken over.</param>
internal sealed record ScheduleStoreSettings(ScheduleStoreKind Kind, Secret? ConnectionString, string InstanceName, string? InstanceId, int CheckinSeconds)
{
    /// <summary>Several nodes may share these stores, so every node on them is one of a cluster.</summary>
    public bool IsClustered => Kind is ScheduleStoreKind.SqlServer or ScheduleStoreKind.PostgreSql;
}

/// <summary>One council of many.</summary>
/// <param name="Config">Its configuration file, in full.</param>
/// <param name="Name">How it is called in logs and metrics; null = the file's name without its ending.</param>
/// <param name="Data">Its data folder, a relative one lies in the scheduler's; null = <c>councils/NAME</c>.</param>
internal sealed record CouncilSetting(string Config, string? Name, string? Data);

/// <summary>The health endpoint of <c>cpis schedule</c>.</summary>
/// <param name="Port">TCP port; null = none.</param>
/// <param name="Address">The address that it listens on; anything but loopback shows it to the network.</param>
/// <param name="MaxNightHours">A last finished night older than this is unhealthy.</param>
internal sealed record HealthSettings(int? Port, System.Net.IPAddress Address, int MaxNightHours);

/// <summary>Where metrics and traces are sent. Headers with secrets come from the environment, <c>OTEL_EXPORTER_OTLP_HEADERS</c>.</summary>
/// <param name="Endpoint">The collector's base address; null = none, unless <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> names one.</param>
/// <param name="Grpc">gRPC instead of protobuf over HTTP; null = as <c>OTEL_EXPORTER_OTLP_PROTOCOL</c> says, else HTTP.</param>
internal sealed record TelemetrySettings(Uri? Endpoint, bool? Grpc);

/// <summary>Days for which run folders and payload files are kept.</summary>
internal sealed record RetentionSettings(int RunDays, int PayloadDays);

/// <summary>How much is logged; <see cref="Off"/> is nothing.</summary>
internal enum LogDetail
{
    Debug,
    Information,
    Warning,
    Error,
    Off,
}

/// <param name="FileMegabytes">A day's log file is continued in a further one above this size.</param>
/// <param name="FileDays">Days for which log files are kept.</param>
internal sealed record LoggingSettings(LogDetail Level, int FileMegabytes, int FileDays);
