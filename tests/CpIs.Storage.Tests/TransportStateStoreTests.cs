using CpIs.Storage.Transport;
using Shouldly;

namespace CpIs.Storage.Tests;

[Covers(typeof(TransportStateStore))]
public abstract class TransportStateStoreTests(string provider) : IDisposable
{
    private readonly TestFolder _folder = new(provider);

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_value_is_kept_changed_and_forgotten_and_an_empty_one_is_a_value()
    {
        var database = await _folder.NewDatabaseAsync();
        await using (var session = await database.OpenAsync(default))
        {
            var store = new TransportStateStore(session);
            (await store.GetAsync("k", default)).ShouldBeNull();
            await store.SetAsync("k", null, default);
            await store.SetAsync("k", "one", default);
            await store.SetAsync("k", "", default);
            await store.SetAsync("K", "ends in a space 𠮷 ", default);
        }

        await using (var session = await database.OpenAsync(default))
        {
            var store = new TransportStateStore(session);
            (await store.GetAsync("k", default)).ShouldBe("");
            (await store.GetAsync("K", default)).ShouldBe("ends in a space 𠮷 ");
            await store.SetAsync("k", null, default);
            (await store.GetAsync("k", default)).ShouldBeNull();
            (await store.GetAsync("K", default)).ShouldNotBeNull();
        }
    }
}

public sealed class TransportStateStoreTestsOnSqlite() : TransportStateStoreTests(TestFolder.Sqlite);

public sealed class TransportStateStoreTestsOnSqlServer() : TransportStateStoreTests(TestFolder.SqlServer);
