namespace CpIs.Transport.Tests.Support;

/// <summary>A real folder that goes when the test ends.</summary>
public sealed class TempFolder : IDisposable
{
    public TempFolder() => Root = Directory.CreateTempSubdirectory("cpis-transport-").FullName;

    public string Root { get; }

    public string this[params string[] parts] => Path.Combine([Root, .. parts]);

    /// <summary>Everything below a folder, relative paths in ordinal order.</summary>
    public string[] Files(params string[] parts)
    {
        var folder = this[parts];
        if (!Directory.Exists(folder))
        {
            return [];
        }

        var files = Directory.GetFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
            .Select(f => Path.GetRelativePath(folder, f).Replace('\\', '/')).ToArray();
        Array.Sort(files, StringComparer.Ordinal);
        return files;
    }

    public string Write(string content, params string[] parts)
    {
        var path = this[parts];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(Root, recursive: true);
        }
        catch (IOException)
        {
            // A leftover in the system's temporary folder fails no test.
        }
    }
}
