using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using CpIs.Domain.Source;

namespace CpIs.Storage.Source;

/// <summary>An extract folder that is being read (contract section 3). The manifest is optional; where there is one, its counts and hashes must hold.</summary>
public sealed class ExtractFolder : ISource
{
    internal static readonly IReadOnlyList<string> SetAsideColumns = ["source_table", "location", "row_id", "person_id", "column_name", "problem"];

    /// <summary>Rows set aside when the data was extracted; the file is optional.</summary>
    internal const string SetAsideFile = "set_aside.csv";

    private readonly string _path;
    private readonly DateOnly _businessDate;

    private ExtractFolder(string path, DateOnly businessDate, ExtractManifest? manifest)
    {
        _path = path;
        _businessDate = businessDate;
        Manifest = manifest;
    }

    /// <summary>The manifest, where there is one.</summary>
    public ExtractManifest? Manifest { get; }

    /// <summary>Opens a folder after checking its files, headers and manifest.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="businessDate">No birth date may lie after it.</param>
    /// <exception cref="ExtractFolderException">The folder, a file or a header column is missing, or the manifest does not hold.</exception>
    public static async Task<ExtractFolder> OpenAsync(string path, DateOnly businessDate, CancellationToken cancellationToken)
    {
        var folder = new ExtractFolder(path, businessDate, await ReadManifestAsync(path, cancellationToken));
        foreach (var layout in TableLayout.All)
        {
            await folder.CheckAsync(layout.File, layout.Columns, cancellationToken);
        }

        if (folder.HasSetAside)
        {
            await folder.CheckAsync(SetAsideFile, SetAsideColumns, cancellationToken);
        }

        return folder;
    }

    /// <summary>Reads the manifest alone.</summary>
    /// <returns>Null when there is none.</returns>
    /// <exception cref="ExtractFolderException">The folder is missing, or the file is no manifest.</exception>
    public static async Task<ExtractManifest?> ReadManifestAsync(string path, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(path))
        {
            throw new ExtractFolderException($"There is no folder {path}.", null, null);
        }

        var file = Path.Combine(path, ExtractManifest.FileName);
        return File.Exists(file) ? ExtractManifest.Parse(await File.ReadAllBytesAsync(file, cancellationToken)) : null;
    }

    /// <exception cref="ExtractFolderException">The file does not have as many rows as the manifest says.</exception>
    public IAsyncEnumerable<SourceItem<Person>> PeopleAsync(CancellationToken cancellationToken) =>
        ReadAsync(TableLayout.Person, static (p, cells, n) => p.Person(cells, n), cancellationToken);

    /// <exception cref="ExtractFolderException">The file does not have as many rows as the manifest says.</exception>
    public IAsyncEnumerable<SourceItem<Plan>> PlansAsync(CancellationToken cancellationToken) =>
        ReadAsync(TableLayout.Plan, static (p, cells, n) => p.Plan(cells, n), cancellationToken);

    /// <exception cref="ExtractFolderException">The file does not have as many rows as the manifest says.</exception>
    public IAsyncEnumerable<SourceItem<LegalStatus>> LegalStatusesAsync(CancellationToken cancellationToken) =>
        ReadAsync(TableLayout.LegalStatus, static (p, cells, n) => p.LegalStatus(cells, n), cancellationToken);

    /// <exception cref="ExtractFolderException">The file does not have as many rows as the manifest says.</exception>
    public IAsyncEnumerable<SourceItem<Worker>> WorkersAsync(CancellationToken cancellationToken) =>
        ReadAsync(TableLayout.Worker, static (p, cells, n) => p.Worker(cells, n), cancellationToken);

    /// <inheritdoc />
    public async IAsyncEnumerable<SetAsideRow> SetAsideEarlierAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (!HasSetAside)
        {
            yield break;
        }

        await foreach (var (line, cells, problem) in RecordsAsync(SetAsideFile, SetAsideColumns, cancellationToken))
        {
            if (problem is not null || !TableLayout.TryFind(cells[0] ?? "", out var table))
            {
                throw new ExtractFolderException(FormattableString.Invariant($"{SetAsideFile} line {line} cannot be read."), SetAsideFile, null);
            }

            yield return new(table, cells[1] ?? "", cells[2], cells[3], cells[4], cells[5] ?? "");
        }
    }

    /// <inheritdoc />
    public string Locate(SourceTable table, string? rowId, long position) => Locate(TableLayout.Of(table).File, position);

    /// <summary>The rows of a file with their cells as given, in the order of the columns asked for; empty cells are null.</summary>
    /// <exception cref="ExtractFolderException">The file does not have as many rows as the manifest says.</exception>
    internal async IAsyncEnumerable<(long Line, string?[] Cells, string? Problem)> RecordsAsync(
        string file, IReadOnlyList<string> columns, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long rows = 0;
        int[]? places = null;
        var width = 0;
        var cells = new string?[columns.Count];
        await foreach (var record in CsvRecords.ReadAsync(OpenRead(file), cancellationToken))
        {
            if (places is null)
            {
                places = Places(file, columns, record);
                width = record.Cells.Length;
                continue;
            }

            rows++;
            if (record.Problem is not null || record.Cells.Length != width)
            {
                yield return (record.Line, record.Cells, record.Problem
                    ?? FormattableString.Invariant($"{record.Cells.Length} cells where the header has {width}"));
                continue;
            }

            for (var i = 0; i < cells.Length; i++)
            {
                cells[i] = record.Cells[places[i]] is { Length: > 0 } cell ? cell : null;
            }

            yield return (record.Line, cells, null);
        }

        if (Manifest?.Files.GetValueOrDefault(file) is { } expected && expected.Rows != rows)
        {
            throw new ExtractFolderException(
                FormattableString.Invariant($"{file} has {rows} rows, but manifest.json says {expected.Rows}."), file, null);
        }
    }

    private bool HasSetAside => (Manifest?.Files.ContainsKey(SetAsideFile) ?? false) || File.Exists(Path.Combine(_path, SetAsideFile));

    private async IAsyncEnumerable<SourceItem<T>> ReadAsync<T>(
        TableLayout layout,
        Func<RowParser, object?[], long, SourceItem<T>> parse,
        [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : class
    {
        var parser = new RowParser(layout, _businessDate, (_, line) => Locate(layout.File, line));
        await foreach (var (line, cells, problem) in RecordsAsync(layout.File, layout.Columns, cancellationToken))
        {
            yield return problem is null ? parse(parser, cells, line) : new(null, parser.Malformed(cells!, line, problem), line);
        }
    }

    private async Task CheckAsync(string file, IReadOnlyList<string> columns, CancellationToken cancellationToken)
    {
        if (!File.Exists(Path.Combine(_path, file)))
        {
            throw new ExtractFolderException($"The folder {_path} has no {file}.", file, null);
        }

        if (Manifest?.Files.GetValueOrDefault(file)?.Sha256 is { } expected)
        {
            await using var stream = OpenRead(file);
            var actual = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));
            if (!string.Equals(actual, expected, StringComparison.OrdinalIgnoreCase))
            {
                throw new ExtractFolderException($"{file} was changed since manifest.json was written: its SHA-256 is another.", file, null);
            }
        }

        await foreach (var header in CsvRecords.ReadAsync(OpenRead(file), cancellationToken))
        {
            Places(file, columns, header);
            return;
        }

        throw new ExtractFolderException($"{file} has no header row.", file, null);
    }

    private static int[] Places(string file, IReadOnlyList<string> columns, CsvRecord header)
    {
        if (header.Problem is not null)
        {
            throw new ExtractFolderException($"The header row of {file} cannot be read.", file, null);
        }

        var names = Array.ConvertAll(header.Cells, c => c.Trim());
        return
        [
            .. columns.Select(c => names.Count(n => string.Equals(n, c, StringComparison.Ordinal)) switch
            {
                0 => throw new ExtractFolderException($"{file} has no column {c}.", file, c),
                1 => Array.IndexOf(names, c),
                _ => throw new ExtractFolderException($"{file} has the column {c} more than once.", file, c),
            }),
        ];
    }

    private FileStream OpenRead(string file) => new(Path.Combine(_path, file), FileMode.Open, FileAccess.Read, FileShare.Read, 64 * 1024, FileOptions.SequentialScan);

    private static string Locate(string file, long line) => FormattableString.Invariant($"{file} line {line}");
}
