using CpIs.Batch.Commands;

namespace CpIs.Batch.Demo;

/// <summary>Where the demo works, and the invented council that it works with.</summary>
internal static class DemoFolder
{
    private const string Prefix = "cpis-demo-";

    /// <summary>The folder of <c>--data</c>, which must be empty or not there yet; without it a new one below the system's temporary folder.</summary>
    /// <exception cref="UsageException">There is something in it.</exception>
    public static DataFolder Fresh(string? given)
    {
        if (given is null)
        {
            return new DataFolder(Directory.CreateTempSubdirectory(Prefix).FullName);
        }

        if (File.Exists(given) || (Directory.Exists(given) && Directory.EnumerateFileSystemEntries(given).Any()))
        {
            throw new UsageException($"demo needs a folder that is empty or not there yet, so that it cannot meet a council's own data: {given}");
        }

        return new DataFolder(given);
    }

    /// <summary>A folder of <c>samples/</c>, which is copied beside the program when it is built.</summary>
    /// <exception cref="CannotFinishException">It is not there.</exception>
    public static string Sample(string name)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "samples", name);
        return Directory.Exists(folder) ? folder : throw new CannotFinishException($"The sample council is missing beside the program: {folder}");
    }
}
