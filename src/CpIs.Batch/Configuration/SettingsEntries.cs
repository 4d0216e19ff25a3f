using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace CpIs.Batch.Configuration;

/// <summary>One configured value and where it stands.</summary>
/// <param name="Key">As written there, with colons.</param>
/// <param name="Variable">The environment variable, or null when it stands in the file.</param>
internal sealed record SettingsEntry(string Key, string? Value, string? Variable)
{
    /// <summary>How an error names the value's place.</summary>
    public string Place => Variable is null ? Key : $"{Key} (set by {Variable})";
}

/// <summary>Gathers what is configured, before it is judged: the file, then the environment over it. Keys ignore letter case.</summary>
internal static class SettingsEntries
{
    private const string Prefix = "CPIS__";

    // A list in the file replaces these; the environment then replaces single entries (contract section 2).
    private static readonly (string List, (string Key, string Value)[] Entries)[] s_defaultLists =
    [
        ("Rules:SharedLegalStatuses", [("0:Code", "C1"), ("1:Code", "C2"), ("2:Code", "V2")]),
        ("Payload:Formats", [("0", "hl7v3")]),
    ];

    /// <exception cref="SettingsException">The file is not JSON, or a key stands in one source twice.</exception>
    public static IReadOnlyDictionary<string, SettingsEntry> Gather(string? file, IEnumerable<KeyValuePair<string, string>> environment)
    {
        var entries = new Dictionary<string, SettingsEntry>(StringComparer.OrdinalIgnoreCase);
        if (file is not null)
        {
            foreach (var (key, value) in Read(file))
            {
                entries.Add(key, new SettingsEntry(key, value, Variable: null));
            }
        }

        foreach (var (list, defaults) in s_defaultLists)
        {
            if (entries.Keys.Any(k => k.Equals(list, StringComparison.OrdinalIgnoreCase) || IsBelow(k, list)))
            {
                continue;
            }

            foreach (var (key, value) in defaults)
            {
                entries.Add($"{list}:{key}", new SettingsEntry($"{list}:{key}", value, Variable: null));
            }
        }

        var seen = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (variable, value) in environment.Where(v => v.Key.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)))
        {
            if (!seen.TryAdd(variable, variable))
            {
                throw new SettingsException([$"{seen[variable]} and {variable} set the same key."]);
            }

            var key = variable[Prefix.Length..].Replace("__", ":", StringComparison.Ordinal);
            entries[key] = new SettingsEntry(key, value, variable);
        }

        return entries;
    }

    public static bool IsBelow(string key, string parent) =>
        key.Length > parent.Length && key[parent.Length] == ':' && key.StartsWith(parent, StringComparison.OrdinalIgnoreCase);

    private static List<KeyValuePair<string, string?>> Read(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            var all = new ConfigurationBuilder().AddJsonStream(stream).Build().AsEnumerable().ToList();
            return [.. all.Where(e => !all.Any(other => IsBelow(other.Key, e.Key)))];
        }
        catch (Exception e) when (e is FormatException or InvalidDataException or JsonException)
        {
            throw new SettingsException([$"{Path.GetFileName(file)}: {Describe(e)}"]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException([$"--config: {file} cannot be read ({e.GetType().Name})."]);
        }
    }

    // The parser's own text could quote a character of a secret, so only its position is passed on.
    private static string Describe(Exception e) => (e as JsonException ?? e.InnerException as JsonException) is { } json
        ? $"not valid JSON at line {json.LineNumber + 1}, column {json.BytePositionInLine + 1}."
        : e.Message;
}
