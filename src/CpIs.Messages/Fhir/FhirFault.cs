using System.Globalization;

namespace CpIs.Messages.Fhir;

/// <summary>What is wrong with a document, and where. Neither part repeats content.</summary>
/// <param name="Path">JSON path, such as <c>$.entry[3].resource.recorded</c>.</param>
internal sealed record FhirFault(string Path, string Problem)
{
    private const int MaxShown = 300;
    private const int MaxNameLength = 64;

    /// <summary>The path of a property. A name that no FHIR element could have is shown as <c>?</c>: it may be anything, also data.</summary>
    public static string Child(string path, string name) => $"{path}.{(IsElementName(name) ? name : "?")}";

    /// <summary>The path of an array's item.</summary>
    public static string Item(string path, int index) => string.Create(CultureInfo.InvariantCulture, $"{path}[{index}]");

    public override string ToString() => $"{(Path.Length <= MaxShown ? Path : $"{Path[..(MaxShown / 2)]}...{Path[^(MaxShown / 2)..]}")}: {Problem}";

    private static bool IsElementName(string name) => name.Length is > 0 and <= MaxNameLength && name.AsSpan().TrimStart('_') is [var first, ..] bare
        && char.IsAsciiLetter(first) && !bare.ContainsAnyExcept(LettersAndDigits);

    private static readonly System.Buffers.SearchValues<char> LettersAndDigits =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
}
