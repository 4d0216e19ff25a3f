using System.Runtime.CompilerServices;
using CpIs.Domain.Decisions;
using CpIs.Domain.Exchange;
using CpIs.Domain.Source;
using CpIs.Domain.Values;
using CpIs.Files;
using CpIs.Storage.Ledger;
using CpIs.Storage.Source;

namespace CpIs.Storage.Workspaces;

/// <summary>A household with its number in the workspace: 1 for that of the smallest person id, and so on.</summary>
public sealed record NumberedHousehold(long Number, Household Household);

/// <summary>What the workspace holds.</summary>
/// <param name="HeldRecords">Ledger entries that CP-IS may hold (rule U10).</param>
/// <param name="HasUnknownPerson">True when a row that was set aside speaks of a person who could not be read (rule S16).</param>
/// <param name="Households">Those inside the restriction.</param>
public sealed record WorkspaceCounts(
    long People, long Plans, long LegalStatuses, long Workers, long SetAside, long HeldRecords, bool HasUnknownPerson, long Households);

/// <summary>
/// Where one run joins care data and ledger: a private file that ends with it. Load the source, then the ledger, then link;
/// after that households, lookups and decisions can be used. Memory does not grow with the number of people, but for a few bytes each
/// while linking. One caller at a time.
/// </summary>
public sealed class Workspace : IAsyncDisposable
{
    private const string Prefix = ".workspace-";
    private readonly WorkspaceFile _file;
    private readonly DecisionTable _decisions;
    private bool _linked;

    private Workspace(WorkspaceFile file)
    {
        _file = file;
        _decisions = new DecisionTable(file);
    }

    /// <summary>Rows of the source as loaded, set-aside ones included, before any restriction (rule U10).</summary>
    public ViewRows SourceRows { get; private set; } = new(0, 0, 0, 0);

    /// <summary>Makes an empty workspace.</summary>
    /// <param name="folder">Where its file lies, on POSIX without a name; made if it is not there.</param>
    public static async Task<Workspace> CreateAsync(string folder, CancellationToken cancellationToken)
    {
        DurableFile.CreateFolder(folder);
        return new Workspace(await WorkspaceFile.CreateAsync(Path.Combine(folder, Prefix + Guid.NewGuid().ToString("N") + ".db"), cancellationToken));
    }

    /// <summary>Deletes workspaces that dead runs left below a folder. The caller holds the run lock.</summary>
    public static void DeleteLeftovers(string folder)
    {
        if (Directory.Exists(folder))
        {
            foreach (var left in Directory.EnumerateFiles(folder, Prefix + "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }))
            {
                File.Delete(left);
            }
        }
    }

    /// <summary>Loads all rows of a source, once.</summary>
    /// <exception cref="StorageSetupException">A source view is missing or lacks a column.</exception>
    /// <exception cref="ExtractFolderException">An extract folder is not what its manifest says.</exception>
    public async Task LoadAsync(ISource source, CancellationToken cancellationToken)
    {
        var loader = new SourceLoader(_file);
        SourceRows = await loader.LoadAsync(source, cancellationToken);
    }

    /// <summary>Loads what of the ledger counts now, and the inactive numbers. Leave it out for an empty ledger.</summary>
    /// <param name="session">The council's database.</param>
    /// <param name="now">The run's clock, UTC.</param>
    /// <param name="acknowledgementWindow">After which an unanswered record is lost (rule U9).</param>
    public Task LoadLedgerAsync(StorageSession session, DateTimeOffset now, TimeSpan acknowledgementWindow, CancellationToken cancellationToken) =>
        new LedgerLoader(_file).LoadAsync(session, now, acknowledgementWindow, cancellationToken);

    /// <summary>Finds the households inside a restriction (rule U8) and the numbers that two people have (rule N6).</summary>
    /// <param name="restriction">Null for everyone in scope.</param>
    public Task LinkAsync(SourceRestriction? restriction, CancellationToken cancellationToken)
    {
        Link(nodes => restriction is null ? null : nodes.Matching(restriction), requireCover: false, cancellationToken);
        return Task.CompletedTask;
    }

    /// <summary>Finds the households of an extract folder: with a restricted extract those that it covers, and nobody else.</summary>
    /// <param name="extract">The folder that was loaded.</param>
    /// <exception cref="ExtractFolderException">The ledger has changed since: the extract lacks people who now belong to its households.</exception>
    public Task LinkAsync(ExtractFolder extract, CancellationToken cancellationToken)
    {
        if (extract.Manifest is not { } manifest)
        {
            return LinkAsync((SourceRestriction?)null, cancellationToken);
        }

        SourceRows = manifest.ViewRows ?? SourceRows;
        if (manifest.Restriction is null)
        {
            Link(_ => null, requireCover: false, cancellationToken);
        }
        else
        {
            var inside = _file.Insert("inside", "person_id");
            foreach (var personId in manifest.PersonsWithoutRows.Distinct(StringComparer.Ordinal))
            {
                inside.Add(personId);
            }

            Link(nodes => nodes.Inside(), requireCover: true, cancellationToken);
        }

        foreach (var personId in manifest.NumbersClaimedElsewhere)
        {
            _file.Execute("link/add-shared-of-person", ("personId", personId));
        }

        foreach (var personId in manifest.HeldNumbersClaimedElsewhere)
        {
            _file.Execute("link/add-shared-of-holder", ("personId", personId));
        }

        return Task.CompletedTask;
    }

    /// <summary>What the workspace holds.</summary>
    public WorkspaceCounts Counts()
    {
        return _file.First("households/counts", row => new WorkspaceCounts(
            row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5), row.Flag(6), row.GetInt64(7)))!;
    }

    /// <summary>Every household inside the restriction, in order of the smallest person id in each (ordinal).</summary>
    /// <remarks>Decisions may be added while it runs.</remarks>
    public IAsyncEnumerable<NumberedHousehold> HouseholdsAsync(CancellationToken cancellationToken) => HouseholdsAsync(1, long.MaxValue, cancellationToken);

    /// <summary>The household of a person; null when they are in none.</summary>
    public async Task<NumberedHousehold?> HouseholdOfAsync(string personId, CancellationToken cancellationToken)
    {
        RequireLinked();
        var number = _file.First("households/household-of", row => row.GetInt64(0), ("personId", personId));
        return number == 0 ? null : await HouseholdsAsync(number, number, cancellationToken).FirstAsync(cancellationToken);
    }

    /// <summary>A person row, in scope or not; null when there is none or it was set aside.</summary>
    public Person? FindPerson(string personId) => _file.First("households/person", ReadPerson, ("personId", personId));

    /// <summary>The people who have a number in the source, as rule N1 reads it, in order of id.</summary>
    public IReadOnlyList<Person> FindPeople(NhsNumber number) => _file.List("households/people-by-number", ReadPerson, ("number", number.Value));

    /// <summary>The people whose mother is linked as this person, born or not, in order of id.</summary>
    public IReadOnlyList<Person> FindChildren(string motherId) => _file.List("households/children", ReadPerson, ("personId", motherId));

    /// <summary>A worker; null when there is none or the row was set aside.</summary>
    public Worker? FindWorker(string workerId) => _file.First("households/worker", row => row.Worker(0), ("workerId", workerId));

    /// <summary>Every row that was set aside (rule S16), by table and in the order met.</summary>
    public IAsyncEnumerable<SetAsideRow> SetAsideAsync(CancellationToken cancellationToken) =>
        StreamAsync("households/all-set-aside", row => row.SetAside(0), cancellationToken);

    /// <summary>Writes all rows of the households inside the restriction as an extract folder (contract section 3).</summary>
    /// <param name="path">Its place.</param>
    /// <param name="asOf">Business date.</param>
    /// <param name="restriction">What <see cref="LinkAsync(SourceRestriction?, CancellationToken)"/> was called with.</param>
    /// <param name="full">For the manifest (rule U8).</param>
    /// <exception cref="ExtractFolderException">The place holds something else.</exception>
    public async Task<ExtractManifest> WriteExtractAsync(
        string path, DateOnly asOf, SourceRestriction? restriction, bool full, CancellationToken cancellationToken)
    {
        RequireLinked();
        await using var writer = ExtractFolderWriter.Create(path);
        (string, object?) all = ("all", restriction is null ? 1 : 0);
        Write("households/extract-people", row => writer.Add(ReadPerson(row)), cancellationToken);
        Write("households/extract-plans", row => writer.Add(row.Plan(0)), cancellationToken);
        Write("households/extract-legal-statuses", row => writer.Add(row.LegalStatus(0)), cancellationToken);
        Write("households/extract-workers", row => writer.Add(row.Worker(0)), cancellationToken, all);
        Write("households/extract-set-aside", row => writer.Add(row.SetAside(0)), cancellationToken, all);
        return await writer.CompleteAsync(ExtractManifest.Plain(asOf) with
        {
            Restriction = restriction,
            Full = full,
            ViewRows = SourceRows,
            PersonsWithoutRows = restriction is null ? [] : _file.List("link/members-without-rows", row => row.GetString(0)),
            NumbersClaimedElsewhere = restriction is null ? [] : _file.List("link/claimed-elsewhere", row => row.GetString(0)),
            HeldNumbersClaimedElsewhere = restriction is null ? [] : _file.List("link/held-claimed-elsewhere", row => row.GetString(0)),
        });
    }

    /// <summary>Keeps what was decided for a household.</summary>
    public void Add(long household, HouseholdDecisions decided) => _decisions.Add(household, decided);

    /// <summary>Decisions by kind and reason.</summary>
    public IReadOnlyList<(DecisionKind Kind, string Reason, long Number)> CountDecisions() => _decisions.Count();

    /// <summary>The oldest change in the care database that a record to be sent tells, UTC (rule U5); null when none is known.</summary>
    public DateTimeOffset? OldestChange() => _decisions.OldestChange();

    /// <summary>Turns every removal as gone-from-source into one that is withheld (rule U10). Before the payload is streamed.</summary>
    public void WithholdVanished() => _file.Execute(
        "decisions/withhold-vanished",
        ("withheld", (int)DecisionKind.Withheld), ("remove", (int)DecisionKind.Remove), ("goneFromSource", Reasons.GoneFromSource));

    /// <summary>All decisions in order of person id, plan type and start (ordinal), as <c>decisions.csv</c> has them.</summary>
    public IAsyncEnumerable<Decision> DecisionsAsync(CancellationToken cancellationToken) =>
        StreamAsync("decisions/ordered", DecisionTable.Read, cancellationToken);

    /// <summary>The decisions with a record to send, household by household (rule U7).</summary>
    public IAsyncEnumerable<Decision> PayloadAsync(CancellationToken cancellationToken)
    {
        _file.Execute("decisions/index-payload");
        return StreamAsync("decisions/payload", DecisionTable.Read, cancellationToken);
    }

    /// <summary>How many records each household sends, in the order of <see cref="PayloadAsync"/>: what files are cut by (rule U7).</summary>
    public IAsyncEnumerable<int> PayloadSizesAsync(CancellationToken cancellationToken)
    {
        _file.Execute("decisions/index-payload");
        return StreamAsync("decisions/payload-sizes", row => row.GetInt32(1), cancellationToken);
    }

    /// <summary>The ledger entries that end without anything being sent (rules S6, S10, S13).</summary>
    public IAsyncEnumerable<RecordKey> LapsedAsync(CancellationToken cancellationToken) => StreamAsync(
        "decisions/lapsed", row => new RecordKey(NhsNumber.Parse(row.GetString(0)), PlanType.Parse(row.GetString(1)), row.Day(2)), cancellationToken);

    /// <summary>The records that are made of other rows than when they were told.</summary>
    public IAsyncEnumerable<Regrouping> RegroupedAsync(CancellationToken cancellationToken) => StreamAsync(
        "decisions/regrouped",
        row => new Regrouping(new SequenceNumber(row.GetInt64(0)), row.GetInt32(1), Columns.ToIds(row.GetString(2)), Columns.ToIds(row.GetString(3))),
        cancellationToken);

    /// <summary>Closes and deletes the file.</summary>
    public ValueTask DisposeAsync() => _file.DisposeAsync();

    private async IAsyncEnumerable<NumberedHousehold> HouseholdsAsync(
        long first, long last, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        RequireLinked();
        await Task.CompletedTask;
        using var reader = new HouseholdReader(_file, first, last);
        while (reader.Next() is { } household)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return household;
        }
    }

    private void Link(Func<Nodes, byte[]?> select, bool requireCover, CancellationToken cancellationToken)
    {
        if (_linked)
        {
            throw new InvalidOperationException("A workspace is linked once.");
        }

        var nodes = new Nodes(_file);
        nodes.Link(select(nodes), requireCover, cancellationToken);
        _linked = true;
    }

    private void RequireLinked()
    {
        if (!_linked)
        {
            throw new InvalidOperationException("Link the workspace first.");
        }
    }

    private void Write(
        string statement, Action<Microsoft.Data.Sqlite.SqliteDataReader> write, CancellationToken cancellationToken, params ReadOnlySpan<(string, object?)> parameters)
    {
        using var cursor = _file.Open(statement, parameters);
        for (; !cursor.AtEnd; cursor.Next())
        {
            cancellationToken.ThrowIfCancellationRequested();
            write(cursor.Row);
        }
    }

    private async IAsyncEnumerable<T> StreamAsync<T>(
        string statement, Func<Microsoft.Data.Sqlite.SqliteDataReader, T> read, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        using var cursor = _file.Open(statement);
        for (; !cursor.AtEnd; cursor.Next())
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return read(cursor.Row);
        }
    }

    private static Person ReadPerson(Microsoft.Data.Sqlite.SqliteDataReader row) => row.Person(row.GetString(0), 1);
}
