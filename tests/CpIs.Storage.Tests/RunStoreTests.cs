using CpIs.Domain.Source;
using CpIs.Storage.Runs;
using Shouldly;

namespace CpIs.Storage.Tests;

[Covers(typeof(RunStore))]
public abstract class RunStoreTests(string provider) : IAsyncLifetime, IDisposable
{
    private readonly TestFolder _folder = new(provider);
    private StorageSession _session = null!;
    private RunStore _runs = null!;

    public async Task InitializeAsync()
    {
        _session = await (await _folder.NewDatabaseAsync()).OpenAsync(default);
        _runs = new RunStore(_session);
    }

    public async Task DisposeAsync() => await _session.DisposeAsync();

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_run_is_kept_from_beginning_to_end()
    {
        await BeginAsync("R1", Any.Today);
        await _runs.BeginStepAsync("R1", "extract", Any.Now, default);
        await _runs.EndStepAsync("R1", "extract", RunStatus.Done, new StepCounts(10, 8, 1, 1), Any.Now.AddMinutes(1), "detail", default);
        await _runs.BeginStepAsync("R1", "transform", Any.Now.AddMinutes(1), default);
        await _runs.EndStepAsync("R1", "transform", RunStatus.Interrupted, StepCounts.None, Any.Now.AddMinutes(2), null, default);
        await _runs.EndAsync("R1", RunStatus.Interrupted, 130, Any.Now.AddMinutes(3), """{"a":1}""", default);
        (await _runs.LatestAsync(5, default)).ShouldBe(
            [new StoredRun("R1", "nightly", Any.Today, "--person P1", true, RunStatus.Interrupted, 130, Any.Now, Any.Now.AddMinutes(3), """{"a":1}""")]);
        (await _runs.StepsAsync("R1", default)).ShouldBe(
        [
            new StoredStep("extract", RunStatus.Done, new(10, 8, 1, 1), Any.Now, Any.Now.AddMinutes(1), "detail"),
            new StoredStep("transform", RunStatus.Interrupted, StepCounts.None, Any.Now.AddMinutes(1), Any.Now.AddMinutes(2), null),
        ]);
    }

    [Fact]
    public async Task A_run_whose_process_died_is_noticed_by_the_next()
    {
        await BeginAsync("R1", Any.Today);
        await _runs.BeginStepAsync("R1", "submit", Any.Now, default);
        await BeginAsync("R2", Any.Today);
        (await _runs.LatestAsync(5, default)).Select(r => (r.RunId, r.Status)).ShouldBe([("R2", RunStatus.Running), ("R1", RunStatus.Abandoned)]);
        (await _runs.StepsAsync("R1", default)).ShouldHaveSingleItem().Status.ShouldBe(RunStatus.Abandoned);
    }

    [Fact]
    public async Task A_step_can_be_begun_again()
    {
        await BeginAsync("R1", Any.Today);
        await _runs.BeginStepAsync("R1", "submit", Any.Now, default);
        await _runs.BeginStepAsync("R1", "submit", Any.Now.AddHours(1), default);
        (await _runs.StepsAsync("R1", default)).ShouldHaveSingleItem().StartedAt.ShouldBe(Any.Now.AddHours(1));
    }

    [Fact]
    public async Task The_last_business_date_is_that_of_the_last_run_begun()
    {
        (await _runs.LastAsOfAsync("R1", default)).ShouldBeNull();
        await BeginAsync("R1", Any.Today.AddDays(5));
        (await _runs.LastAsOfAsync("R1", default)).ShouldBeNull();
        await BeginAsync("R2", Any.Today);
        (await _runs.LastAsOfAsync("R3", default)).ShouldBe(Any.Today);
        (await _runs.LastAsOfAsync("R2", default)).ShouldBe(Any.Today.AddDays(5));
    }

    [Fact]
    public async Task Figures_are_replaced_not_added_up()
    {
        await BeginAsync("R1", Any.Today.AddDays(-1));
        await BeginAsync("R2", Any.Today);
        await _runs.SetCountsAsync("R1", "withheld", new Dictionary<string, long> { ["aged-18"] = 3 }, default);
        await _runs.SetCountsAsync("R2", "withheld", new Dictionary<string, long> { ["aged-18"] = 4, ["x"] = 1 }, default);
        await _runs.SetCountsAsync("R2", "withheld", new Dictionary<string, long> { ["aged-18"] = 5 }, default);
        await _runs.SetCountsAsync("R2", "decision", new Dictionary<string, long> { ["new"] = 9 }, default);
        (await _runs.CountsAsync("withheld", Any.Today.AddDays(-1), default)).ShouldBe([new("R1", Any.Today.AddDays(-1), "aged-18", 3), new("R2", Any.Today, "aged-18", 5)]);
        (await _runs.CountsAsync("withheld", Any.Today, default)).ShouldHaveSingleItem().RunId.ShouldBe("R2");
    }

    [Fact]
    public async Task S16_set_aside_rows_are_kept_by_run_in_their_order()
    {
        await BeginAsync("R1", Any.Today);
        SetAsideRow[] rows =
        [
            new(SourceTable.LegalStatus, "cpis_source_legal_status id LS1", "LS1", "P1", "code", "missing"),
            new(SourceTable.Person, "person.csv line 7", null, null, null, "badly quoted"),
        ];
        await _runs.SetSetAsideAsync("R1", rows.ToAsyncEnumerable(), default);
        await _runs.SetSetAsideAsync("R1", rows.ToAsyncEnumerable(), default);
        (await _runs.SetAsideAsync("R1").ToListAsync()).ShouldBe(rows);
        (await _runs.SetAsideAsync("R2").ToListAsync()).ShouldBeEmpty();
    }

    private Task BeginAsync(string runId, DateOnly asOf) =>
        _runs.BeginAsync(new NewRun(runId, "nightly", asOf, "--person P1", true, Any.Now), default);

    [Fact]
    public async Task The_latest_runs_of_one_command_are_told_newest_first()
    {
        await BeginAsync("R1", Any.Today);
        await BeginAsync("R2", Any.Today);
        await _runs.BeginAsync(new NewRun("R3", "reconcile", Any.Today, null, false, Any.Now), default);
        (await _runs.LatestOfAsync("nightly", 5, default)).Select(r => r.RunId).ShouldBe(["R2", "R1"]);
        (await _runs.LatestOfAsync("nightly", 1, default)).Select(r => r.RunId).ShouldBe(["R2"]);
        (await _runs.LatestOfAsync("report", 1, default)).ShouldBeEmpty();
    }
}

public sealed class RunStoreTestsOnSqlite() : RunStoreTests(TestFolder.Sqlite);

public sealed class RunStoreTestsOnSqlServer() : RunStoreTests(TestFolder.SqlServer);
