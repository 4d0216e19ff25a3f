using System.Diagnostics;
using System.Globalization;
using CpIs.Schedule.Tests.Harness;
using Npgsql;

namespace CpIs.Schedule.Tests;

/// <summary>Several nodes share one schedule in PostgreSQL, and many councils.</summary>
public sealed class ClusterTests
{
    private const int Councils = 20;
    private const int Nodes = 3;

    [SkippableFact]
    public async Task Three_nodes_run_every_councils_night_once_although_one_of_them_is_killed_in_the_middle()
    {
        Skip.If(PostgreSqlServer.Missing is not null && Environment.GetEnvironmentVariable("CI") != "true", PostgreSqlServer.Missing);
        PostgreSqlServer.Missing.ShouldBeNull();
        using var server = PostgreSqlServer.Start();
        using var rig = new Rig();
        var clock = Stopwatch.StartNew();
        var councils = CreateCouncils(rig);
        rig.Write("connection.txt", server.ConnectionString);
        rig.Write("cpis.json", """
            { "Schedule": {
                "CouncilsFolder": "councils", "MaxConcurrent": 2, "StopSeconds": 10,
                "Store": { "Kind": "postgresql", "ConnectionStringFile": "connection.txt", "CheckinSeconds": 3 } } }
            """);

        // Started one after the other before the night, as a supplier would, so that none of them misses it.
        var night = DateTimeOffset.UtcNow + (4 * clock.Elapsed) + TimeSpan.FromSeconds(10);
        rig.JobAt("nightly", night);
        var nodes = new List<(string Id, Node Node)>();
        for (var i = 0; i < Nodes; i++)
        {
            rig.Environment["CPIS__SCHEDULE__STORE__INSTANCEID"] = $"node-{i}";
            nodes.Add(($"node-{i}", rig.Start("schedule", "--data", rig.Path_("data"))));
            await nodes[^1].Node.StartedAsync();
        }

        // The big council's night is long enough to be killed in its middle.
        var big = councils[0];
        await Rig.UntilAsync(
            () => Rig.Query(big, "SELECT step FROM cpis_step WHERE status = 'running' AND step IN ('extract', 'transform')").Count > 0,
            TimeSpan.FromSeconds(180), () => Describe(councils, nodes));
        var owner = await OwnerAsync(server, Path.GetFileName(big));
        var victim = nodes.Single(n => n.Id == owner).Node;
        victim.Process.Kill(entireProcessTree: true);

        await Rig.UntilAsync(
            () => councils.All(c => Rig.Runs(c).Any(r => r["status"] == "done")), TimeSpan.FromSeconds(240), () => Describe(councils, nodes));
        foreach (var (_, node) in nodes.Where(n => n.Node != victim))
        {
            node.Process.HasExited.ShouldBeFalse(node.Said);
            (await node.StopAsync()).ShouldBe(130, node.Said);
        }

        var brokenOff = 0;
        foreach (var council in councils)
        {
            var runs = Rig.Runs(council);
            runs.Count(r => r["status"] == "done").ShouldBe(1, Describe(councils, nodes));
            runs.Count(r => r["status"] is not ("done" or "abandoned" or "interrupted")).ShouldBe(0, Describe(councils, nodes));
            runs.ShouldAllBe(r => r["as_of"] == runs[0]["as_of"]);
            brokenOff += runs.Count - 1;
            NothingWasSentTwice(council);
        }

        // A job whose node dies before it does may still see that and stop by itself.
        var ofBig = Rig.Runs(big).Select(r => r["status"]).ToList();
        ofBig.Count.ShouldBe(2);
        ofBig[0].ShouldBeOneOf("abandoned", "interrupted");
        ofBig[1].ShouldBe("done");
        brokenOff.ShouldBeInRange(1, 2, "one node runs two jobs at most");
    }

    private static List<string> CreateCouncils(Rig rig)
    {
        var councils = new List<string>();
        rig.CreateCouncil(rig.Path_("template"));
        for (var i = 0; i < Councils; i++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"council-{i:D2}");
            rig.Write($"councils/{name}.json", $$"""
                { "Authority": { "Code": "T{{i:D2}}", "OdsCode": "X{{i:D2}}", "Name": "COUNCIL {{i}}", "EmergencyDutyPhone": "01632960002" } }
                """);
            var data = rig.Path_("data", "councils", name);
            Directory.CreateDirectory(data);
            if (i > 0)
            {
                File.Copy(rig.Path_("template", "cpis.db"), Path.Combine(data, "cpis.db"));
            }

            councils.Add(data);
        }

        rig.Run("db", "generate", "--children", "5000", "--seed", "7", "--out", rig.Path_("big"), "--quiet").ExitCode.ShouldBe(0);
        rig.Run("db", "init", "--data", councils[0], "--quiet").ExitCode.ShouldBe(0);
        rig.Run("db", "load", "--data", councils[0], "--from", rig.Path_("big"), "--quiet").ExitCode.ShouldBe(0);
        return councils;
    }

    /// <summary>The node that runs a council's job, as Quartz has it.</summary>
    private static async Task<string> OwnerAsync(PostgreSqlServer server, string council)
    {
        await using var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("SELECT instance_name FROM qrtz_fired_triggers WHERE job_group = @council", connection);
        command.Parameters.AddWithValue("council", council);
        return (string)(await command.ExecuteScalarAsync())!;
    }

    private static void NothingWasSentTwice(string data)
    {
        var sent = Rig.Query(data, "SELECT file_number, status FROM cpis_file WHERE told_at IS NOT NULL");
        sent.Count.ShouldBeGreaterThan(0);
        var files = Directory.GetFiles(Path.Combine(data, "outbox"), "upload-*").Select(f => long.Parse(Path.GetFileNameWithoutExtension(f)[7..], CultureInfo.InvariantCulture)).Order();
        files.ShouldBe(sent.Select(f => long.Parse(f["file_number"], CultureInfo.InvariantCulture)).Order());
    }

    private static string Describe(List<string> councils, List<(string Id, Node Node)> nodes) =>
        string.Join('\n', councils.Select(c => $"{Path.GetFileName(c)}: {string.Join(", ", Rig.Runs(c).Select(r => $"{r["status"]} {r["exit_code"]} {r["started_at"]}"))}"))
        + string.Join('\n', nodes.Select(n => $"\n--- {n.Id}\n{n.Node.Said}"));
}
