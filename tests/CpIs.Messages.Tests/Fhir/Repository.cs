namespace CpIs.Messages.Tests.Fhir;

/// <summary>Where the files of the repository lie, for tests that read them.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "CpIs.Batch.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException("CpIs.Batch.sln was not found above the test program.");
    }
}
