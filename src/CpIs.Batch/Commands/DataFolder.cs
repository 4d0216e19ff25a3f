namespace CpIs.Batch.Commands;

/// <summary>The data folder and what lies where in it (contract section 6). On POSIX folders are made with rights 0700 and files 0600.</summary>
internal sealed class DataFolder
{
    /// <param name="root">The folder; it need not exist yet.</param>
    public DataFolder(string root) => Root = Path.GetFullPath(root);

    public string Root { get; }

    /// <summary>The embedded database, unless another is configured.</summary>
    public string Database => Path.Combine(Root, "cpis.db");

    /// <summary>One folder for each run.</summary>
    public string Runs => Path.Combine(Root, "runs");

    public string Outbox => Path.Combine(Root, "outbox");

    public string Inbox => Path.Combine(Root, "inbox");

    /// <summary>Bytes as received, of what was applied.</summary>
    public string Archive => Path.Combine(Root, "archive");

    /// <summary>Bytes as received, of what was not, with the reason beside them.</summary>
    public string Quarantine => Path.Combine(Root, "quarantine");

    public string Logs => Path.Combine(Root, "logs");

    public string Run(string runId) => Path.Combine(Runs, runId);

    public string Extract(string runId) => Path.Combine(Run(runId), "extract");

    public string Transform(string runId) => Path.Combine(Run(runId), "transform");

    /// <summary>A configured path: a relative one lies in the data folder.</summary>
    public string Resolve(string path) => Path.GetFullPath(path, Root);

    /// <summary>A path as it is kept: below the data folder relative to it, so that the folder can be moved.</summary>
    public string Relative(string path)
    {
        var relative = Path.GetRelativePath(Root, path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }

    /// <summary>Makes the data folder and its fixed folders where they are missing. Those of a transport are made by the transport.</summary>
    public void Create()
    {
        foreach (var folder in new[] { Root, Runs, Archive, Quarantine, Logs })
        {
            Ensure(folder);
        }
    }

    /// <summary>Makes a folder and its parents where they are missing; the rights of one that is there are left as they are.</summary>
    public static string Ensure(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return folder;
    }

    /// <summary>Opens a new file for writing, readable by its owner alone.</summary>
    /// <exception cref="IOException">It is there already.</exception>
    public static FileStream CreateFile(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 1 << 16 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(path, options);
    }
}
