using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using CpIs.EndToEnd.Tests.Harness;
using Shouldly;

namespace CpIs.EndToEnd.Tests;

/// <summary>
/// The report as a browser shows it (tests/report-witness): light, dark, at 400% zoom and printed, judged by axe-core. Skipped where
/// Node, the packages or Chromium are not installed, except in CI.
/// </summary>
public class ReportAccessibilityTests(ReportCouncil council) : IClassFixture<ReportCouncil>
{
    private const int NoBrowser = 3;
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(5);
    private static readonly string[] s_looks = ["light", "dark", "narrow", "narrow-dark", "print"];

    [SkippableFact]
    public async Task Everybody_can_read_the_page()
    {
        var full = Path.Combine(council.Cpis.Root, "full.html");
        council.Cpis.Json(0, ReportCouncil.Today, "report", "--out", full, "--identified");
        using var fresh = new Cpis();
        fresh.Run("db", "init").ShouldExit(0);
        var empty = Path.Combine(fresh.Root, "empty.html");
        fresh.Json(0, ReportCouncil.Today, "report", "--out", empty);

        var seen = await LookAsync(full, empty);

        foreach (var page in new[] { full, empty })
        {
            var looks = seen.GetProperty(page);
            var plain = looks.GetProperty("plain");
            plain.GetProperty("errors").EnumerateArray().Select(e => e.GetString()).ShouldBeEmpty();
            foreach (var (name, look) in s_looks.Select(n => (Name: n, Look: looks.GetProperty(n))))
            {
                look.GetProperty("violations").EnumerateArray().Select(v => v.GetString()).ShouldBeEmpty();
                look.GetProperty("passes").GetInt32().ShouldBeGreaterThan(20);
                look.GetProperty("requests").EnumerateArray().Select(v => v.GetString()).ShouldBeEmpty();
                look.GetProperty("overflow").GetInt32().ShouldBe(0, name);
                look.GetProperty("overflowOpen").GetInt32().ShouldBe(0, name);
            }

            Background(looks, "light").ShouldNotBe(Background(looks, "dark"));
            Background(looks, "print").ShouldBe("rgb(255, 255, 255)");
        }
    }

    private static string? Background(JsonElement looks, string look) => looks.GetProperty(look).GetProperty("background").GetString();

    private static async Task<JsonElement> LookAsync(params string[] pages)
    {
        var folder = Path.Combine(Cpis.RepositoryRoot, "tests", "report-witness");
        if (!Directory.Exists(Path.Combine(folder, "node_modules")))
        {
            Missing("The report's witness is not installed: run npm ci in tests/report-witness.");
        }

        var start = new ProcessStartInfo("node", ["witness.mjs", .. pages])
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process? process = null;
        try
        {
            process = Process.Start(start);
        }
        catch (Win32Exception)
        {
            Missing("The report's witness needs Node 20 or later, which was not found.");
        }

        using (process)
        using (var limit = new CancellationTokenSource(s_limit))
        {
            var output = process!.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            try
            {
                await process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                throw;
            }

            if (process.ExitCode == NoBrowser)
            {
                Missing((await error).Trim());
            }

            process.ExitCode.ShouldBe(0, await error);
            return JsonDocument.Parse(await output).RootElement;
        }
    }

    private static void Missing(string what)
    {
        if (string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase))
        {
            Assert.Fail(what);
        }

        Skip.If(true, what);
    }
}
