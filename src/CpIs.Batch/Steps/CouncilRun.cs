using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using CpIs.Batch.Commands;
using CpIs.Batch.Configuration;
using CpIs.Batch.Output;
using CpIs.Batch.Recovery;
using CpIs.Batch.Telemetry;
using CpIs.Domain.Time;
using CpIs.Storage;
using CpIs.Storage.Runs;
using Microsoft.Extensions.Logging;

namespace CpIs.Batch.Steps;

/// <summary>
/// One run on a council's database: it holds the run lock, is recorded with its steps, and ends with an exit code. Disposed of without
/// <see cref="EndAsync{T}"/> it is recorded as failed or interrupted.
/// </summary>
internal sealed partial class CouncilRun : IAsyncDisposable
{
    /// <summary>Together with what is in hand an interrupted run takes less than 5 seconds.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    private readonly RunLock _lock;
    private readonly CancellationToken _interruption;
    private readonly ILogger _log;
    private readonly string _command;
    private readonly long _began;
    private readonly TelemetryExport? _telemetry;
    private readonly Activity? _activity;
    private int? _exitCode;
    private int _brokenOffWith = ExitCodes.CannotFinish;
    private bool _recorded;
    private bool _ended;
    private DateTimeOffset? _at;

    private CouncilRun(CommandContext context, string command, string runId, RunLock held, StorageSession session, CancellationToken interruption)
    {
        Context = context;
        RunId = runId;
        _lock = held;
        Session = session;
        _interruption = interruption;
        Runs = new RunStore(session);
        _log = context.Log("run");
        _command = command;
        _began = context.Clock.GetTimestamp();
        _telemetry = TelemetryExport.Start(context);
        _activity = EngineTelemetry.StartRun(command, runId, context.Environment.Variables.FirstOrDefault(v => v.Key == TelemetryVariables.TraceParent).Value);
    }

    public CommandContext Context { get; }

    public string RunId { get; }

    public StorageSession Session { get; }

    public RunStore Runs { get; }

    /// <summary>The run's own folder.</summary>
    public string Folder => Context.Data.Run(RunId);

    public DateTimeOffset Now => _at ?? Context.Clock.GetUtcNow();

    /// <summary>Takes the lock and records the run.</summary>
    /// <param name="people">Whom it looks at (rule U8); null for steps that have no such range.</param>
    /// <exception cref="UsageException">The business date is before that of an earlier run.</exception>
    /// <exception cref="StorageSetupException">The database is missing or not current.</exception>
    /// <exception cref="RunLockedException">Another run is at work.</exception>
    /// <exception cref="OperatorNeededException">The folders hold what the database cannot know: it is older than they are.</exception>
    public static Task<CouncilRun> BeginAsync(CommandContext context, string command, PeopleRange? people, CancellationToken cancellationToken) =>
        BeginAsync(context, command, people, isRecovery: false, cancellationToken);

    /// <summary>Begins the run that puts right what keeps all others from beginning: an older database, a business date in the future.</summary>
    /// <inheritdoc cref="BeginAsync(CommandContext, string, PeopleRange?, CancellationToken)" path="/exception"/>
    public static Task<CouncilRun> BeginRecoveryAsync(CommandContext context, string command, CancellationToken cancellationToken) =>
        BeginAsync(context, command, null, isRecovery: true, cancellationToken);

    /// <summary>Stops the run when CP-IS has answered file numbers that were never handed out.</summary>
    /// <exception cref="OperatorNeededException">It has.</exception>
    public async Task StopOnUnknownAnswersAsync(CancellationToken cancellationToken)
    {
        var answers = await BeyondLedger.AnswersAsync(Session, cancellationToken);
        if (answers.Count > 0)
        {
            await EndAsync(ExitCodes.NeedsOperator, new { Answers = answers.Select(n => n.Value).ToList() });
            throw new OperatorNeededException(new BeyondLedger([], [], answers).InWords);
        }
    }

    /// <summary>Does work as at an earlier time, which then stands in what it records.</summary>
    public async Task AtAsync(DateTimeOffset? time, Func<Task> work)
    {
        _at = time;
        try
        {
            await work();
        }
        finally
        {
            _at = null;
        }
    }

    private static async Task<CouncilRun> BeginAsync(
        CommandContext context, string command, PeopleRange? people, bool isRecovery, CancellationToken cancellationToken)
    {
        var database = Databases.Of(context);
        await new Migrator(database, context.Environment.MachineClock).EnsureCurrentAsync(cancellationToken);
        var runId = NewRunId(context);
        Reach("before-lock");
        var held = await RunLock.TakeAsync(database, runId, context.Environment.MachineClock, cancellationToken);
        CouncilRun? run = null;
        try
        {
            Reach("locked");
            run = new CouncilRun(context, command, runId, held, await database.OpenAsync(held, cancellationToken), cancellationToken);
            if (!isRecovery)
            {
                await run.CheckDateAsync(cancellationToken);
                await BeyondLedger.RefuseAsync(context, run.Session, withAnswers: false, cancellationToken);
            }

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
        Reach(step + "-begun");
        _log.LogInformation("Run {RunId}: {Step} begins", RunId, step);
        var began = Context.Clock.GetTimestamp();
        var activity = EngineTelemetry.StartStep(step);
        try
        {
            var (result, counts, detail) = await work();
            Reach(step + "-worked");
            await Runs.EndStepAsync(RunId, step, RunStatus.Done, counts, Now, detail, CancellationToken.None);
            EngineTelemetry.StepEnded(activity, step, RunStatus.Done, counts, Context.Clock.GetElapsedTime(began));
            _log.LogInformation(
                "Run {RunId}: {Step} done, read {Read}, written {Written}, withheld {Withheld}, skipped {Skipped}",
                RunId, step, counts.Read, counts.Written, counts.Withheld, counts.Skipped);

            // What a step leaves behind would otherwise stay committed under the next one.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            return result;
        }
        catch (Exception e)
        {
            _brokenOffWith = ExitCodes.Of(e);
            var status = _interruption.IsCancellationRequested ? RunStatus.Interrupted : RunStatus.Failed;
            EngineTelemetry.StepEnded(activity, step, status, StepCounts.None, Context.Clock.GetElapsedTime(began));
            _log.LogWarning("Run {RunId}: {Step} ended early ({Status}, {Error})", RunId, step, status, e.GetType().Name);
            await NoteAsync(step, token => Runs.EndStepAsync(RunId, step, status, StepCounts.None, Now, null, token));
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
        _exitCode = exitCode;
        await EngineTelemetry.MeasureAsync(this, _log);
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
                await NoteAsync("the run", token => Runs.EndAsync(
                    RunId, interrupted ? RunStatus.Interrupted : RunStatus.Failed,
                    interrupted ? ExitCodes.Interrupted : _brokenOffWith, Now, null, token));
            }
        }
        finally
        {
            await Session.DisposeAsync();
            await _lock.DisposeAsync();
            EngineTelemetry.RunEnded(_activity, _command, _exitCode, Context.Clock.GetElapsedTime(_began));
            _telemetry?.Dispose();
        }
    }

    private async Task CheckDateAsync(CancellationToken cancellationToken)
    {
        var asOf = Context.BusinessDate;
        if (await Runs.LastAsOfAsync(RunId, cancellationToken) is { } last && asOf < last)
        {
            var today = London.DateOf(Context.Environment.MachineClock.GetUtcNow());
            var mistaken = last > today ? $" If that date was a mistake, take it back: cpis db recover --as-of {today:yyyy-MM-dd}" : string.Empty;
            throw new UsageException(
                $"--as-of: the last run had the business date {last:yyyy-MM-dd}, and this one would have {asOf:yyyy-MM-dd}. The ledger cannot go back: use {last:yyyy-MM-dd} or later.{mistaken}");
        }
    }

    /// <summary>Records an early end. That must not take the place of its reason, nor keep an interrupted program from leaving.</summary>
    private async Task NoteAsync(string what, Func<CancellationToken, Task> note)
    {
        using var patience = new CancellationTokenSource();
        if (_interruption.IsCancellationRequested)
        {
            patience.CancelAfter(s_patience);
        }

        try
        {
            await note(patience.Token);
        }
#pragma warning disable CA1031 // The reason why the run ends early is on its way already; the next run notes this one as abandoned.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _log.LogWarning("Run {RunId}: the end of {What} could not be recorded ({Error})", RunId, what, e.GetType().Name);
        }
    }

    /// <summary>A point at which the crash tests may end the process; nothing in the program itself.</summary>
    static partial void Reach(string point);

    private async Task RecordAsync(string command, PeopleRange? people, CancellationToken cancellationToken)
    {
        var asOf = Context.BusinessDate;
        await Runs.BeginAsync(new NewRun(RunId, command, asOf, InWords(people), people?.Full == true, Now), cancellationToken);
        _recorded = true;
        Leftovers.Remove(Context.Data, _log);
        _log.LogInformation("Run {RunId} begins: {Command}, business date {AsOf:yyyy-MM-dd}", RunId, command, asOf);
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
    public static Database Of(CommandContext context) => Of(context.Settings, context.Data);

    public static Database Of(CpisSettings settings, DataFolder data)
    {
        var provider = settings.Database.Provider == DatabaseProvider.Sqlite ? "sqlite" : "sqlserver";
        return new Database(provider, settings.Database.ConnectionString?.Value ?? $"Data Source={data.Database}");
    }
}
