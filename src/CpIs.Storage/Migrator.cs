using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace CpIs.Storage;

/// <summary>One numbered migration, <c>NNNN_name.sql</c>.</summary>
/// <param name="Checksum">Lower-case hexadecimal SHA-256 of the text with LF line ends.</param>
internal sealed record MigrationScript(int Number, string Name, string Text, string Checksum)
{
    public static MigrationScript Read(string fileName, string text)
    {
        var name = Path.GetFileNameWithoutExtension(fileName);
        return new(
            int.Parse(name.AsSpan(0, 4), NumberStyles.None, CultureInfo.InvariantCulture),
            name,
            text,
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))));
    }
}

/// <summary>Creates and upgrades the engine's objects by numbered migrations, each in a transaction of its own; safe to repeat.</summary>
public sealed class Migrator
{
    private readonly Database _database;
    private readonly TimeProvider _time;
    private readonly IReadOnlyList<MigrationScript> _scripts;

    /// <param name="database">The database; an embedded one is created if there is none.</param>
    /// <param name="time">Clock for the record of what was applied when.</param>
    public Migrator(Database database, TimeProvider time)
        : this(database, time, database.Provider.Sql.Migrations())
    {
    }

    internal Migrator(Database database, TimeProvider time, IReadOnlyList<MigrationScript> scripts)
    {
        _database = database;
        _time = time;
        _scripts = scripts;
    }

    /// <summary>Applies what has not been applied yet.</summary>
    /// <returns>Names of the migrations applied now.</returns>
    /// <exception cref="StorageSetupException">An applied migration was edited since, or the database is newer than this program.</exception>
    /// <exception cref="StorageException">The database cannot be opened or created.</exception>
    public async Task<IReadOnlyList<string>> ApplyAsync(CancellationToken cancellationToken)
    {
        await using var session = await _database.OpenAsync(create: true, cancellationToken);
        await _database.Provider.LockSetupAsync(session.Connection, cancellationToken);
        await session.ExecuteAsync("migrations/create", null, cancellationToken);
        var done = new List<string>();
        foreach (var script in _scripts)
        {
            await session.InTransactionAsync(
                async () =>
                {
                    // Read again under the lock: somebody else may be applying them too.
                    if (Pending(await AppliedAsync(session, cancellationToken)).Contains(script))
                    {
                        await ApplyAsync(session, script, cancellationToken);
                        done.Add(script.Name);
                    }
                },
                cancellationToken);
        }

        return done;
    }

    /// <summary>Makes sure that the database fits this program.</summary>
    /// <exception cref="StorageSetupException">It does not; the message says what to do.</exception>
    /// <exception cref="StorageException">The database cannot be opened.</exception>
    public async Task EnsureCurrentAsync(CancellationToken cancellationToken)
    {
        await using var session = await _database.OpenAsync(cancellationToken);
        var exists = await session.ScalarAsync<long>("migrations/exists", null, cancellationToken) > 0;
        var pending = Pending(exists ? await AppliedAsync(session, cancellationToken) : []);
        if (pending.Count > 0)
        {
            throw new StorageSetupException(exists
                ? $"The database lacks {pending.Count} of {_scripts.Count} upgrades of this program: run cpis db init."
                : "The database has none of the engine's tables: run cpis db init.");
        }
    }

    /// <summary>What <see cref="ApplyAsync(CancellationToken)"/> does, as a script for a person to run. No database is touched.</summary>
    public string Script() => _database.Provider.Script(_scripts);

    private async Task ApplyAsync(StorageSession session, MigrationScript script, CancellationToken cancellationToken)
    {
        foreach (var batch in _database.Provider.Batches(script.Text))
        {
            await session.ExecuteTextAsync(batch, cancellationToken);
        }

        await session.ExecuteAsync(
            "migrations/record",
            new { number = script.Number, name = script.Name, checksum = script.Checksum, appliedAt = _time.GetUtcNow() },
            cancellationToken);
    }

    private List<MigrationScript> Pending(IReadOnlyList<AppliedRow> applied)
    {
        foreach (var row in applied)
        {
            var script = _scripts.FirstOrDefault(s => s.Number == row.Number)
                ?? throw new StorageSetupException($"The database has upgrade {row.Name}, which this program does not know: it is older than the database. Use the newer program.");
            if (!string.Equals(script.Checksum, row.Checksum, StringComparison.Ordinal))
            {
                throw new StorageSetupException($"Upgrade {script.Name} was edited after it had been applied to this database. Use the program it was applied by.");
            }
        }

        var pending = _scripts.Where(s => applied.All(a => a.Number != s.Number)).ToList();
        if (pending.Count > 0 && applied.Count > 0 && pending[0].Number < applied[^1].Number)
        {
            throw new StorageSetupException($"Upgrade {pending[0].Name} is missing from this database although a later one was applied. Restore a backup, or use the program it was applied by.");
        }

        return pending;
    }

    private static Task<IReadOnlyList<AppliedRow>> AppliedAsync(StorageSession session, CancellationToken cancellationToken) =>
        session.QueryAsync<AppliedRow>("migrations/applied", null, cancellationToken);

    private sealed class AppliedRow
    {
        public int Number { get; init; }

        public string Name { get; init; } = "";

        public string Checksum { get; init; } = "";
    }
}
