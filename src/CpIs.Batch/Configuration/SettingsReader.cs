using System.Globalization;

namespace CpIs.Batch.Configuration;

/// <summary>
/// Reads typed values out of what is configured. Whatever is asked for becomes a known key; what is configured and was never asked
/// for is an unknown one. Problems are collected, so that all are told at once.
/// </summary>
internal sealed class SettingsReader(IReadOnlyDictionary<string, SettingsEntry> entries, string baseFolder)
{
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _sections = new(StringComparer.OrdinalIgnoreCase);

    public List<string> Problems { get; } = [];

    /// <summary>The keys asked for so far.</summary>
    public IReadOnlyCollection<string> Known => _known;

    /// <summary>True when anything with a value is configured below a section.</summary>
    public bool HasAny(string section) =>
        entries.Values.Any(e => SettingsEntries.IsBelow(e.Key, section) && e.Value is not null);

    /// <summary>True when the key stands in the configuration file itself, not in the environment.</summary>
    public bool StandsInFile(string key) => entries.TryGetValue(key, out var entry) && entry.Variable is null;

    /// <summary>A text, blank counting as none.</summary>
    public string? Text(string key, string? fallback = null, int maxLength = 400)
    {
        if (Find(key) is not { } entry)
        {
            return fallback;
        }

        var text = entry.Value!.Trim();
        if (text.Length > maxLength || text.Any(char.IsControl))
        {
            Bad(entry, $"must be a single line of at most {maxLength} characters");
            return fallback;
        }

        return text.Length == 0 ? null : text;
    }

    /// <summary>A text that must be there and satisfy a condition.</summary>
    public string Required(string key, string expected, Func<string, bool> isValid, int maxLength = 400)
    {
        var problems = Problems.Count;
        var text = Text(key, maxLength: maxLength);
        if (Problems.Count > problems)
        {
            return string.Empty;
        }

        if (text is null)
        {
            Problems.Add($"{key} is required: {expected}.");
            return string.Empty;
        }

        if (!isValid(text))
        {
            Bad(entries[key], $"must be {expected}");
        }

        return text;
    }

    /// <summary>A text that may be missing but must satisfy a condition if it is there.</summary>
    public string? Optional(string key, string expected, Func<string, bool> isValid, string? fallback = null)
    {
        var text = Text(key, fallback);
        if (text is not null && !isValid(text) && entries.TryGetValue(key, out var entry))
        {
            Bad(entry, $"must be {expected}");
        }

        return text;
    }

    /// <summary>A whole number within limits, both allowed.</summary>
    public int Number(string key, int fallback, int least, int most) => NumberOrNone(key, least, most) ?? fallback;

    /// <summary>A whole number within limits, or null when it is not configured.</summary>
    public int? NumberOrNone(string key, int least, int most)
    {
        if (Find(key) is not { } entry)
        {
            return null;
        }

        if (int.TryParse(entry.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
        {
            return number;
        }

        Bad(entry, $"must be a whole number from {least} to {most}");
        return null;
    }

    /// <summary>Yes or no: <c>true</c> or <c>false</c>.</summary>
    public bool Flag(string key, bool fallback) => Choice(key, fallback, ("true", true), ("false", false));

    /// <summary>A fraction from 0 to 1.</summary>
    public decimal Fraction(string key, decimal fallback)
    {
        if (Find(key) is not { } entry)
        {
            return fallback;
        }

        if (decimal.TryParse(entry.Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number is >= 0 and <= 1)
        {
            return number;
        }

        Bad(entry, "must be a number from 0 to 1");
        return fallback;
    }

    /// <summary>A calendar date, <c>yyyy-MM-dd</c>, or null when it is not configured.</summary>
    public DateOnly? Date(string key)
    {
        if (Find(key) is not { } entry)
        {
            return null;
        }

        if (DateOnly.TryParseExact(entry.Value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
        {
            return date;
        }

        Bad(entry, "must be a date, yyyy-MM-dd");
        return null;
    }

    /// <summary>One of a few names, letter case aside.</summary>
    public T Choice<T>(string key, T fallback, params ReadOnlySpan<(string Name, T Value)> choices)
    {
        if (Find(key) is not { } entry)
        {
            return fallback;
        }

        var names = new List<string>();
        foreach (var (name, value) in choices)
        {
            if (string.Equals(name, entry.Value?.Trim(), StringComparison.OrdinalIgnoreCase))
            {
                return value;
            }

            names.Add(name);
        }

        Bad(entry, $"must be one of {string.Join(", ", names)}");
        return fallback;
    }

    /// <summary>
    /// A secret: from the environment, or from the first line of the file that <c>KeyFile</c> names; never from the configuration file.
    /// </summary>
    /// <param name="allowInFile">True where the value often holds nothing secret, as a connection string with integrated security.</param>
    public Secret? Secret(string key, bool allowInFile = false)
    {
        var entry = Find(key);
        var path = FilePath(key + "File");
        if (entry is { Variable: null } && !allowInFile)
        {
            Problems.Add($"{key} is a secret and must not stand in the configuration file: set {VariableOf(key)}, or name a file in {key}File.");
            return null;
        }

        if (entry is not null && path is not null)
        {
            Problems.Add($"{key} and {key}File are both set; only one may be.");
            return null;
        }

        if (path is null)
        {
            return string.IsNullOrWhiteSpace(entry?.Value) ? null : new Secret(entry.Value);
        }

        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            var text = File.ReadAllText(path).TrimEnd('\r', '\n');
            if (text.Length > 0)
            {
                return new Secret(text);
            }

            Problems.Add($"{key}File names an empty file.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Problems.Add($"{key}File names a file that cannot be read ({e.GetType().Name}).");
        }

        return null;
    }

    /// <summary>A path of an existing file, or null when it is not configured; a relative one is taken from the configuration file's folder.</summary>
    public string? FilePath(string key)
    {
        if (Text(key, maxLength: 4096) is not { } text)
        {
            return null;
        }

        var path = Path.Combine(baseFolder, text);
        if (!File.Exists(path))
        {
            Problems.Add($"{entries[key].Place} names a file that does not exist.");
        }

        return path;
    }

    /// <summary>A list, read entry by entry.</summary>
    /// <param name="read">Reads the entry whose key is given.</param>
    public IReadOnlyList<T> List<T>(string key, Func<string, T> read)
    {
        _known.Add(key);
        if (entries.TryGetValue(key, out var itself) && !string.IsNullOrEmpty(itself.Value))
        {
            Bad(itself, itself.Variable is null ? "must be a list" : $"is a list: set {itself.Variable}__0 and so on; it must not be set itself", showValue: false);
        }

        var indexes = new SortedSet<int>();
        foreach (var entry in entries.Values.Where(e => SettingsEntries.IsBelow(e.Key, key)))
        {
            if (int.TryParse(entry.Key[(key.Length + 1)..].Split(':')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var index))
            {
                indexes.Add(index);
            }
        }

        if (indexes.Count > 0 && indexes.Max != indexes.Count - 1)
        {
            var missing = Enumerable.Range(0, indexes.Max).First(i => !indexes.Contains(i));
            Problems.Add($"{key}:{indexes.Max} is set but {key}:{missing} is not.");
        }

        return [.. indexes.Select(i => read($"{key}:{i}"))];
    }

    /// <summary>Adds a problem for every configured key that was never asked for.</summary>
    public void RefuseUnknown()
    {
        foreach (var entry in entries.Values.Where(e => !_known.Contains(e.Key)))
        {
            if (_sections.Contains(entry.Key))
            {
                if (entry.Value is not null)
                {
                    Problems.Add($"{entry.Place} is a section, not a value.");
                }

                continue;
            }

            // A key that stands in the wrong section is named right but for its parents.
            var leaf = entry.Key[(entry.Key.LastIndexOf(':') + 1)..];
            var near = Nearest.To(entry.Key, _known.Concat(_sections))
                ?? _known.FirstOrDefault(k => k.EndsWith(":" + leaf, StringComparison.OrdinalIgnoreCase));
            var (name, suggestion) = entry.Variable is null ? (entry.Key, near) : (entry.Variable, near is null ? null : VariableOf(near));
            Problems.Add(suggestion is null ? $"{name} is not a known setting." : $"{name} is not a known setting. Did you mean {suggestion}?");
        }
    }

    private static string VariableOf(string key) => "CPIS__" + key.Replace(":", "__", StringComparison.Ordinal).ToUpperInvariant();

    private SettingsEntry? Find(string key)
    {
        _known.Add(key);
        for (var colon = key.LastIndexOf(':'); colon > 0; colon = key.LastIndexOf(':', colon - 1))
        {
            _sections.Add(key[..colon]);
        }

        return entries.TryGetValue(key, out var entry) && entry.Value is not null ? entry : null;
    }

    private void Bad(SettingsEntry entry, string what, bool showValue = true) =>
        Problems.Add(showValue ? $"{entry.Place} {what}; it is \"{entry.Value}\"." : $"{entry.Place} {what}.");
}
