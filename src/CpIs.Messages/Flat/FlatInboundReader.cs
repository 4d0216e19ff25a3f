using System.Globalization;
using CpIs.Domain.Exchange;
using CpIs.Domain.Values;
using CpIs.Messages.Inbound;
using CsvHelper;

namespace CpIs.Messages.Flat;

/// <summary>Reads the three inbound messages as CSV (contract section 5; rules A1, K2, K6). Which one it is, the header tells.</summary>
internal static class FlatInboundReader
{
    private static readonly Kind[] Kinds =
    [
        new(FlatColumns.Access, [FlatColumns.QueryId, FlatColumns.AccessedAt, FlatColumns.AccessedBy], ReadAccesses),
        new(FlatColumns.Inactive, [FlatColumns.Replacements], ReadInactive),
        new(FlatColumns.Acknowledgement, [FlatColumns.FileCode, FlatColumns.RecordCode], ReadAcknowledgement),
    ];

    public static InboundReading Read(TextReader text)
    {
        try
        {
            using var table = FlatTable.Open(text, out var problem);
            return table is null ? Unreadable(problem!) : Read(table);
        }
        catch (CsvHelperException)
        {
            return Unreadable("The file is no known message: neither XML nor JSON nor CSV.");
        }
    }

    private static InboundReading Read(FlatTable table)
    {
        var complete = Kinds.Where(k => k.Columns.All(table.Has)).ToList();
        if (complete is [var kind])
        {
            return kind.Read(table);
        }

        if (complete.Count > 1)
        {
            return new InboundReading(FlatFormat.FormatName, null, "The header fits more than one kind of message.");
        }

        var likely = Kinds.MaxBy(k => k.Telling.Count(table.Has))!;
        if (!likely.Telling.Any(table.Has))
        {
            return Unreadable("The file is no known message: neither XML nor JSON nor CSV with a known header.");
        }

        var missing = likely.Columns.Where(c => !table.Has(c));
        return new InboundReading(FlatFormat.FormatName, null, $"Columns are missing: {string.Join(", ", missing)}.");
    }

    private static InboundReading ReadAccesses(FlatTable table)
    {
        var accesses = new List<Access>();
        var unread = new List<UnreadPart>();
        var count = 0;
        foreach (var row in table.Rows())
        {
            count++;
            if (row.Problem is { } problem)
            {
                unread.Add(new UnreadPart(row.Where, problem));
            }
            else if (!InboundTime.TryParseIso(row[FlatColumns.AccessedAt], out var at))
            {
                unread.Add(new UnreadPart(row.Where, "accessed_at is missing or is not a date or time."));
            }
            else
            {
                accesses.Add(new Access(
                    Text(row, FlatColumns.QueryId),
                    at.Instant,
                    at.TimeIsKnown,
                    Text(row, FlatColumns.NhsNumber),
                    Text(row, FlatColumns.LocalPersonId),
                    Text(row, FlatColumns.AccessedBy),
                    Text(row, FlatColumns.JobRole),
                    Text(row, FlatColumns.OrganisationCode),
                    Text(row, FlatColumns.OrganisationName),
                    Text(row, FlatColumns.UploadFileNumber)));
            }
        }

        return Message(new AccessNotification(null, StatedTotal: null, count, count, accesses, unread));
    }

    private static InboundReading ReadInactive(FlatTable table)
    {
        var numbers = new List<InactiveNumber>();
        var unread = new List<UnreadPart>();
        foreach (var row in table.Rows())
        {
            if (row.Problem is { } problem)
            {
                unread.Add(new UnreadPart(row.Where, problem));
            }
            else if (Text(row, FlatColumns.NhsNumber) is not { } number)
            {
                unread.Add(new UnreadPart(row.Where, "nhs_number is missing."));
            }
            else
            {
                var replacements = row[FlatColumns.Replacements].Split(FlatColumns.Separator).Select(InboundText.Clean).OfType<string>();
                numbers.Add(new InactiveNumber(number, Text(row, FlatColumns.LocalPersonId), [.. replacements], Text(row, FlatColumns.UploadFileNumber)));
            }
        }

        return numbers.Count + unread.Count == 0
            ? new InboundReading(FlatFormat.FormatName, null, "The inactive NHS number notification names no subject.")
            : Message(new InactiveNotification(null, numbers, unread));
    }

    private static InboundReading ReadAcknowledgement(FlatTable table)
    {
        string? file = null;
        var codes = new List<AcknowledgementCode>();
        var results = new List<RecordResult>();
        var unread = new List<UnreadPart>();
        foreach (var row in table.Rows())
        {
            if (ReadAcknowledgementRow(row, ref file, codes, results) is { } problem)
            {
                unread.Add(new UnreadPart(row.Where, problem));
            }
        }

        if (file is null)
        {
            return new InboundReading(FlatFormat.FormatName, null, "The acknowledgement does not say which file it answers.");
        }

        return codes.Count == 0
            ? new InboundReading(FlatFormat.FormatName, null, "The acknowledgement has no file code.")
            : Message(new Acknowledgement(null, file, codes, Processed: null, Successful: null, Failed: null, results, unread));
    }

    private static string? ReadAcknowledgementRow(FlatTable.FlatRow row, ref string? file, List<AcknowledgementCode> codes, List<RecordResult> results)
    {
        if (row.Problem is not null)
        {
            return row.Problem;
        }

        var rowFile = Text(row, FlatColumns.UploadFileNumber);
        if (rowFile is not null && file is not null && !IsSameFile(rowFile, file))
        {
            return "upload_file_number is not that of the rows before.";
        }

        file ??= rowFile;
        var recordCode = Text(row, FlatColumns.RecordCode);
        var detail = Text(row, FlatColumns.Detail);
        if (Text(row, FlatColumns.FileCode) is { } code)
        {
            AddFileCode(codes, code, recordCode is null ? detail : null);
        }

        if (recordCode is null)
        {
            return null;
        }

        int? number = null;
        if (Text(row, FlatColumns.RecordNumber) is { } position)
        {
            if (!int.TryParse(position, NumberStyles.None, CultureInfo.InvariantCulture, out var n) || n < 1)
            {
                return "record_number is not a whole number of 1 or more.";
            }

            number = n;
        }

        PlanType? type = null;
        if (Text(row, FlatColumns.PlanType) is { } plan && !PlanType.TryParse(plan, out type))
        {
            return "plan_type is none of CPP, LAC, UCPP.";
        }

        results.Add(new RecordResult(number, Text(row, FlatColumns.NhsNumber), type is null ? [] : [type], StartDate: null, recordCode, Display: null, detail));
        return null;
    }

    private static void AddFileCode(List<AcknowledgementCode> codes, string code, string? display)
    {
        var known = codes.FindIndex(c => c.Code == code);
        if (known < 0)
        {
            codes.Add(new AcknowledgementCode(code, display));
        }
        else if (codes[known].Display is null)
        {
            codes[known] = codes[known] with { Display = display };
        }
    }

    private static bool IsSameFile(string one, string other) =>
        one == other
        || (SequenceNumber.TryParse(one, out var a) && SequenceNumber.TryParse(other, out var b) && a == b);

    private static string? Text(FlatTable.FlatRow row, string column) => InboundText.Clean(row[column]);

    private static InboundReading Message(InboundMessage message) => new(FlatFormat.FormatName, message, null);

    private static InboundReading Unreadable(string problem) => new(null, null, problem);

    /// <summary>A kind of message: its columns, those that no other kind has, and its reader.</summary>
    private sealed record Kind(IReadOnlyList<string> Columns, IReadOnlyList<string> Telling, Func<FlatTable, InboundReading> Read);
}
