using CpIs.Domain.Alerts;

namespace CpIs.Batch.Ingest;

/// <summary>What an ingest did.</summary>
/// <param name="Messages">Messages that had never come before.</param>
/// <param name="Repeated">Deliveries of bytes that had come before: counted, nothing else (rule K3).</param>
/// <param name="Applied">Messages applied, in whole or in part.</param>
/// <param name="Quarantined">Messages set aside, in whole or in part (rules A11, K6).</param>
/// <param name="Accesses">Accesses recorded that were not known before.</param>
/// <param name="KnownAccesses">Accesses that were recorded before (rule A3).</param>
/// <param name="Unmatched">Of <paramref name="Accesses"/>, those that match nobody.</param>
/// <param name="Rematched">Accesses of earlier runs that found their file now (rule A4).</param>
/// <param name="EmptyNotifications">Notifications without any access (rule A10).</param>
/// <param name="InactiveNumbers">Inactive numbers notified (rule A6).</param>
/// <param name="Acknowledgements">Answers to upload files.</param>
/// <param name="Rejected">Records that CP-IS refused.</param>
/// <param name="TransportReports">Reports of the transport on our files.</param>
/// <param name="Delayed">Items that wait at the transport and could not be taken.</param>
/// <param name="OtherWorkflows">Items at the transport that are for somebody else.</param>
/// <param name="Alerts">Alerts raised, by type.</param>
/// <param name="NeedsOperator">True when exit code 5 is due (contract section 1).</param>
/// <param name="Problem">Why the transport could not be used to the end, or null; everything that had come in was applied all the same.</param>
internal sealed record IngestResult(
    int Messages,
    int Repeated,
    int Applied,
    int Quarantined,
    int Accesses,
    int KnownAccesses,
    int Unmatched,
    int Rematched,
    int EmptyNotifications,
    int InactiveNumbers,
    int Acknowledgements,
    int Rejected,
    int TransportReports,
    int Delayed,
    int OtherWorkflows,
    IReadOnlyDictionary<string, int> Alerts,
    bool NeedsOperator,
    string? Problem);

/// <summary>Counts of one unit of work, added to the run's when it is committed.</summary>
internal sealed class IngestTally
{
    private readonly Dictionary<AlertType, int> _alerts = [];

    public int Messages { get; set; }

    public int Repeated { get; set; }

    public int Applied { get; set; }

    public int Quarantined { get; set; }

    public int Accesses { get; set; }

    public int KnownAccesses { get; set; }

    public int Unmatched { get; set; }

    public int Rematched { get; set; }

    public int EmptyNotifications { get; set; }

    public int InactiveNumbers { get; set; }

    public int Acknowledgements { get; set; }

    public int Rejected { get; set; }

    public int TransportReports { get; set; }

    /// <summary>True when a role alert was called for that does not merely stand in, raised now or still open from before.</summary>
    public bool CalledOperator { get; set; }

    public void Raised(AlertType type) => _alerts[type] = _alerts.GetValueOrDefault(type) + 1;

    public void Add(IngestTally other)
    {
        Messages += other.Messages;
        Repeated += other.Repeated;
        Applied += other.Applied;
        Quarantined += other.Quarantined;
        Accesses += other.Accesses;
        KnownAccesses += other.KnownAccesses;
        Unmatched += other.Unmatched;
        Rematched += other.Rematched;
        EmptyNotifications += other.EmptyNotifications;
        InactiveNumbers += other.InactiveNumbers;
        Acknowledgements += other.Acknowledgements;
        Rejected += other.Rejected;
        TransportReports += other.TransportReports;
        CalledOperator |= other.CalledOperator;
        foreach (var (type, number) in other._alerts)
        {
            _alerts[type] = _alerts.GetValueOrDefault(type) + number;
        }
    }

    public IngestResult ToResult(int delayed, int otherWorkflows, string? problem) => new(
        Messages,
        Repeated,
        Applied,
        Quarantined,
        Accesses,
        KnownAccesses,
        Unmatched,
        Rematched,
        EmptyNotifications,
        InactiveNumbers,
        Acknowledgements,
        Rejected,
        TransportReports,
        delayed,
        otherWorkflows,
        AlertType.All.Where(_alerts.ContainsKey).ToDictionary(t => t.Code, t => _alerts[t], StringComparer.Ordinal),
        CalledOperator || Rejected > 0,
        problem);
}
