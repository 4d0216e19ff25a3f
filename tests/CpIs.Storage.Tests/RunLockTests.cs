using Shouldly;

namespace CpIs.Storage.Tests;

public sealed class RunLockTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_second_run_is_told_who_holds_the_lock()
    {
        var database = _folder.Database();
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
        await using var one = await RunLock.TakeAsync(_folder.Database("one.db"), "R1", TimeProvider.System, default);
        await using var two = await RunLock.TakeAsync(_folder.Database("two.db"), "R2", TimeProvider.System, default);
    }

    [Fact]
    public async Task A_lock_whose_holder_left_no_word_is_still_held()
    {
        var database = _folder.Database();
        await using var held = await RunLock.TakeAsync(database, "R1", TimeProvider.System, default);
        File.WriteAllText(_folder.At("cpis.db.lock.json"), "{");
        (await Should.ThrowAsync<RunLockedException>(() => RunLock.TakeAsync(database, "R2", TimeProvider.System, default))).Holder.ShouldBeNull();
    }

    [Fact]
    public async Task A_killed_process_frees_the_lock_at_once()
    {
        await using var other = await OtherProcess.StartAsync("lock", _folder.At("cpis.db"));
        var error = await Should.ThrowAsync<RunLockedException>(() => RunLock.TakeAsync(_folder.Database(), "R2", TimeProvider.System, default));
        error.Holder!.RunId.ShouldBe("R-other");
        await other.KillAsync();
        await using var free = await RunLock.TakeAsync(_folder.Database(), "R3", TimeProvider.System, default);
    }
}
