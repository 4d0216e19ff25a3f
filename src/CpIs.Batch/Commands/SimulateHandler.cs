using CpIs.Batch.Configuration;
using CpIs.Batch.StandIn;
using CpIs.Batch.Steps;
using CpIs.Storage;
using Microsoft.Data.Sqlite;

namespace CpIs.Batch.Commands;

/// <summary>The work of <c>simulate</c>.</summary>
internal static class SimulateHandler
{
    public static async Task<int> RunAsync(CommandContext context, SimulateOptions options, CancellationToken cancellationToken)
    {
        var folders = FoldersOf(context);
        if (options.Show)
        {
            return await WithStoreAsync(folders, store => Task.FromResult(Show(context, store)));
        }

        var result = await SimulateAsync(context, options, cancellationToken);
        context.Output.Result(result, console => SimulateView.Write(console, result, folders));
        return result.NotFound.Count == 0 ? ExitCodes.Done : ExitCodes.NeedsOperator;
    }

    /// <summary>Takes the uploads that wait, answers them, makes the notifications asked for, and shows nothing.</summary>
    public static Task<SimulateResult> SimulateAsync(CommandContext context, SimulateOptions options, CancellationToken cancellationToken)
    {
        var folders = FoldersOf(context);
        return WithStoreAsync(folders, store => SimulateAsync(context, options, folders, store, cancellationToken));
    }

    private static StandInFolders FoldersOf(CommandContext context) => context.Settings.Transport.Kind == TransportKind.Folder
        ? new StandInFolders(context.Data, context.Settings.Transport.Folder)
        : throw new UsageException("simulate stands behind the folder transport: it needs Transport:Kind folder.");

    private static async Task<T> WithStoreAsync<T>(StandInFolders folders, Func<StandInStore, Task<T>> work)
    {
        folders.Create();
        await using var only = TakeLock(folders.Lock);
        try
        {
            using var store = StandInStore.Open(folders.Store);
            return await work(store);
        }
        catch (SqliteException e)
        {
            throw new CannotFinishException(
                $"The stand-in's store cannot be used (SQLite error {e.SqliteErrorCode}). Run simulate again; if it stays so, delete {folders.Root} to begin with an empty stand-in.",
                e);
        }
    }

    private static async Task<SimulateResult> SimulateAsync(
        CommandContext context, SimulateOptions options, StandInFolders folders, StandInStore store, CancellationToken cancellationToken)
    {
        var settings = context.Settings;
        var judge = new RecordJudge(context.BusinessDate, options.Rejections, number => store.ReplacementsOf(number.Value));
        var messages = new StandInMessages(store, folders);
        var uploads = new UploadRun(
            store,
            folders,
            messages,
            new IntakeSettings(settings.Rules(), settings.Authority, options.FileCode, options.TakesAnyNumber),
            judge,
            options.Answers,
            context.Clock,
            context.Log("simulate"));

        var recovered = await uploads.RecoverAsync(cancellationToken);
        var files = await context.Output.WithProgressAsync("Taking uploads", progress => uploads.TakeAllAsync(progress, cancellationToken));

        var maker = new NotificationMaker(store, settings.Authority, options.Seed, context.Clock.GetUtcNow(), context.BusinessDate);
        var (accesses, inactive) = store.InTransaction(() => (
            options.Accesses is null && options.AccessesOf.Count == 0 ? 0 : maker.MakeAccesses(options.Accesses ?? 0, options.AccessesOf, options.ByDevice),
            options.Inactive == 0 && options.InactiveOf.Count == 0 ? 0 : maker.MakeInactive(options.Inactive, options.InactiveOf, options.Replacements)));
        await messages.SendAsync(cancellationToken);

        var notFound = options.Rejections.Keys.Except(judge.Met, StringComparer.Ordinal).Concat(maker.NotFound)
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        return new SimulateResult(
            context.BusinessDate,
            files.Count,
            files.Sum(f => f.Loaded),
            files.Sum(f => f.Removed),
            files.Sum(f => f.Rejected),
            files.Count(f => f.Answered),
            accesses,
            inactive,
            store.HeldCount(),
            recovered,
            folders.OtherFiles(),
            notFound,
            files);
    }

    private static int Show(CommandContext context, StandInStore store)
    {
        var day = context.BusinessDate;
        var counts = store.Held()
            .Select(r => (r.PlanType, IsShown: HeldPeople.IsShown(r, day)))
            .GroupBy(r => r.PlanType, StringComparer.Ordinal)
            .Select(g => new HeldCount(g.Key, g.Count(), g.Count(r => r.IsShown)))
            .ToList();
        var records = context.Output.IsJson
            ? store.Held().Select(r => new ShownRecord(
                r.OdsCode, r.NhsNumber, r.PlanType, r.StartDate, r.EndDate, r.VisibleUntil, HeldPeople.IsShown(r, day),
                r.FamilyName, r.GivenName, r.BirthDate, r.LocalPersonId, r.FileNumber))
            : [];
        context.Output.Result(
            new SimulateShow(day, counts.Sum(c => c.Held), counts.Sum(c => c.Shown), counts, records),
            console => SimulateView.Write(console, day, counts));
        return ExitCodes.Done;
    }

    /// <summary>Takes the lock; the operating system frees it when the process dies.</summary>
    /// <exception cref="RunLockedException">Another process has it.</exception>
    private static FileStream TakeLock(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            return new FileStream(path, options);
        }
        catch (IOException) when (File.Exists(path))
        {
            throw new RunLockedException(holder: null);
        }
    }
}

/// <summary>The result of <c>simulate --json</c>.</summary>
/// <param name="Answers">Acknowledgements written for the uploads of this run.</param>
/// <param name="Recovered">Messages of an earlier run that was killed before it had written them.</param>
/// <param name="OtherFiles">Files in the council's Out that are no hl7v3 uploads and were left there.</param>
/// <param name="NotFound">Local person ids that an option named and that were not met.</param>
internal sealed record SimulateResult(
    DateOnly AsOf,
    int FilesTaken,
    int RecordsLoaded,
    int RecordsRemoved,
    int RecordsRejected,
    int Answers,
    int Accesses,
    int Inactive,
    long Held,
    int Recovered,
    int OtherFiles,
    IReadOnlyList<string> NotFound,
    IReadOnlyList<TakenFile> Files);

/// <summary>The result of <c>simulate --show --json</c>.</summary>
internal sealed record SimulateShow(DateOnly AsOf, int Held, int Shown, IReadOnlyList<HeldCount> ByPlanType, IEnumerable<ShownRecord> Records);

/// <summary>How many records of a plan type are held, and how many of them are shown on the business date.</summary>
internal sealed record HeldCount(string PlanType, int Held, int Shown);

/// <summary>A record held, as shown to tests.</summary>
internal sealed record ShownRecord(
    string OdsCode,
    string NhsNumber,
    string PlanType,
    string StartDate,
    string? EndDate,
    string? VisibleUntil,
    bool IsShown,
    string FamilyName,
    string GivenName,
    string BirthDate,
    string? LocalPersonId,
    string FileNumber);
