using Shouldly;

namespace CpIs.Storage.Tests;

public abstract class RunLockTests(string provider) : IDisposable
{
    private readonly TestFolder _folder = new(provider);

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_second_run_is_told_who_holds_the_lock()
    {
        var database = await _folder.NewDatabaseAsync();
        await using (await RunLock.TakeAsync(database, "R1", TimeProvider.System, default))
        {
            var error = await Should.ThrowAsync<RunLockedException>(() => RunLock.TakeAsync(database, "R2", TimeProvider.System, default));
            error.Holder.ShouldNotBeNull().RunId.ShouldBe("R1");
            error.Holder!.ProcessId.ShouldBe(Environment.ProcessId);
            error.Message.ShouldContain("R1");
        }

        await using var free = await RunLock.TakeAsync(database, "R3", TimeProvider.System, default);
    }

    [Fact]
    public async Task Two_councils_do_not_hinder_each_other()
    {
        await using var one = await RunLock.TakeAsync(await _folder.NewDatabaseAsync("one.db"), "R1", TimeProvider.System, default);
        await using var two = await RunLock.TakeAsync(await _folder.NewDatabaseAsync("two.db"), "R2", TimeProvider.System, default);
    }

    [Fact]
    public async Task A_lock_whose_holder_left_no_word_is_still_held()
    {
        var database = await _folder.NewDatabaseAsync();
        await using var held = await RunLock.TakeAsync(database, "R1", TimeProvider.System, default);
        if (_folder.IsServer)
        {
            await using var session = await database.OpenAsync(default);
            await session.ExecuteTextAsync("DELETE FROM cpis.cpis_run_lock", default);
        }
        else
        {
            File.WriteAllText(_folder.At("cpis.db.lock.json"), "{");
        }

        (await Should.ThrowAsync<RunLockedException>(() => RunLock.TakeAsync(database, "R2", TimeProvider.System, default))).Holder.ShouldBeNull();
    }

    [Fact]
    public async Task A_killed_process_frees_the_lock_at_once()
    {
        var database = await _folder.NewDatabaseAsync();
        await using var other = await OtherProcess.StartAsync("lock", _folder);
        var error = await Should.ThrowAsync<RunLockedException>(() => RunLock.TakeAsync(database, "R2", TimeProvider.System, default));
        error.Holder!.RunId.ShouldBe("R-other");
        await other.KillAsync();

        // A server needs a moment to notice that a connection has ended.
        await using var free = await Eventually.NoExceptionAsync<RunLock, RunLockedException>(() => RunLock.TakeAsync(database, "R3", TimeProvider.System, default));
    }

    [Fact]
    public async Task What_is_held_says_so()
    {
        await using var held = await RunLock.TakeAsync(await _folder.NewDatabaseAsync(), "R1", TimeProvider.System, default);
        await held.EnsureHeldAsync(default);
    }
}

public sealed class RunLockTestsOnSqlite() : RunLockTests(TestFolder.Sqlite);

public sealed class RunLockTestsOnSqlServer() : RunLockTests(TestFolder.SqlServer);
