using System.Globalization;
using System.Text;
using CpIs.Domain.Exchange;
using CpIs.Domain.Values;
using CpIs.Messages.Inbound;
using CsvHelper;

namespace CpIs.Messages.Flat;

/// <summary>Reads a flat upload strictly, for the stand-in CP-IS and for tests (contract section 5).</summary>
public static class FlatUploadReader
{
    private const string Where = "line 1";

    /// <summary>
    /// Reads a file row by row. The head comes first and is taken from the first row; faults of the file may come at any place. Nothing in
    /// the bytes makes it throw.
    /// </summary>
    /// <param name="stream">Seekable; left open.</param>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static IEnumerable<UploadPart> Read(Stream stream)
    {
        if (EncodedText.Open(stream, out var problem) is not { } text)
        {
            yield return FileFault(problem!);
            yield break;
        }

        using var reader = text.Read();
        using var parts = Parts(reader).GetEnumerator();
        while (Next(parts, out var part))
        {
            yield return part!;
        }
    }

    private static bool Next(IEnumerator<UploadPart> parts, out UploadPart? part)
    {
        part = null;
        try
        {
            if (!parts.MoveNext())
            {
                return false;
            }

            part = parts.Current;
        }
        catch (DecoderFallbackException)
        {
            part = FileFault(EncodedText.BrokenEncoding);
        }
        catch (CsvHelperException)
        {
            part = FileFault("The file is not CSV.");
        }

        // After an exception the iterator is at its end, so that the next call leaves.
        return true;
    }

    private static IEnumerable<UploadPart> Parts(TextReader reader)
    {
        using var table = FlatTable.Open(reader, out var problem);
        if (table is null)
        {
            yield return FileFault(problem!);
            yield break;
        }

        var missing = FlatColumns.Upload.Where(c => !table.Has(c)).ToList();
        if (missing.Count > 0)
        {
            yield return FileFault($"Columns are missing: {string.Join(", ", missing)}.");
            yield break;
        }

        var number = 0;
        UploadHead? head = null;
        foreach (var row in table.Rows())
        {
            number++;
            if (row.Problem is not null)
            {
                yield return new UploadFileFault(new UploadFault(UploadFaultKind.Malformed, row.Where, row.Problem));
                continue;
            }

            if (head is null)
            {
                head = new UploadHead(Text(row[FlatColumns.FileNumber]), null, null, Text(row[FlatColumns.AuthorityOdsCode]), null, null, null);
                yield return head;
                if (!SequenceNumber.TryParse(head.FileNumber, out _))
                {
                    yield return new UploadFileFault(new UploadFault(UploadFaultKind.Content, row.Where, "file_number is not a file number of 1 or more."));
                }
            }

            yield return new RowReader(row).Read(number, head);
        }

        if (number == 0)
        {
            yield return FileFault("The file has no records.");
        }
    }

    private static string? Text(string cell) => cell.Length == 0 ? null : cell;

    private static UploadFileFault FileFault(string problem) => new(new UploadFault(UploadFaultKind.Malformed, Where, problem));

    private sealed class RowReader(FlatTable.FlatRow row)
    {
        private readonly List<UploadFault> _faults = [];

        public UploadEntry Read(int number, UploadHead head)
        {
            Require(row[FlatColumns.RecordNumber] == number.ToString(CultureInfo.InvariantCulture), FlatColumns.RecordNumber, "is not the position of the row");
            Require(Text(row[FlatColumns.FileNumber]) == head.FileNumber, FlatColumns.FileNumber, "is not that of the first row");
            Require(Text(row[FlatColumns.AuthorityOdsCode]) is { } ods && ods == head.OdsCode, FlatColumns.AuthorityOdsCode, "is blank or not that of the first row");
            var start = Date(FlatColumns.StartDate, isRequired: true);
            var end = Date(FlatColumns.EndDate);
            var delete = Date(FlatColumns.DeleteDate);
            var visible = Date(FlatColumns.VisibleUntil);
            var birth = Date(FlatColumns.BirthDate, isRequired: true);
            Require(!(end < start), FlatColumns.EndDate, "lies before the start date");
            Require(PlanType.TryParse(row[FlatColumns.PlanType], out var plan), FlatColumns.PlanType, "is none of CPP, LAC, UCPP");
            SubjectRole? role = row[FlatColumns.SubjectRole] switch
            {
                FlatColumns.Child => SubjectRole.Child,
                FlatColumns.Mother => SubjectRole.Mother,
                _ => null,
            };
            Require(role is not null && (plan is null || plan.SubjectRole == role), FlatColumns.SubjectRole, "does not belong to the plan type");
            Require(plan != PlanType.Ucpp || row[FlatColumns.EndDate].Length > 0, FlatColumns.EndDate, "is needed for an unborn child's plan");
            Require(NhsNumber.TryParse(row[FlatColumns.NhsNumber], out var nhs), FlatColumns.NhsNumber, "is not a valid NHS number", UploadFaultKind.NhsNumber);
            Require(!string.IsNullOrWhiteSpace(row[FlatColumns.FamilyName]), FlatColumns.FamilyName, "is blank");
            Require(!string.IsNullOrWhiteSpace(row[FlatColumns.GivenName]), FlatColumns.GivenName, "is blank");

            var claim = new UploadClaim(
                plan,
                role,
                Text(row[FlatColumns.NhsNumber]),
                Text(row[FlatColumns.LocalPersonId]),
                Text(row[FlatColumns.FamilyName]),
                Text(row[FlatColumns.GivenName]),
                birth is { } b ? Hl7v3.Hl7Time.Date(b) : Text(row[FlatColumns.BirthDate]),
                OnWire(start, FlatColumns.StartDate),
                OnWire(end, FlatColumns.EndDate),
                OnWire(delete, FlatColumns.DeleteDate));
            if (_faults.Count > 0)
            {
                return new UploadEntry(number, null, claim, _faults);
            }

            var content = new RecordContent(end, row[FlatColumns.FamilyName], row[FlatColumns.GivenName], birth!.Value, row[FlatColumns.LocalPersonId]);
            var record = new UploadRecord(new RecordKey(nhs!, plan!, start!.Value), content, delete, visible, EndIsForecast: false);
            return new UploadEntry(number, record, claim, []);
        }

        private string? OnWire(DateOnly? date, string column) => date is { } d ? Hl7v3.Hl7Time.PlanDate(d) : Text(row[column]);

        private DateOnly? Date(string column, bool isRequired = false)
        {
            var cell = row[column];
            if (cell.Length == 0)
            {
                Require(!isRequired, column, "is missing");
                return null;
            }

            if (DateOnly.TryParseExact(cell, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
            {
                return date;
            }

            Require(false, column, "is not a date of the form yyyy-MM-dd");
            return null;
        }

        private void Require(bool holds, string column, string problem, UploadFaultKind kind = UploadFaultKind.Content)
        {
            if (!holds)
            {
                _faults.Add(new UploadFault(kind, row.Where, $"{column} {problem}."));
            }
        }
    }
}
