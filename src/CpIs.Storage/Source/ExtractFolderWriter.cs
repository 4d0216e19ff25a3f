using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CpIs.Domain.Source;
using CpIs.Files;
using CpIs.Storage.Providers;
using CsvHelper;
using CsvHelper.Configuration;

namespace CpIs.Storage.Source;

/// <summary>
/// Writes an extract folder. It is made beside its place under a temporary name and takes its place whole, manifest included, in
/// <see cref="CompleteAsync"/>; disposed of before that, it leaves nothing.
/// </summary>
public sealed partial class ExtractFolderWriter : IAsyncDisposable
{
    private const string TemporaryMark = ".tmp-";
    private readonly string _path;
    private readonly string _temporary;
    private readonly Output[] _tables;
    private readonly Output _setAside;
    private bool _done;

    private ExtractFolderWriter(string path, string temporary)
    {
        _path = path;
        _temporary = temporary;
        _tables = [.. TableLayout.All.Select(t => new Output(temporary, t.File, t.Columns))];
        _setAside = new Output(temporary, ExtractFolder.SetAsideFile, ExtractFolder.SetAsideColumns);
    }

    /// <summary>Begins a folder.</summary>
    /// <param name="path">Its place: not there yet, empty, or an earlier extract, which is replaced.</param>
    /// <exception cref="ExtractFolderException">The place holds something else.</exception>
    public static ExtractFolderWriter Create(string path)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Directory.Exists(full) && !IsReplaceable(full))
        {
            throw new ExtractFolderException($"The folder {full} holds files that are no extract: choose another.", null, null);
        }

        var parent = Path.GetDirectoryName(full) ?? throw new ExtractFolderException($"{full} cannot be an extract folder.", null, null);
        DurableFile.CreateFolder(parent);
        foreach (var left in Directory.EnumerateDirectories(parent, "." + Path.GetFileName(full) + TemporaryMark + "*"))
        {
            Directory.Delete(left, recursive: true);
        }

        var temporary = Path.Combine(parent, "." + Path.GetFileName(full) + TemporaryMark + Guid.NewGuid().ToString("N"));
        DurableFile.CreateFolder(temporary);
        return new(full, temporary);
    }

    /// <summary>Adds a person row.</summary>
    public void Add(Person p) => _tables[(int)SourceTable.Person].Write(
        p.PersonId, p.NhsNumber, p.FamilyName, p.GivenNames, Text(p.DateOfBirth), Text(p.IsUnborn), Text(p.ExpectedDateOfBirth),
        p.MotherPersonId, p.WorkerId, p.ManagerId, p.Team, Text(p.ChangedAt));

    /// <summary>Adds a plan row.</summary>
    public void Add(Plan p) => _tables[(int)SourceTable.Plan].Write(
        p.PlanId, p.PersonId, Text(p.StartDate), Text(p.EndDate), Text(p.HeldByOtherAuthority), Text(p.RecordedInError), Text(p.ChangedAt));

    /// <summary>Adds a legal status row.</summary>
    public void Add(LegalStatus s) => _tables[(int)SourceTable.LegalStatus].Write(
        s.LegalStatusId, s.PersonId, s.Code, Text(s.StartDate), Text(s.EndDate), Text(s.RecordedInError), Text(s.ChangedAt));

    /// <summary>Adds a worker row.</summary>
    public void Add(Worker w) => _tables[(int)SourceTable.Worker].Write(w.WorkerId, w.Name, w.Email, Text(w.IsActive));

    /// <summary>Adds a row that was set aside.</summary>
    public void Add(SetAsideRow r) => _setAside.Write(TableLayout.Of(r.Table).Name, r.Where, r.RowId, r.PersonId, r.Column, r.Problem);

    /// <summary>Adds a row of raw cells in the contract's order, for synthetic data with faults in it.</summary>
    public void AddCells(SourceTable table, params ReadOnlySpan<string?> cells) => _tables[(int)table].Write(cells);

    /// <summary>Flushes everything and puts the folder in its place.</summary>
    /// <param name="manifest">What to say of it; the files' counts and hashes are filled in.</param>
    /// <returns>The manifest as written.</returns>
    public async Task<ExtractManifest> CompleteAsync(ExtractManifest manifest)
    {
        var files = new SortedDictionary<string, ExtractFile>(StringComparer.Ordinal);
        foreach (var output in _tables.Append(_setAside))
        {
            files.Add(output.Name, await output.CompleteAsync());
        }

        Reach("files-flushed", _path);
        var written = manifest with { Files = files };
        DurableFile.Write(Path.Combine(_temporary, ExtractManifest.FileName), written.ToJson());
        Replace();
        _done = true;
        return written;
    }

    /// <summary>Removes what was not completed.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            foreach (var output in _tables.Append(_setAside))
            {
                await output.DisposeAsync();
            }
        }
        finally
        {
            // On a full disk what is left in the buffers cannot be written either.
            if (!_done && Directory.Exists(_temporary))
            {
                Directory.Delete(_temporary, recursive: true);
            }
        }
    }

    /// <summary>A point at which the crash tests may end the process; nothing in the program itself.</summary>
    static partial void Reach(string point, string path);

    private void Replace()
    {
        try
        {
            Reach("before-move", _path);
            if (Directory.Exists(_path))
            {
                // Between the two moves there is no folder: a reader then says so, and never sees half of one.
                var old = _temporary + "-old";
                Directory.Move(_path, old);
                Reach("old-moved", _path);
                Directory.Move(_temporary, _path);
                Reach("moved-over-old", _path);
                Directory.Delete(old, recursive: true);
            }
            else
            {
                Directory.Move(_temporary, _path);
            }
        }
        catch (IOException e)
        {
            throw new StorageException($"The extract cannot be put in its place {_path}: the folder is in use or is the root of a volume.", e);
        }

        Reach("moved", _path);
        DurableFile.FlushFolder(Path.GetDirectoryName(_path)!);
    }

    private static bool IsReplaceable(string folder)
    {
        string[] known = [.. TableLayout.All.Select(t => t.File), ExtractFolder.SetAsideFile, ExtractManifest.FileName];
        var names = Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName).ToList();

        // Files of the right names without a manifest may be somebody's own work.
        return names.Count == 0 || (names.Contains(ExtractManifest.FileName) && names.TrueForAll(known.Contains));
    }

    private static string? Text(DateOnly? date) => date is { } d ? SqlTypes.ToText(d) : null;

    private static string? Text(DateTimeOffset? instant) => instant is { } i ? SqlTypes.ToText(i) : null;

    private static string Text(bool flag) => flag ? "1" : "0";

    private sealed class Output : IAsyncDisposable
    {
        private readonly FileStream _file;
        private readonly SHA256 _hash;
        private readonly CryptoStream _hashing;
        private readonly CsvWriter _csv;
        private long _rows = -1;

        public Output(string folder, string name, IReadOnlyList<string> columns)
        {
            Name = name;
            _file = new FileStream(Path.Combine(folder, name), DurableFile.Private(FileMode.CreateNew, FileAccess.Write, FileShare.None));
            _hash = SHA256.Create();
            _hashing = new CryptoStream(_file, _hash, CryptoStreamMode.Write, leaveOpen: true);
            _csv = new CsvWriter(
                new StreamWriter(_hashing, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 16 * 1024),
                new CsvConfiguration(CultureInfo.InvariantCulture));
            Write([.. columns]);
        }

        public string Name { get; }

        public void Write(params ReadOnlySpan<string?> cells)
        {
            foreach (var cell in cells)
            {
                _csv.WriteField(cell);
            }

            _csv.NextRecord();
            _rows++;
        }

        public async Task<ExtractFile> CompleteAsync()
        {
            await _csv.DisposeAsync();
            _file.Flush(flushToDisk: true);
            await _file.DisposeAsync();
            return new(_rows, Convert.ToHexStringLower(_hash.Hash!));
        }

        public async ValueTask DisposeAsync()
        {
            await _csv.DisposeAsync();
            await _file.DisposeAsync();
            _hash.Dispose();
        }
    }
}
