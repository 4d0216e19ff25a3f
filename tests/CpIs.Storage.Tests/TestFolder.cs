namespace CpIs.Storage.Tests;

/// <summary>A folder of its own for each test, gone afterwards.</summary>
public sealed class TestFolder : IDisposable
{
    public TestFolder() => Root = Directory.CreateTempSubdirectory("cpis-storage-").FullName;

    public string Root { get; }

    public string At(string name) => Path.Combine(Root, name);

    public Database Database(string name = "cpis.db", string options = "") => new("sqlite", $"Data Source={At(name)};{options}");

    public async Task<Database> NewDatabaseAsync(string name = "cpis.db")
    {
        var database = Database(name);
        await new Migrator(database, TimeProvider.System).ApplyAsync(default);
        return database;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
