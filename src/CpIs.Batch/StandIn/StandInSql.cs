using System.Collections.Frozen;

namespace CpIs.Batch.StandIn;

/// <summary>The statements in one file of <c>sql/standin/</c>, each under a line <c>-- name: NAME</c>.</summary>
internal sealed class StandInSql
{
    private const string Marker = "-- name:";

    private readonly FrozenDictionary<string, string> _statements;

    /// <param name="file">Name of the file.</param>
    public StandInSql(string file) => _statements = ("\n" + Read(file)).Split("\n" + Marker).Skip(1)
        .Select(section => section.Split('\n', 2))
        .ToFrozenDictionary(parts => parts[0].Trim(), parts => parts[1].Trim(), StringComparer.Ordinal);

    public string this[string name] => _statements[name];

    /// <summary>The whole text of a file.</summary>
    public static string Read(string file)
    {
        using var reader = new StreamReader(typeof(StandInSql).Assembly.GetManifestResourceStream("sql/standin/" + file)!);
        return reader.ReadToEnd().Replace("\r\n", "\n", StringComparison.Ordinal);
    }
}
