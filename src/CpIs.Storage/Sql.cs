using System.Collections.Frozen;
using System.Reflection;

namespace CpIs.Storage;

/// <summary>
/// The statements of one SQL dialect. They lie in <c>sql/DIALECT/GROUP.sql</c>, each under a line <c>-- name: NAME</c>, and are asked
/// for as <c>GROUP/NAME</c>; the same names exist for every database.
/// </summary>
internal sealed class Sql
{
    private const string Root = "sql/";
    private const string Marker = "-- name:";
    private static readonly Lazy<FrozenDictionary<string, string>> Files = new(ReadFiles);
    private readonly FrozenDictionary<string, string> _statements;

    /// <param name="dialect">Folder below <c>sql/</c>.</param>
    public Sql(string dialect)
    {
        Dialect = dialect;
        var folder = Root + dialect + "/";
        _statements = Files.Value
            .Where(f => f.Key.StartsWith(folder, StringComparison.Ordinal) && !f.Key.AsSpan(folder.Length).Contains('/'))
            .SelectMany(f => Sections(Path.GetFileNameWithoutExtension(f.Key), f.Value))
            .ToFrozenDictionary(s => s.Name, s => s.Text, StringComparer.Ordinal);
    }

    /// <summary>Folder below <c>sql/</c>.</summary>
    public string Dialect { get; }

    /// <summary>Every statement by name.</summary>
    public IReadOnlyDictionary<string, string> Statements => _statements;

    /// <exception cref="InvalidOperationException">There is no such statement.</exception>
    public string Named(string name) => _statements.TryGetValue(name, out var text)
        ? text
        : throw new InvalidOperationException($"No statement {name} in sql/{Dialect}.");

    /// <summary>The migration scripts of the dialect in order of their numbers; line ends are LF whatever the checkout made of them.</summary>
    public IReadOnlyList<MigrationScript> Migrations()
    {
        var folder = Root + Dialect + "/migrations/";
        return
        [
            .. Files.Value
                .Where(f => f.Key.StartsWith(folder, StringComparison.Ordinal))
                .Select(f => MigrationScript.Read(f.Key[folder.Length..], f.Value))
                .OrderBy(m => m.Number),
        ];
    }

    /// <summary>A script that lies beside the statements, by its path below <c>sql/</c>; line ends are LF.</summary>
    public static string Text(string path) => Files.Value[Root + path];

    private static IEnumerable<(string Name, string Text)> Sections(string group, string file)
    {
        foreach (var section in ("\n" + file).Split("\n" + Marker).Skip(1))
        {
            var end = section.IndexOf('\n', StringComparison.Ordinal);
            yield return (group + "/" + section[..end].Trim(), section[(end + 1)..].Trim());
        }
    }

    private static FrozenDictionary<string, string> ReadFiles()
    {
        var assembly = Assembly.GetExecutingAssembly();
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var resource in assembly.GetManifestResourceNames())
        {
            // The separator is the build machine's.
            var name = resource.Replace('\\', '/');
            if (name.StartsWith(Root, StringComparison.Ordinal))
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
                files.Add(name, reader.ReadToEnd().Replace("\r\n", "\n", StringComparison.Ordinal));
            }
        }

        return files.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
