using System.Globalization;
using CpIs.Domain.Exchange;
using CpIs.Domain.Ledger;
using CpIs.Domain.Values;

namespace CpIs.Domain.Tests.Accesses;

/// <summary>Short ways to write ledger events and accesses in tests.</summary>
internal static class Told
{
    public static readonly NhsNumber One = NhsNumber.Parse("9990000018");
    public static readonly NhsNumber Two = NhsNumber.Parse("9990000026");
    public static readonly NhsNumber Three = NhsNumber.Parse("9990000034");

    public static DateOnly Day(string text) => DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture);

    public static DateTimeOffset Noon(string day) => new(Day(day), new TimeOnly(12, 0), TimeSpan.Zero);

    public static LedgerEvent Record(
        string holder,
        NhsNumber number,
        PlanType type,
        string start,
        int file = 1,
        int record = 1,
        string? end = null,
        string? visibleUntil = null,
        string[]? children = null,
        RecordOutcome outcome = RecordOutcome.Confirmed,
        string? code = null,
        string? toldOn = null,
        string? deleted = null) => new(
            new RecordKey(number, type, Day(start)),
            new SequenceNumber(file),
            record,
            deleted is not null,
            new RecordContent(end is null ? null : Day(end), "Sample", "Alex", new DateOnly(2018, 5, 4), holder),
            deleted is null ? null : Day(deleted),
            deleted is null && visibleUntil is not null ? Day(visibleUntil) : null,
            false,
            ["S" + record],
            children ?? [holder],
            deleted is null ? string.Empty : "cause",
            Noon(toldOn ?? deleted ?? start),
            outcome,
            code);

    public static Access Access(
        string? number = null,
        string? localId = null,
        string day = "2026-03-10",
        string? file = null,
        string? queryId = "Q1",
        string? organisation = "RXX01") => new(
            queryId, Noon(day), TimeIsKnown: true, number, localId, "Jo Clinician", "Nurse", organisation, "Example Hospital", file);
}

/// <summary>Valid NHS numbers of the 999 range.</summary>
internal static class Numbers
{
    /// <param name="index">0 to 400,000: each gives another number.</param>
    public static NhsNumber Valid(int index)
    {
        // Two apart, because a body may have no check digit, and then its neighbour has one.
        var body = 999_000_000L + (index * 2L);
        while (true)
        {
            for (var check = 0; check < 10; check++)
            {
                if (NhsNumber.TryParse($"{body}{check}", out var number))
                {
                    return number;
                }
            }

            body++;
        }
    }
}
