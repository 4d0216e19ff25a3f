namespace CpIs.Batch.Report;

/// <summary>
/// The kind of service that accessed a record, as far as the organisation's own name says it. A code of an organisation does not say
/// what it is, so nothing is made of codes; a name that does not say it is counted as one that does not.
/// </summary>
internal static class ServiceKinds
{
    public const string NotSaid = "The name does not say";
    public const string NoName = "No name was given";

    /// <summary>"Mill Road Surgery" is a practice; a cardiac surgery unit is none.</summary>
    private const string AtTheEnd = "$";

    /// <summary>In this order: a walk-in centre of a hospital is a walk-in centre.</summary>
    private static readonly (string Kind, string[] Words)[] s_kinds =
    [
        ("Ambulance service", ["ambulance"]),
        ("NHS 111", ["nhs 111", "111 service"]),
        ("Walk-in centre", ["walk in"]),
        ("Minor injuries or urgent care", ["minor injuries", "minor injury", "urgent care", "urgent treatment"]),
        ("GP out of hours", ["out of hours", "ooh"]),
        ("Emergency department", ["emergency department", "accident and emergency", "accident emergency", "a e"]),
        ("Maternity", ["maternity", "midwifery", "antenatal"]),
        ("Children's ward or clinic", ["paediatric", "paediatrics"]),
        ("Hospital, part not said", ["hospital", "hospitals", "infirmary"]),
        ("GP practice or health centre", ["gp", "medical practice", "medical centre", "health centre", "surgery" + AtTheEnd]),
    ];

    public static string Of(string? organisationName)
    {
        // Words are compared whole: letters and digits count, whatever stands between them is a gap.
        var words = $" {string.Join(' ', new string([.. (organisationName ?? string.Empty).ToLowerInvariant().Select(c => char.IsLetterOrDigit(c) ? c : ' ')]).Split(' ', StringSplitOptions.RemoveEmptyEntries))} ";
        return string.IsNullOrWhiteSpace(words) ? NoName : Array.Find(s_kinds, k => Array.Exists(k.Words, w => Says(words, w))).Kind ?? NotSaid;
    }

    private static bool Says(string words, string word) => word.EndsWith(AtTheEnd, StringComparison.Ordinal)
        ? words.EndsWith($" {word[..^AtTheEnd.Length]} ", StringComparison.Ordinal)
        : words.Contains($" {word} ", StringComparison.Ordinal);
}
