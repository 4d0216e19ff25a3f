using CpIs.Batch.Commands;
using Shouldly;

namespace CpIs.Batch.Tests.Commands;

public sealed class DataFolderTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Folders_are_made_for_their_owner_alone()
    {
        var data = new DataFolder(_folder.File("a/data"));
        data.Create();

        foreach (var folder in new[] { data.Root, data.Runs, data.Archive, data.Quarantine, data.Logs, DataFolder.Ensure(data.Transform("r1")) })
        {
            Directory.Exists(folder).ShouldBeTrue();
            if (!OperatingSystem.IsWindows())
            {
                File.GetUnixFileMode(folder).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, folder);
            }
        }
    }

    [Fact]
    public void Files_are_made_for_their_owner_alone_and_never_over_another()
    {
        var path = _folder.File("new");
        DataFolder.CreateFile(path).Dispose();

        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        Should.Throw<IOException>(() => DataFolder.CreateFile(path).Dispose());
    }

    [Fact]
    public void Names_are_those_of_the_contract()
    {
        var data = new DataFolder(_folder.Path);

        Relative(data.Database).ShouldBe("cpis.db");
        Relative(data.Extract("r1")).ShouldBe("runs/r1/extract");
        Relative(data.Transform("r1")).ShouldBe("runs/r1/transform");
        Relative(data.Outbox).ShouldBe("outbox");
        Relative(data.Inbox).ShouldBe("inbox");
        Relative(data.Resolve("mesh")).ShouldBe("mesh");
        data.Resolve(_folder.File("x")).ShouldBe(_folder.File("x"));

        string Relative(string path) => Path.GetRelativePath(_folder.Path, path).Replace('\\', '/');
    }
}
