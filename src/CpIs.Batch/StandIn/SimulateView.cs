using System.Globalization;
using CpIs.Batch.Commands;
using Spectre.Console;

namespace CpIs.Batch.StandIn;

/// <summary>What <c>simulate</c> shows to people.</summary>
internal static class SimulateView
{
    public static void Write(IAnsiConsole console, SimulateResult result, StandInFolders folders)
    {
        if (result.Files.Count == 0)
        {
            console.WriteLine($"No upload waits in {folders.Outbox}.");
        }
        else
        {
            var table = new Table().Border(TableBorder.Simple)
                .AddColumn("upload").AddColumn("answer").AddColumn("loaded").AddColumn("removed").AddColumn("rejected").AddColumn("");
            foreach (var file in result.Files)
            {
                table.AddRow(
                    Text(file.Name),
                    Text(file.FileCode),
                    Text(file.Loaded),
                    Text(file.Removed),
                    Text(file.Rejected),
                    Text(string.Join(", ", Remarks(file))));
            }

            console.Write(table);
        }

        if (result.Recovered > 0)
        {
            console.WriteLine($"{result.Recovered} messages that an earlier run had not written were written first.");
        }

        if (result.OtherFiles > 0)
        {
            console.WriteLine($"{result.OtherFiles} other files in {folders.Outbox} are no hl7v3 uploads and were left there.");
        }

        if (result.NotFound.Count > 0)
        {
            console.WriteLine($"Not met under these local person ids: {string.Join(", ", result.NotFound)}.");
        }

        console.WriteLine($"Accesses: {result.Accesses}. Inactive numbers: {result.Inactive}. Records held: {result.Held}.");
        console.WriteLine($"Answers and notifications are in {folders.Inbox}, uploads as taken in {folders.Taken}.");
    }

    public static void Write(IAnsiConsole console, DateOnly day, IReadOnlyList<HeldCount> counts)
    {
        var table = new Table().Border(TableBorder.Simple)
            .AddColumn("plan type").AddColumn("held").AddColumn(string.Create(CultureInfo.InvariantCulture, $"shown on {day:yyyy-MM-dd}"));
        foreach (var count in counts)
        {
            table.AddRow(Text(count.PlanType), Text(count.Held), Text(count.Shown));
        }

        table.AddRow(Text("all"), Text(counts.Sum(c => c.Held)), Text(counts.Sum(c => c.Shown)));
        console.Write(table);
    }

    private static IEnumerable<string> Remarks(TakenFile file)
    {
        if (file.TakenBefore)
        {
            yield return "taken before";
        }

        if (!file.Answered)
        {
            yield return "not answered";
        }
    }

    private static Text Text(string text) => new(text);

    private static Text Text(int number) => new(number.ToString(CultureInfo.InvariantCulture));
}
