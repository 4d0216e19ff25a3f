using System.Globalization;
using CpIs.Domain.Decisions;
using CpIs.Domain.Ledger;
using CpIs.Domain.Source;
using CpIs.Domain.Values;
using CpIs.Storage.Source;
using Shouldly;

namespace CpIs.Batch.Tests.Samples;

/// <summary>The rules as built decide of the sample council what was worked out by hand from the rules as written.</summary>
public sealed class SampleDecisionsTests
{
    private static readonly DateOnly s_nightOne = new(2026, 3, 10);
    private static readonly DateOnly s_nightTwo = new(2026, 3, 11);

    [Fact]
    public async Task Both_nights_are_decided_as_expected()
    {
        var first = await DecideAsync("council", s_nightOne, []);
        ShouldAgree(first, "council");

        // All of it is sent and confirmed.
        var told = Night(s_nightOne);
        var ledger = first.Where(d => d.Record is not null)
            .Select((d, i) => new LedgerEvent(
                d.Record!.Key, new SequenceNumber(1), i + 1, IsRemoval: false, d.Record.Content, DeleteDate: null, d.Record.VisibleUntil, d.Record.EndIsForecast,
                d.SourceIds, d.ChildIds, d.Cause, told, RecordOutcome.Confirmed, RejectionCode: null))
            .Select(e => new LedgerEntry(e.Key, [e]))
            .ToList();
        var second = await DecideAsync("council-night-two", s_nightTwo, ledger);
        ShouldAgree(second, "council-night-two");
    }

    private static async Task<List<Decision>> DecideAsync(string folder, DateOnly today, List<LedgerEntry> ledger)
    {
        var source = await ExtractFolder.OpenAsync(Repository.File("samples", folder), today, CancellationToken.None);
        var setAside = new List<SetAsideRow>();
        var people = (await ReadAsync(source.PeopleAsync(CancellationToken.None), setAside)).ToDictionary(p => p.PersonId);
        var plans = (await ReadAsync(source.PlansAsync(CancellationToken.None), setAside)).ToLookup(p => p.PersonId);
        var statuses = (await ReadAsync(source.LegalStatusesAsync(CancellationToken.None), setAside)).ToLookup(s => s.PersonId);
        setAside.Count.ShouldBe(1);

        var ids = people.Keys.Concat(plans.Select(g => g.Key)).Concat(statuses.Select(g => g.Key)).ToHashSet(StringComparer.Ordinal);
        string HouseholdOf(string id) => people.GetValueOrDefault(id)?.MotherPersonId ?? id;
        var inScope = people.Values.Where(p => !p.IsUnborn && (plans.Contains(p.PersonId) || statuses.Contains(p.PersonId)))
            .Concat(people.Values.Where(p => p.IsUnborn && p.MotherPersonId is not null).Select(p => people[p.MotherPersonId!]))
            .DistinctBy(p => p.PersonId)
            .Select(p => (p.PersonId, Number: NhsNumber.TryParse(p.NhsNumber, out var n) ? n : null));
        var shared = inScope.Where(p => p.Number is not null).GroupBy(p => p.Number!).Where(g => g.Count() > 1).Select(g => g.Key).ToHashSet();

        var context = new DecisionContext(today, Night(today), RuleSettings.Default);
        var decisions = new List<Decision>();
        foreach (var group in ids.GroupBy(HouseholdOf))
        {
            var members = group.Order(StringComparer.Ordinal).ToList();
            var household = new Household(
                [.. members.Select(id => new PersonCase(
                    id, people.GetValueOrDefault(id), [.. plans[id]], [.. statuses[id]], [.. setAside.Where(r => r.PersonId == id)]))],
                [.. ledger.Where(e => members.Contains(e.Last!.HolderId) || e.Last.ChildIds.Any(members.Contains))],
                shared,
                new HashSet<NhsNumber>());
            decisions.AddRange(HouseholdDecider.Decide(household, context).Decisions);
        }

        return decisions;
    }

    private static async Task<List<T>> ReadAsync<T>(IAsyncEnumerable<SourceItem<T>> items, List<SetAsideRow> setAside)
        where T : class
    {
        var rows = new List<T>();
        await foreach (var item in items)
        {
            if (item.Row is not null)
            {
                rows.Add(item.Row);
            }
            else
            {
                setAside.Add(item.SetAside!);
            }
        }

        return rows;
    }

    private static void ShouldAgree(IEnumerable<Decision> decisions, string folder)
    {
        var (actual, expected) = (Lines(decisions).ToList(), File.ReadLines(Repository.File("samples", folder, "expected-decisions.csv")).Skip(1).ToList());
        actual.Except(expected).ShouldBeEmpty();
        expected.Except(actual).ShouldBeEmpty();
        actual.Count.ShouldBe(expected.Count);
    }

    private static DateTimeOffset Night(DateOnly date) => new(date.ToDateTime(new TimeOnly(2, 0)), TimeSpan.Zero);

    private static IEnumerable<string> Lines(IEnumerable<Decision> decisions) => decisions.Select(d => string.Join(
        ',',
        d.PersonId,
        d.PlanType,
        d.PlanType.SubjectRole.ToString().ToLowerInvariant(),
        string.Join(';', d.SourceIds),
        d.Kind.ToString().ToLowerInvariant(),
        d.Reason,
        d.NhsNumber?.Value,
        Text(d.Start),
        Text(d.End),
        Text(d.DeleteDate),
        Text(d.VisibleUntil)));

    private static string? Text(DateOnly? date) => date?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
