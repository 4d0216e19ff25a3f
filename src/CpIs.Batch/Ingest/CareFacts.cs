using CpIs.Batch.Steps;
using CpIs.Domain.Accesses;
using CpIs.Domain.Alerts;
using CpIs.Domain.Decisions;
using CpIs.Domain.Ledger;
using CpIs.Domain.Source;
using CpIs.Domain.Values;
using CpIs.Storage.Ledger;
using CpIs.Storage.Source;
using CpIs.Storage.Workspaces;

namespace CpIs.Batch.Ingest;

/// <summary>What the care database and the ledger know about the people of an inbound message.</summary>
internal sealed class CareFacts : IAsyncDisposable
{
    private const int MostRemembered = 1000;
    private readonly string _folder;
    private readonly Workspace _workspace;
    private readonly LedgerStore _ledger;
    private readonly Dictionary<(string? Number, string LocalId), AccessFacts> _remembered = [];

    private CareFacts(string folder, Workspace workspace, LedgerStore ledger)
    {
        _folder = folder;
        _workspace = workspace;
        _ledger = ledger;
    }

    /// <summary>Reads the care database as it is now.</summary>
    public static async Task<CareFacts> OpenAsync(CouncilRun run, CancellationToken cancellationToken)
    {
        var workspace = await Workspace.CreateAsync(run.Folder, cancellationToken);
        try
        {
            await workspace.LoadAsync(new SourceReader(run.Session, run.Context.BusinessDate), cancellationToken);
            await workspace.LinkAsync((SourceRestriction?)null, cancellationToken);
            return new CareFacts(run.Folder, workspace, new LedgerStore(run.Session));
        }
        catch
        {
            await workspace.DisposeAsync();
            throw;
        }
    }

    /// <summary>A person in the care database, or null.</summary>
    public Person? Person(string personId) => _workspace.FindPerson(personId);

    /// <summary>Who hears of a person (rule A8).</summary>
    public IReadOnlyList<Recipient> RecipientsOf(Person? person, DutyRole dutyRole) => Recipients.Of(person, _workspace.FindWorker, dutyRole);

    /// <summary>Everything known about the people whom a number and a local id, as given, may mean (rule A4).</summary>
    public async Task<AccessFacts> FactsAsync(string? givenNumber, string? givenLocalId, CancellationToken cancellationToken)
    {
        var number = NhsNumber.TryParse(givenNumber, out var valid) ? valid : null;
        var localId = givenLocalId?.Trim() ?? string.Empty;
        if (!_remembered.TryGetValue((number?.Value, localId), out var facts))
        {
            facts = await FindAsync(number, localId, cancellationToken);
            if (_remembered.Count >= MostRemembered)
            {
                _remembered.Clear();
            }

            _remembered.Add((number?.Value, localId), facts);
        }

        return facts;
    }

    /// <summary>To be called when the ledger has changed.</summary>
    public void Forget() => _remembered.Clear();

    public async ValueTask DisposeAsync()
    {
        await _workspace.DisposeAsync();
        if (Directory.Exists(_folder) && !Directory.EnumerateFileSystemEntries(_folder).Any())
        {
            Directory.Delete(_folder);
        }
    }

    private async Task<AccessFacts> FindAsync(NhsNumber? number, string localId, CancellationToken cancellationToken)
    {
        var ids = new SortedSet<string>(StringComparer.Ordinal);
        var history = new Dictionary<(SequenceNumber, int), LedgerEvent>();
        if (localId.Length > 0)
        {
            ids.Add(localId);
        }

        if (number is not null)
        {
            ids.UnionWith(_workspace.FindPeople(number).Select(p => p.PersonId));
            Add(await _ledger.HistoryOfNumberAsync(number, cancellationToken));
            ids.UnionWith(history.Values.Select(e => e.HolderId));
        }

        var people = new List<CarePerson>();
        var unborn = new List<UnbornPlan>();
        foreach (var id in ids)
        {
            Add((await _ledger.HistoryOfPersonAsync(id, cancellationToken)).Where(r => r.Record.Content.LocalPersonId == id));
            if (_workspace.FindPerson(id) is { } person)
            {
                people.Add(await LookAtAsync(person, unborn, cancellationToken));
            }
        }

        return new AccessFacts(people, unborn, [.. history.Values]);

        void Add(IEnumerable<FileRecord> records)
        {
            foreach (var record in records)
            {
                history.TryAdd((record.FileNumber, record.RecordNumber), record.ToEvent());
            }
        }
    }

    private async Task<CarePerson> LookAtAsync(Person person, List<UnbornPlan> unborn, CancellationToken cancellationToken)
    {
        var household = await _workspace.HouseholdOfAsync(person.PersonId, cancellationToken);
        var members = household?.Household.People ?? [];
        var children = members.Where(m => m.Person is { } child && child.MotherPersonId == person.PersonId && m.HasRows).ToList();
        unborn.AddRange(children.SelectMany(c => UnbornPlansOf(person.PersonId, c, c.Person!)));
        return new CarePerson(
            person.PersonId,
            NhsNumber.TryParse(person.NhsNumber, out var number) ? number : null,
            person.IsUnborn,
            IsInScope: members.Any(m => m.PersonId == person.PersonId && m.HasRows),
            IsMotherOfUnborn: children.Exists(c => c.Person!.IsUnborn));
    }

    private static IEnumerable<UnbornPlan> UnbornPlansOf(string motherId, PersonCase child, Person person) =>
        from plan in child.Plans
        where !plan.HeldByOtherAuthority && !plan.RecordedInError
        where plan.StartDate is { } start && (person.IsUnborn || start < person.DateOfBirth)
        select new UnbornPlan(motherId, child.PersonId, plan.StartDate!.Value, person.IsUnborn);
}
