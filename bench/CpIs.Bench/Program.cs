using System.Diagnostics;
using System.Globalization;

// Time and memory of a whole first night, as ratios: the time against a floor measured in the same run (reading the council's files and
// writing as many bytes as the night wrote), the peak memory against that of the smallest council.
int[] sizes = args.Length > 0 ? [.. args.Select(a => int.Parse(a, CultureInfo.InvariantCulture))] : [200, 2_000, 20_000];
var root = Directory.CreateTempSubdirectory("cpis-bench-").FullName;
var program = Path.Combine(AppContext.BaseDirectory, "cpis.dll");
try
{
    long smallest = 0;
    Console.WriteLine("children | night s | floor s | ratio | peak MB | against the smallest");
    foreach (var size in sizes)
    {
        var folder = Directory.CreateDirectory(Path.Combine(root, size.ToString(CultureInfo.InvariantCulture))).FullName;
        var source = Path.Combine(folder, "source");
        var data = Path.Combine(folder, "data");
        Run("db", "generate", "--children", size.ToString(CultureInfo.InvariantCulture), "--seed", "1", "--out", source, "--as-of", "2026-03-10");
        Run("db", "init", "--data", data);
        Run("db", "load", "--from", source, "--data", data);
        var (seconds, peak) = Run("nightly", "--data", data, "--as-of", "2026-03-10");
        var floor = Floor(source, Path.Combine(data, "runs"), Path.Combine(folder, "floor"));
        smallest = smallest == 0 ? peak : smallest;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{size,8} | {seconds,7:F1} | {floor,7:F3} | {seconds / floor,5:F0} | {peak / 1024 / 1024,7} | {(double)peak / smallest:F2}"));
    }
}
finally
{
    Directory.Delete(root, recursive: true);
}

return 0;

(double Seconds, long Peak) Run(params string[] arguments)
{
    var start = new ProcessStartInfo("dotnet", [program, .. arguments])
    {
        UseShellExecute = false,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    };
    var watch = Stopwatch.StartNew();
    using var process = Process.Start(start)!;
    var output = process.StandardOutput.ReadToEndAsync();
    var error = process.StandardError.ReadToEndAsync();
    long peak = 0;
    while (!process.WaitForExit(20))
    {
        peak = Math.Max(peak, PeakOf(process));
    }

    Task.WaitAll(output, error);
    return process.ExitCode is 0 or 5
        ? (watch.Elapsed.TotalSeconds, peak)
        : throw new InvalidOperationException($"cpis {arguments[0]} ended with {process.ExitCode}: {error.Result}");
}

static long PeakOf(Process process)
{
    try
    {
        if (!OperatingSystem.IsLinux())
        {
            process.Refresh();
            return process.PeakWorkingSet64;
        }

        var line = File.ReadLines($"/proc/{process.Id}/status").FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return line is null ? 0 : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }
    catch (Exception e) when (e is IOException or InvalidOperationException)
    {
        return 0;
    }
}

static double Floor(string source, string runs, string target)
{
    var written = Directory.EnumerateFiles(runs, "*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length);
    var watch = Stopwatch.StartNew();
    long read = 0;
    foreach (var file in Directory.EnumerateFiles(source, "*.csv"))
    {
        read += File.ReadLines(file).Sum(l => (long)l.Length);
    }

    using (var stream = new FileStream(target, FileMode.Create))
    {
        var block = new byte[1 << 16];
        for (var left = written; left > 0; left -= block.Length)
        {
            stream.Write(block, 0, (int)Math.Min(left, block.Length));
        }

        stream.Flush(flushToDisk: true);
    }

    GC.KeepAlive(read);
    return watch.Elapsed.TotalSeconds;
}
