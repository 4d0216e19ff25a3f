using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace CpIs.Schedule.Tests.Harness;

/// <summary>A PostgreSQL server of one test: a fresh cluster in a temporary folder, on a loopback port, stopped and deleted at the end.</summary>
internal sealed class PostgreSqlServer : IDisposable
{
    private static readonly string? s_binaries = FindBinaries();
    private readonly string _folder;
    private readonly int _port;

    private PostgreSqlServer(string folder, int port) => (_folder, _port) = (folder, port);

    /// <summary>Null when PostgreSQL is there; else why the test cannot run.</summary>
    public static string? Missing => s_binaries is null ? "PostgreSQL (initdb, pg_ctl) is not installed; .ci/before.d/20-postgresql installs it." : null;

    public string ConnectionString => $"Host=127.0.0.1;Port={_port};Username=cpis;Database=postgres;Pooling=true;Maximum Pool Size=20";

    public static PostgreSqlServer Start()
    {
        var folder = Directory.CreateTempSubdirectory("cpis-pg-").FullName;
        if (IsRoot)
        {
            Run("chown", ["postgres", folder]);
        }

        var server = new PostgreSqlServer(folder, FreePort());
        try
        {
            server.Program("initdb", "-D", server.Data, "-U", "cpis", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync");
            server.Program(
                "pg_ctl", "-D", server.Data, "-w", "-t", "60", "-l", Path.Combine(folder, "server.log"), "-o",
                $"-c listen_addresses=127.0.0.1 -c port={server._port} -c unix_socket_directories= -c fsync=off -c max_connections=120", "start");
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (File.Exists(Path.Combine(Data, "postmaster.pid")) || IsRoot)
        {
            try
            {
                Program("pg_ctl", "-D", Data, "-m", "immediate", "-w", "stop");
            }
            catch (InvalidOperationException)
            {
                // It had not come up.
            }
        }

        Directory.Delete(_folder, recursive: true);
    }

    private string Data => Path.Combine(_folder, "data");

    private static bool IsRoot => !OperatingSystem.IsWindows() && Environment.UserName == "root";

    /// <summary>PostgreSQL refuses to run as root, so then its own user runs it.</summary>
    private void Program(string name, params string[] arguments)
    {
        var path = Path.Combine(s_binaries!, name);
        if (!IsRoot)
        {
            Run(path, arguments, _folder);
        }
        else
        {
            Run("setpriv", ["--reuid", "postgres", "--regid", "postgres", "--init-groups", path, .. arguments], _folder);
        }
    }

    private static void Run(string program, string[] arguments, string? folder = null)
    {
        // Nothing is captured: a server that inherited a pipe would keep it open.
        var start = new ProcessStartInfo("/bin/sh") { UseShellExecute = false, WorkingDirectory = folder ?? Path.GetTempPath() };
        foreach (var word in new[] { "-c", "exec \"$@\" >/dev/null 2>&1", "sh", program }.Concat(arguments))
        {
            start.ArgumentList.Add(word);
        }

        start.Environment["HOME"] = folder ?? Path.GetTempPath();
        using var process = Process.Start(start)!;
        if (!process.WaitForExit(TimeSpan.FromMinutes(2)))
        {
            process.Kill(entireProcessTree: true);
            throw new InvalidOperationException($"{program} did not end.");
        }

        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} ended with {process.ExitCode}.");
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string? FindBinaries()
    {
        if (OperatingSystem.IsWindows() || OperatingSystem.IsMacOS())
        {
            return null;
        }

        string[] parents = ["/usr/lib/postgresql", "/usr"];
        var folders = parents.Where(Directory.Exists)
            .SelectMany(p => Directory.GetDirectories(p, p == "/usr" ? "pgsql-*" : "*"))
            .Select(f => Path.Combine(f, "bin"))
            .OrderDescending(StringComparer.Ordinal)
            .Concat((Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':'));
        return folders.FirstOrDefault(f => File.Exists(Path.Combine(f, "initdb")) && File.Exists(Path.Combine(f, "pg_ctl")));
    }
}
