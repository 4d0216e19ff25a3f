using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using CpIs.Batch.Commands;
using CpIs.Batch.Configuration;
using CpIs.Batch.Output;
using CpIs.Storage;
using CpIs.Storage.Runs;
using Microsoft.Extensions.Logging;

namespace CpIs.Batch.Steps;

/// <summary>
/// One run on a council's database: it holds the run lock, is recorded with its steps, and ends with an exit code. Disposed of without
/// <see cref="EndAsync{T}"/> it is recorded as failed or interrupted.
/// </summary>
internal sealed class CouncilRun : IAsyncDisposable
{
    private readonly RunLock _lock;
    private readonly CancellationToken _interruption;
    private readonly ILogger _log;
    private bool _recorded;
    private bool _ended;

    private CouncilRun(CommandContext context, string runId, RunLock held, StorageSession session, CancellationToken interruption)
    {
        Context = context;
        RunId = runId;
        _lock = held;
        Session = session;
        _interruption = interruption;
        Runs = new RunStore(session);
        _log = context.Log("run");
    }

    public CommandContext Context { get; }

    public string RunId { get; }

    public StorageSession Session { get; }

    public RunStore Runs { get; }

    /// <summary>The run's own folder.</summary>
    public string Folder => Context.Data.Run(RunId);

    public DateTimeOffset Now => Context.Clock.GetUtcNow();

    /// <summary>Takes the lock and records the run.</summary>
    /// <param name="people">Whom it looks at (rule U8); null for steps that have no such range.</param>
    /// <exception cref="UsageException">The business date is before that of an earlier run.</exception>
    /// <exception cref="StorageSetupException">The database is missing or not current.</exception>
    /// <exception cref="RunLockedException">Another run is at work.</exception>
    public static async Task<CouncilRun> BeginAsync(CommandContext context, string command, PeopleRange? people, CancellationToken cancellationToken)
    {
        var database = Databases.Of(context);
        await new Migrator(database, context.Environment.MachineClock).EnsureCurrentAsync(cancellationToken);
        var runId = NewRunId(context);
        var held = await RunLock.TakeAsync(database, runId, context.Environment.MachineClock, cancellationToken);
        CouncilRun? run = null;
        try
        {
            run = new CouncilRun(context, runId, held, await database.OpenAsync(held, cancellationToken), cancellationToken);
            await run.RecordAsync(command, people, cancellationToken);
            return run;
        }
        catch
        {
            if (run is not null)
            {
                await run.DisposeAsync();
            }
            else
            {
                await held.DisposeAsync();
            }

            throw;
        }
    }

    /// <summary>Does one step: it is recorded when it begins and when it ends, however it ends.</summary>
    /// <param name="work">Yields the step's result, its counts and a few words of detail without personal data.</param>
    public async Task<T> StepAsync<T>(string step, Func<Task<(T Result, StepCounts Counts, string? Detail)>> work)
    {
        _interruption.ThrowIfCancellationRequested();
        await Runs.BeginStepAsync(RunId, step, Now, _interruption);
        _log.LogInformation("Run {RunId}: {Step} begins", RunId, step);
        try
        {
            var (result, counts, detail) = await work();
            await Runs.EndStepAsync(RunId, step, RunStatus.Done, counts, Now, detail, CancellationToken.None);
            _log.LogInformation(
                "Run {RunId}: {Step} done, read {Read}, written {Written}, withheld {Withheld}, skipped {Skipped}",
                RunId, step, counts.Read, counts.Written, counts.Withheld, counts.Skipped);

            // What a step leaves behind would otherwise stay committed under the next one.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            return result;
        }
        catch (Exception e)
        {
            var status = _interruption.IsCancellationRequested ? RunStatus.Interrupted : RunStatus.Failed;
            _log.LogWarning("Run {RunId}: {Step} ended early ({Status}, {Error})", RunId, step, status, e.GetType().Name);
            await Runs.EndStepAsync(RunId, step, status, StepCounts.None, Now, null, CancellationToken.None);
            throw;
        }
    }

    /// <summary>Records how the run ended.</summary>
    /// <param name="summary">Its result, kept as JSON.</param>
    /// <returns>The exit code, to be handed on.</returns>
    public async Task<int> EndAsync<T>(int exitCode, T summary)
    {
        await Runs.EndAsync(
            RunId, exitCode == ExitCodes.CannotFinish ? RunStatus.Failed : RunStatus.Done, exitCode, Now,
            JsonSerializer.Serialize(summary, CommandOutput.Json), CancellationToken.None);
        _ended = true;
        _log.LogInformation("Run {RunId} ended with exit code {ExitCode}", RunId, exitCode);
        return exitCode;
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_recorded && !_ended)
            {
                var interrupted = _interruption.IsCancellationRequested;
                await Runs.EndAsync(
                    RunId, interrupted ? RunStatus.Interrupted : RunStatus.Failed,
                    interrupted ? ExitCodes.Interrupted : ExitCodes.CannotFinish, Now, null, CancellationToken.None);
            }
        }
#pragma warning disable CA1031 // The reason why the run ends early is on its way already; the next run notes this one as abandoned.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _log.LogWarning("The end of run {RunId} could not be recorded ({Error})", RunId, e.GetType().Name);
        }
        finally
        {
            await Session.DisposeAsync();
            await _lock.DisposeAsync();
        }
    }

    private async Task RecordAsync(string command, PeopleRange? people, CancellationToken cancellationToken)
    {
        var asOf = Context.BusinessDate;
        if (await Runs.LastAsOfAsync(RunId, cancellationToken) is { } last && asOf < last)
        {
            throw new UsageException(
                $"--as-of: the last run had the business date {last:yyyy-MM-dd}, and this one would have {asOf:yyyy-MM-dd}. The ledger cannot go back: use {last:yyyy-MM-dd} or later.");
        }

        await Runs.BeginAsync(new NewRun(RunId, command, asOf, InWords(people), people?.Full == true, Now), cancellationToken);
        _recorded = true;
        _log.LogInformation("Run {RunId} begins: {Command}, business date {AsOf}", RunId, command, asOf);
    }

    private static string? InWords(PeopleRange? people) => people is { IsRestricted: true }
        ? string.Join(' ', new[]
        {
            people.From is { } from ? $"--from {from:yyyy-MM-dd}" : null,
            people.To is { } to ? $"--to {to:yyyy-MM-dd}" : null,
            people.Person is { } person ? $"--person {person}" : null,
        }.OfType<string>())
        : null;

    private static string NewRunId(CommandContext context) => string.Create(
        CultureInfo.InvariantCulture, $"{context.Clock.GetUtcNow():yyyyMMdd'-'HHmmss}-{RandomNumberGenerator.GetHexString(6, lowercase: true)}");
}

/// <summary>The council's database as configured.</summary>
internal static class Databases
{
    public static Database Of(CommandContext context)
    {
        var settings = context.Settings.Database;
        var provider = settings.Provider == DatabaseProvider.Sqlite ? "sqlite" : "sqlserver";
        return new Database(provider, settings.ConnectionString?.Value ?? $"Data Source={context.Data.Database}");
    }
}
