using System.Globalization;
using CpIs.Batch.Commands;
using CpIs.Batch.StandIn;
using CpIs.Domain.Time;
using Spectre.Console;

namespace CpIs.Batch.Demo;

/// <summary>The demo's summary for people.</summary>
internal static class DemoView
{
    private static readonly string[] s_planTypes = ["CPP", "LAC", "UCPP"];

    public static void Write(IAnsiConsole console, DemoResult result, DataFolder data)
    {
        Heading(console, "What CP-IS is to show, and what it was told");
        console.Write(Nights(result.Nights));

        Heading(console, "Withheld, and why");
        console.Write(Reasons(result.Nights, n => n.Withheld));

        Heading(console, "Removed, and why");
        console.Write(Reasons(result.Nights, n => n.Removed));

        Heading(console, "Who looked (an access of the mother of unborn twins is on the file of each)");
        console.Write(Accesses(result.Accesses));

        Heading(console, "Open alerts by type and recipient");
        console.Write(Alerts(result.Alerts));

        if (result.Example is { } alert)
        {
            Heading(console, $"One of them, in the work tray of {alert.RecipientId}");
            console.WriteLine(alert.Subject);
            console.WriteLine(alert.Description);
        }

        Heading(console, "Where things lie");
        console.Write(Places(result, data));

        Heading(console, "What to try next");
        foreach (var command in Suggestions(result, data))
        {
            console.WriteLine($"  {command}");
        }

        console.WriteLine();
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Two nights took {result.Seconds} seconds. CP-IS (the stand-in) holds {result.Held} records. Delete the folder when you are done: {result.DataDir}"));
    }

    private static Table Nights(IReadOnlyList<DemoNight> nights)
    {
        var table = Plain(["", .. nights.Select(n => StandInText.Of(n.AsOf))]);

        foreach (var type in s_planTypes)
        {
            Row(table, $"to be shown as {type}", nights.Select(n => Number(n.Shared.GetValueOrDefault(type))));
        }

        foreach (var decision in new[] { "new", "update", "end", "remove" })
        {
            Row(table, $"told: {decision}", nights.Select(n => Number(n.Told.GetValueOrDefault(decision))));
        }

        Row(table, "withheld", nights.Select(n => Number(n.Withheld.Sum(r => r.Number))));
        Row(table, "answer of CP-IS", nights.Select(n => string.Join(", ", n.FileCodes)));
        Row(table, "usable NHS numbers", nights.Select(n => n.MatchRate?.ToString("P1", CultureInfo.InvariantCulture) ?? string.Empty));
        return table;
    }

    private static Table Reasons(IReadOnlyList<DemoNight> nights, Func<DemoNight, IReadOnlyList<DemoReason>> reasonsOf)
    {
        var table = Plain(["reason", .. nights.Select(n => StandInText.Of(n.AsOf)), "for example"]);
        foreach (var reason in nights.SelectMany(reasonsOf).GroupBy(r => r.Reason, StringComparer.Ordinal).OrderBy(r => r.Key, StringComparer.Ordinal))
        {
            var counts = nights.Select(n => reasonsOf(n).FirstOrDefault(r => r.Reason == reason.Key)?.Number ?? 0);
            Row(table, reason.Key, [.. counts.Select(Number), reason.Last().ExamplePersonId]);
        }

        return table;
    }

    private static Table Accesses(IEnumerable<DemoAccess> accesses)
    {
        var table = Plain("person", "when (London)", "who", "job role", "where");
        foreach (var access in accesses)
        {
            var at = London.At(access.AccessedAt).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
            Row(table, access.PersonId ?? "nobody known", [at, access.AccessedBy ?? "", access.JobRole ?? "", access.OrganisationName ?? ""]);
        }

        return table;
    }

    private static Table Alerts(IEnumerable<DemoAlerts> alerts)
    {
        var table = Plain("type", "open", "workers", "managers", "duty roles");
        foreach (var type in alerts.GroupBy(a => a.AlertType, StringComparer.Ordinal))
        {
            string To(string kind) => string.Join(", ", type.Where(a => a.RecipientKind == kind).Select(a => $"{a.RecipientId} {Number(a.Open)}"));
            Row(table, type.Key, [Number(type.Sum(a => a.Open)), To("worker"), To("manager"), To("role")]);
        }

        return table;
    }

    private static Grid Places(DemoResult result, DataFolder data)
    {
        var last = result.Nights[^1];
        (string What, string Where)[] places =
        [
            ("data folder", result.DataDir),
            ("database (work trays, audit, ledger)", data.Database),
            ("decisions of night two", last.Decisions),
            ("upload of night two", last.Files is [var upload, ..] ? upload : "none"),
            ("uploads as CP-IS took them", Path.Combine(data.Root, "standin", "taken")),
            ("messages from CP-IS, applied", data.Archive),
            ("answers that wait for night three", data.Inbox),
            ("logs", data.Logs),
        ];
        var grid = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn();
        foreach (var (what, where) in places)
        {
            grid.AddRow(new Text("  " + what), new Text(where));
        }

        return grid;
    }

    private static IEnumerable<string> Suggestions(DemoResult result, DataFolder data)
    {
        var next = result.Nights[^1].AsOf.AddDays(1);
        var withheld = result.Nights[^1].Withheld.FirstOrDefault(r => r.Reason == "nhs-number-missing") ?? result.Nights[^1].Withheld[0];
        var folder = $"--data \"{data.Root}\"";
        string On(DateOnly day) => $"--as-of {StandInText.Of(day)}";
        yield return $"cpis explain --person {withheld.ExamplePersonId} {folder} {On(result.Nights[^1].AsOf)}";
        yield return $"cpis status {folder} {On(result.Nights[^1].AsOf)}";
        yield return $"cpis simulate --show {folder} {On(result.Nights[^1].AsOf)}";
        yield return $"cpis nightly {folder} {On(next)}";
        yield return "cpis simulate --help      (rejections, lost answers, accesses on request)";
        yield return "Without an installed program, cpis is: dotnet run --project src/CpIs.Batch --";
    }

    private static void Heading(IAnsiConsole console, string text)
    {
        console.WriteLine();
        console.WriteLine(text, new Style(decoration: Decoration.Bold));
    }

    private static Table Plain(params string[] columns) => new Table().Border(TableBorder.Simple).AddColumns(columns);

    private static void Row(Table table, string first, IEnumerable<string> cells) => table.AddRow(cells.Prepend(first).Select(c => new Text(c)));

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
