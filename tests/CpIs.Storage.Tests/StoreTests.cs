using CpIs.Domain.Decisions;
using CpIs.Domain.Values;
using CpIs.Storage.Ledger;
using CpIs.Storage.Runs;

namespace CpIs.Storage.Tests;

/// <summary>A new database in which run R1 has begun, and files in it.</summary>
/// <param name="provider">The kind of database.</param>
public abstract class StoreTests(string provider) : IAsyncLifetime, IDisposable
{
    private protected TestFolder Folder { get; } = new(provider);

    private protected StorageSession Session { get; private set; } = null!;

    private protected FileStore Files { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Session = await (await Folder.NewDatabaseAsync()).OpenAsync(default);
        Files = new FileStore(Session);
        await new RunStore(Session).BeginAsync(new NewRun("R1", "nightly", Any.Today, null, false, Any.Now), default);
        await PrepareAsync();
    }

    public async Task DisposeAsync() => await Session.DisposeAsync();

    public void Dispose()
    {
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>What else the tests of a class begin with.</summary>
    protected abstract Task PrepareAsync();

    /// <summary>A file that is ready to be sent.</summary>
    private protected async Task<SequenceNumber> AddAsync(params Decision[] decisions)
    {
        var number = await Files.TakeNumberAsync("XX", "R1", Any.Now, default);
        await Files.AddAsync(
            [new NewFile(number, "hl7v3", $"upload-{number}.xml", $"runs/R1/upload-{number}.xml", "00", decisions.Length, $"L{number}")], decisions.ToAsyncEnumerable(), default);
        return number;
    }

    /// <summary>A file that was sent.</summary>
    private protected async Task<SequenceNumber> TellAsync(params Decision[] decisions)
    {
        var number = await AddAsync(decisions);
        await Files.MarkSendingAsync(number, Any.Now, default);
        await Files.MarkSentAsync(number, Any.Now, null, false, default);
        return number;
    }
}
