using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace CpIs.CrashEngine;

/// <summary>
/// What happens at the points. <c>CPIS_CRASH_AT=NAME#K</c> kills the process when it comes to NAME for the K-th time,
/// <c>CPIS_FAULT_AT=NAME#K:enospc|denied|busy|commit</c> makes what is being done there fail, and writes the file <c>CPIS_FAULT_MET</c>
/// when it does, <c>CPIS_WAIT_AT=NAME#K:FILE</c> waits there until the file exists, and <c>CPIS_CRASH_RECORD=FILE</c> lists the points in the order in which they are met.
/// </summary>
internal static partial class CrashPoint
{
    private const int SigKill = 9;
    private const int NoSpace = 28;
    private static readonly Lock s_lock = new();
    private static readonly Dictionary<string, int> s_met = new(StringComparer.Ordinal);
    private static readonly string? s_record = Environment.GetEnvironmentVariable("CPIS_CRASH_RECORD");
    private static readonly string? s_crashAt = Environment.GetEnvironmentVariable("CPIS_CRASH_AT");
    private static readonly (string Point, string Then)? s_faultAt = Split(Environment.GetEnvironmentVariable("CPIS_FAULT_AT"));
    private static readonly string? s_faultMet = Environment.GetEnvironmentVariable("CPIS_FAULT_MET");
    private static readonly (string Point, string Then)[] s_waitAt =
        [.. (Environment.GetEnvironmentVariable("CPIS_WAIT_AT") ?? "").Split('|', StringSplitOptions.RemoveEmptyEntries).Select(w => Split(w)!.Value)];

    private static readonly bool s_isIdle = s_record is null && s_crashAt is null && s_faultAt is null && s_waitAt.Length == 0;
    private static readonly AsyncLocal<Action?> s_inProcess = new();

    /// <summary>True when nothing was asked for.</summary>
    public static bool IsIdle => s_isIdle && s_inProcess.Value is null;

    /// <summary>
    /// Is called at each point that the caller, and what it awaits, comes to, in place of all that the environment asks for; what it throws
    /// ends the run there. For tests that run the engine in their own process.
    /// </summary>
    public static Action? InProcess
    {
        set => s_inProcess.Value = value;
    }

    public static void Reach(string name)
    {
        if (IsIdle)
        {
            return;
        }

        if (s_inProcess.Value is { } inProcess)
        {
            inProcess();
            return;
        }

        // Numbers of files and messages and ids of runs differ from run to run.
        name = Digits().Replace(name, "N");
        string point;
        lock (s_lock)
        {
            var count = s_met[name] = s_met.GetValueOrDefault(name) + 1;
            point = string.Create(CultureInfo.InvariantCulture, $"{name}#{count}");
            if (s_record is not null)
            {
                File.AppendAllText(s_record, point + "\n");
            }
        }

        foreach (var wait in s_waitAt.Where(w => w.Point == point))
        {
            File.WriteAllText(wait.Then + ".reached-" + Environment.ProcessId.ToString(CultureInfo.InvariantCulture), "");
            while (!File.Exists(wait.Then))
            {
                Thread.Sleep(5);
            }
        }

        if (point == s_crashAt)
        {
            Die();
        }

        if (s_faultAt is { } fault && fault.Point == point)
        {
            if (s_faultMet is not null)
            {
                File.WriteAllText(s_faultMet, "");
            }

            throw Fault(fault.Then);
        }
    }

    /// <summary>The name of a point at which something happens to a file.</summary>
    public static string FileName(string kind, string point, string path) => $"{kind}:{Path.GetFileName(path)}:{point}";

    private static Exception Fault(string kind) => kind switch
    {
        "enospc" => new IOException("No space left on device", NoSpace),
        "denied" => new UnauthorizedAccessException("Access to the path is denied."),
        "busy" => new SqliteException("SQLite Error 5: 'database is locked'.", raw.SQLITE_BUSY),
        "commit" => new SqliteException("SQLite Error 13: 'database or disk is full'.", raw.SQLITE_FULL),
        _ => throw new InvalidOperationException("No such fault: " + kind),
    };

    /// <summary>No finally block, no handler, no flush: as a power cut is to the process.</summary>
    private static void Die()
    {
        _ = Kill(Environment.ProcessId, SigKill);
        Thread.Sleep(Timeout.Infinite);
    }

    private static (string Point, string Then)? Split(string? text)
    {
        if (text is null)
        {
            return null;
        }

        var hash = text.LastIndexOf('#');
        var colon = text.IndexOf(':', hash);
        return (text[..colon], text[(colon + 1)..]);
    }

    [GeneratedRegex("[0-9]{8}-[0-9]{6}-[0-9a-f]{6}|[0-9]+", RegexOptions.CultureInvariant)]
    private static partial Regex Digits();

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
