using System.Collections.Frozen;

namespace CpIs.Batch.StandIn;

/// <summary>The statements of the stand-in's own store, from <c>sql/standin/</c>.</summary>
internal static class StandInSql
{
    private const string Marker = "-- name:";

    private static readonly FrozenDictionary<string, string> s_statements =
        ("\n" + Read("statements.sql")).Split("\n" + Marker).Skip(1)
            .Select(section => section.Split('\n', 2))
            .ToFrozenDictionary(parts => parts[0].Trim(), parts => parts[1].Trim(), StringComparer.Ordinal);

    /// <summary>Makes an empty store.</summary>
    public static string Schema { get; } = Read("schema.sql");

    public static string Named(string name) => s_statements[name];

    private static string Read(string file)
    {
        using var reader = new StreamReader(typeof(StandInSql).Assembly.GetManifestResourceStream("sql/standin/" + file)!);
        return reader.ReadToEnd().Replace("\r\n", "\n", StringComparison.Ordinal);
    }
}
