using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CpIs.Batch.Output;
using CpIs.Domain.Source;
using CsvHelper;
using CsvHelper.Configuration;

namespace CpIs.Batch.Generator;

/// <summary>One file of the folder as its manifest names it.</summary>
/// <param name="Rows">Without the header.</param>
/// <param name="Sha256">Lower-case hexadecimal.</param>
internal sealed record CareFile(string Name, long Rows, string Sha256);

/// <summary>The manifest of contract section 3.</summary>
internal sealed record CareManifest(DateOnly AsOf, DateOnly? From, DateOnly? To, IReadOnlyList<CareFile> Files);

/// <summary>
/// Writes the four CSV files of contract section 3 row by row, and the manifest last. The files have temporary names until all is
/// written, so that nothing half-written is ever seen.
/// </summary>
internal sealed class CareFolderWriter : IDisposable
{
    private const string Temporary = ".tmp";

    private static readonly (SourceTable Table, string Name, string Columns)[] s_files =
    [
        (SourceTable.Person, "person.csv", "person_id,nhs_number,family_name,given_names,date_of_birth,is_unborn,expected_date_of_birth,mother_person_id,worker_id,manager_id,team,changed_at"),
        (SourceTable.Plan, "plan.csv", "plan_id,person_id,start_date,end_date,held_by_other_authority,recorded_in_error,changed_at"),
        (SourceTable.LegalStatus, "legal_status.csv", "legal_status_id,person_id,code,start_date,end_date,recorded_in_error,changed_at"),
        (SourceTable.Worker, "worker.csv", "worker_id,name,email,is_active"),
    ];

    private readonly string _folder;
    private readonly Dictionary<SourceTable, Sheet> _sheets = [];
    private bool _isComplete;

    /// <param name="folder">Made if it is not there. Files of an earlier writing are replaced, others are left alone.</param>
    public CareFolderWriter(string folder)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
        foreach (var (table, name, columns) in s_files)
        {
            _sheets.Add(table, new Sheet(Path.Combine(folder, name), columns));
        }
    }

    public void Write(Person p) => Write(
        SourceTable.Person,
        p.PersonId,
        p.NhsNumber,
        p.FamilyName,
        p.GivenNames,
        Cell(p.DateOfBirth),
        Cell(p.IsUnborn),
        Cell(p.ExpectedDateOfBirth),
        p.MotherPersonId,
        p.WorkerId,
        p.ManagerId,
        p.Team,
        Cell(p.ChangedAt));

    public void Write(Plan p) => Write(
        SourceTable.Plan,
        p.PlanId,
        p.PersonId,
        Cell(p.StartDate),
        Cell(p.EndDate),
        Cell(p.HeldByOtherAuthority),
        Cell(p.RecordedInError),
        Cell(p.ChangedAt));

    public void Write(LegalStatus s) => Write(
        SourceTable.LegalStatus,
        s.LegalStatusId,
        s.PersonId,
        s.Code,
        Cell(s.StartDate),
        Cell(s.EndDate),
        Cell(s.RecordedInError),
        Cell(s.ChangedAt));

    public void Write(Worker w) => Write(SourceTable.Worker, w.WorkerId, w.Name, w.Email, Cell(w.IsActive));

    /// <summary>Writes a row of cells as they are, also one that nobody can read.</summary>
    public void Write(SourceTable table, params ReadOnlySpan<string?> cells)
    {
        var sheet = _sheets[table];
        foreach (var cell in cells)
        {
            sheet.Csv.WriteField(cell);
        }

        sheet.Csv.NextRecord();
        sheet.Rows++;
    }

    /// <summary>Ends the files, gives them their names, and writes the manifest.</summary>
    public CareManifest Complete(DateOnly asOf)
    {
        var files = new List<CareFile>();
        foreach (var (table, name, _) in s_files)
        {
            var sheet = _sheets[table];
            sheet.Close();
            using var written = File.OpenRead(sheet.Path + Temporary);
            files.Add(new CareFile(name, sheet.Rows, Convert.ToHexStringLower(SHA256.HashData(written))));
        }

        var manifest = new CareManifest(asOf, From: null, To: null, files);
        var manifestPath = Path.Combine(_folder, "manifest.json");
        File.Delete(manifestPath);
        foreach (var sheet in _sheets.Values)
        {
            File.Move(sheet.Path + Temporary, sheet.Path, overwrite: true);
        }

        using (var stream = new FileStream(manifestPath + Temporary, FileMode.Create, FileAccess.Write))
        {
            JsonSerializer.Serialize(stream, manifest, CommandOutput.Json);
            stream.Write("\n"u8);
            stream.Flush(flushToDisk: true);
        }

        File.Move(manifestPath + Temporary, manifestPath);
        _isComplete = true;
        return manifest;
    }

    public void Dispose()
    {
        foreach (var sheet in _sheets.Values)
        {
            sheet.Dispose();
            if (!_isComplete)
            {
                File.Delete(sheet.Path + Temporary);
            }
        }
    }

    private static string? Cell(DateOnly? date) => date?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string? Cell(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Cell(bool value) => value ? "1" : "0";

    private sealed class Sheet : IDisposable
    {
        private readonly FileStream _stream;
        private readonly StreamWriter _text;

        public Sheet(string path, string columns)
        {
            Path = path;
            _stream = new FileStream(path + Temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
            _text = new StreamWriter(_stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 1 << 16);
            Csv = new CsvWriter(_text, new CsvConfiguration(CultureInfo.InvariantCulture) { NewLine = "\r\n" });
            foreach (var column in columns.Split(','))
            {
                Csv.WriteField(column);
            }

            Csv.NextRecord();
        }

        public string Path { get; }

        public CsvWriter Csv { get; }

        public long Rows { get; set; }

        public void Close()
        {
            Csv.Flush();
            _text.Flush();
            _stream.Flush(flushToDisk: true);
            Dispose();
        }

        public void Dispose()
        {
            Csv.Dispose();
            _text.Dispose();
            _stream.Dispose();
        }
    }
}
