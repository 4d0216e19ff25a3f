using CpIs.Domain.Decisions;
using CpIs.Domain.Exchange;
using CpIs.Domain.Source;
using CpIs.Domain.Values;
using CpIs.Storage.Source;

namespace CpIs.Storage.Tests;

/// <summary>Synthetic people, plans and decisions.</summary>
internal static class Any
{
    public static readonly DateOnly Today = new(2026, 3, 10);
    public static readonly DateTimeOffset Now = new(2026, 3, 10, 1, 0, 0, TimeSpan.Zero);
    public static readonly TimeSpan Window = TimeSpan.FromHours(48);

    /// <summary>Valid numbers of the synthetic range, one after the other.</summary>
    public static NhsNumber Number(int index)
    {
        for (var i = 0; ; i++)
        {
            for (var check = 0; check <= 9; check++)
            {
                if (NhsNumber.TryParse($"999{i:D6}{check}", out var number) && index-- == 0)
                {
                    return number;
                }
            }
        }
    }

    public static Person Person(string id, int? number = null, bool isUnborn = false, string? mother = null, DateTimeOffset? changedAt = null, string? worker = null) =>
        new(id, number is { } n ? Number(n).Value : null, "Sample", "Alex", isUnborn ? null : new DateOnly(2020, 1, 1), isUnborn, isUnborn ? new DateOnly(2026, 6, 1) : null, mother, worker, null, null, changedAt);

    public static Plan Plan(string id, string personId, DateTimeOffset? changedAt = null) => new(id, personId, new DateOnly(2026, 1, 5), null, false, false, changedAt);

    public static LegalStatus Status(string id, string personId, DateTimeOffset? changedAt = null) => new(id, personId, "C2", new DateOnly(2026, 1, 5), null, false, changedAt);

    public static RecordKey Key(int number, PlanType? type = null, int startDay = 5) => new(Number(number), type ?? PlanType.Cpp, new DateOnly(2026, 1, startDay));

    /// <summary>A decision to send a record, or to remove one.</summary>
    public static Decision Decision(
        RecordKey key, string holder, DecisionKind kind = DecisionKind.New, IReadOnlyList<string>? sources = null, IReadOnlyList<string>? children = null, DateOnly? end = null, DateTimeOffset? changedAt = null)
    {
        DateOnly? delete = kind == DecisionKind.Remove ? Today : null;
        var reason = kind == DecisionKind.Remove ? Reasons.GoneFromSource : "";
        return new(
            holder, key.PlanType, sources ?? ["PL-" + holder], children ?? [holder], kind, reason, key.NhsNumber, key.Start, end, delete, null,
            new UploadRecord(key, new RecordContent(end, "Sample", "Alex", new DateOnly(2020, 1, 1), holder), delete, null, false), "", changedAt);
    }
}

/// <summary>Rows held in lists.</summary>
internal sealed class ListSource : ISource
{
    public List<Person> People { get; } = [];

    public List<Plan> Plans { get; } = [];

    public List<LegalStatus> Statuses { get; } = [];

    public List<Worker> Workers { get; } = [];

    public List<SetAsideRow> SetAside { get; } = [];

    public IAsyncEnumerable<SourceItem<Person>> PeopleAsync(CancellationToken cancellationToken) => Items(People);

    public IAsyncEnumerable<SourceItem<Plan>> PlansAsync(CancellationToken cancellationToken) => Items(Plans);

    public IAsyncEnumerable<SourceItem<LegalStatus>> LegalStatusesAsync(CancellationToken cancellationToken) => Items(Statuses);

    public IAsyncEnumerable<SourceItem<Worker>> WorkersAsync(CancellationToken cancellationToken) => Items(Workers);

    public IAsyncEnumerable<SetAsideRow> SetAsideEarlierAsync(CancellationToken cancellationToken) => SetAside.ToAsyncEnumerable();

    public string Locate(SourceTable table, string? rowId, long position) => $"{table} {position}";

    private static IAsyncEnumerable<SourceItem<T>> Items<T>(List<T> rows)
        where T : class => rows.Select((r, i) => new SourceItem<T>(r, null, i + 1)).ToAsyncEnumerable();
}
