using System.Globalization;
using CpIs.EndToEnd.Tests.Harness;

namespace CpIs.Model.Tests;

/// <summary>One record of one upload file, with the source rows that the rules made it of when it was written.</summary>
internal sealed record Told(long File, int Position, Key Key, Content Content, DateOnly? Delete, IReadOnlyList<string> Rows, IReadOnlyList<string> Children)
{
    public bool IsRemoval => Delete is not null;

    /// <summary>Of what rows it is made: others when it is asked for by others, and is told no more because it is the same.</summary>
    public IReadOnlyList<string> Rows { get; set; } = Rows;

    /// <summary>Whose plan it is.</summary>
    public IReadOnlyList<string> Children { get; set; } = Children;

    public static Told Of(Uploaded record, int position, IReadOnlyList<string> rows, IReadOnlyList<string> children) => new(
        record.File, position, KeyOf(record),
        new Content(Council.DayOrNull(record.End), record.Family, record.Given, Council.Day(record.Born), record.LocalId!), Council.DayOrNull(record.Delete), rows, children);

    public static Key KeyOf(Uploaded record) => new(record.Number, record.PlanType, Council.Day(record.Start));

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"file {File} record {Position}: {Content.Holder} {Key.Type} {Key.Start:yyyy-MM-dd}..{Content.End:yyyy-MM-dd} under #{Key.Number[^4..]}{(IsRemoval ? " removed" : string.Empty)} of {string.Join('+', Rows)}");
}

/// <summary>What CP-IS holds: what stood in the files that came to it and that it did not refuse.</summary>
internal sealed class CpIsModel
{
    public Dictionary<Key, Told> Holds { get; } = [];

    /// <summary>Numbers that it no longer knows.</summary>
    public HashSet<string> Inactive { get; } = new(StringComparer.Ordinal);

    /// <summary>The records that it shows on a day.</summary>
    public IEnumerable<Told> Shows(DateOnly day) => Holds.Values.Where(t => IsShown(t, day));

    public static bool IsShown(Told told, DateOnly day) =>
        told.Key.Start <= day && Rules.Until(told.Key.Type, told.Content.End) >= day && (told.Key.Type == "UCPP" || !Rules.IsAdult(told.Content.Born, day));

    /// <summary>The code that a record deserves by itself.</summary>
    public string CodeFor(Told told, DateOnly day) =>
        Inactive.Contains(told.Key.Number) ? "CPR05" : told.Key.Type != "UCPP" && Rules.IsAdult(told.Content.Born, day) ? "CPR07" : "CPR06";

    public void Load(Told told)
    {
        Holds.Remove(told.Key);
        if (!told.IsRemoval)
        {
            Holds[told.Key] = told;
        }
    }

    public void MakeInactive(string number)
    {
        Inactive.Add(number);
        foreach (var key in Holds.Keys.Where(k => k.Number == number).ToList())
        {
            Holds.Remove(key);
        }
    }
}
