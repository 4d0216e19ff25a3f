using System.Text.Json;
using CpIs.Domain.Exchange;
using CpIs.Domain.Time;
using CpIs.Domain.Values;
using CpIs.Messages.Flat;
using CpIs.Messages.Hl7v3;
using CpIs.Messages.Inbound;
using CpIs.Messages.Tests.Support;
using FsCheck;
using FsCheck.Fluent;

namespace CpIs.Messages.Tests;

/// <summary>parse(write(x)) = x, as far as a format carries x.</summary>
public class RoundTripTests
{
    private static readonly Gen<PersonName> Name =
        from prefix in Any.MaybeText
        from given in Any.Several(Any.Text, max: 3)
        from family in Any.Text
        from suffix in Any.MaybeText
        select new PersonName(prefix, given, family, suffix);

    private static readonly Gen<Superior> Who =
        from code in Any.Text
        from role in Any.Text
        from name in Name
        select new Superior(code, role, name);

    private static readonly Gen<AccessAuthor> Author = Gen.OneOf(
        from who in Who
        from code in Any.Text
        from organisation in Any.Text
        select (AccessAuthor)new AccessAuthor.Person("1", "2", who, code, organisation),
        from superiors in Any.Several(Who, max: 3)
        from code in Any.Text
        from organisation in Any.Text
        select (AccessAuthor)new AccessAuthor.Device("200000000123", superiors, code, organisation));

    private static readonly Gen<AccessQuery> Query =
        from id in Any.Id
        from at in Any.Second
        from known in Gen.Elements(true, true, false)
        from author in Author
        from number in Any.Number
        from local in Any.MaybeText
        select new AccessQuery(id, known ? at : London.StartOf(London.DateOf(at)), known, author, number.Value, local);

    private static readonly Gen<AccessBlock> Block =
        from queries in Any.Several(Query, min: 1, max: 3)
        from file in Any.Text
        select new AccessBlock(queries, file);

    private static readonly Gen<InactiveNumber> Inactive =
        from number in Any.Number
        from local in Any.MaybeText
        from replacements in Any.Several(Any.Number, max: 3)
        from file in Any.MaybeText
        select new InactiveNumber(number.Value, local, [.. replacements.Select(r => r.Value)], file);

    private static readonly Gen<(UploadRecord Record, string Code, string? Display, string? Detail)> Answered =
        from record in Any.Record(Any.Text)
        from code in Gen.Elements("CPR01", "CPR02", "CPR05", "CPR06", "CPR07", "CPR99")
        from display in Any.MaybeText
        from detail in Any.MaybeText
        select (record, code, display, detail);

    [Fact]
    public void Hl7v3_upload() => Any.Holds(
        from records in Any.Several(Any.Record(Any.Text), min: 1)
        from number in Gen.Choose(1, int.MaxValue)
        from name in Any.Text
        from at in Any.Second
        select (records, header: new UploadHeader(new SequenceNumber(number), Sample.Council with { Name = name }, at, records.Length)),
        x =>
        {
            var parts = Hl7v3UploadReader.Read(Written(new Hl7v3Format(), x.header, x.records)).ToList();

            // The message has no place for the day until which a record is visible.
            Same(parts.OfType<UploadEntry>().Select(e => e.Record), x.records.Select(r => r with { VisibleUntil = null }));
            parts.OfType<UploadFileFault>().ShouldBeEmpty();
            parts[0].ShouldBe(new UploadHead(x.header.FileNumber.ToString(), x.header.CreatedAt, x.records.Length, "X99", x.header.Authority.Name, "01632960001", "+441632960002"));
            return true;
        });

    [Fact]
    public void Flat_upload() => Any.Holds(
        Any.Several(Any.Record(Any.TextWithBreaks), min: 1),
        records =>
        {
            var parts = FlatUploadReader.Read(Written(new FlatFormat(), Sample.Header(records.Length), records)).ToList();

            Same(parts.OfType<UploadEntry>().Select(e => e.Record), records);
            parts.OfType<UploadFileFault>().ShouldBeEmpty();
            return true;
        });

    [Fact]
    public void Hl7v3_access_notification() => Any.Holds(
        from blocks in Any.Several(Block)
        from total in Gen.Choose(0, 100)
        from madeAt in Any.Second
        from ods in Any.Text
        select (blocks, total, head: new NotificationHead(Guid.Empty, madeAt, ods, "EXAMPLE")),
        x =>
        {
            var message = Reread<AccessNotification>(s => Hl7v3AnswerWriter.WriteAccessNotificationAsync(s, x.head, x.total, x.blocks.ToAsyncEnumerable(), default));

            Same(message, new AccessNotification(
                x.head.OdsCode,
                x.total,
                x.blocks.Length,
                x.blocks.Sum(b => b.Queries.Count),
                [.. x.blocks.SelectMany(b => b.Queries.Select(q => Expected(q, b.UploadFileNumber)))],
                []) { MadeAt = x.head.MadeAt });
            return true;
        });

    [Fact]
    public void Hl7v3_inactive_notification() => Any.Holds(
        from numbers in Any.Several(Inactive, min: 1)
        from madeAt in Any.Second
        select (numbers, madeAt),
        x =>
        {
            var head = new NotificationHead(Guid.Empty, x.madeAt, "X99", "EXAMPLE");
            var message = Reread<InactiveNotification>(s => Hl7v3AnswerWriter.WriteInactiveNotificationAsync(s, head, x.numbers.ToAsyncEnumerable(), default));

            Same(message, new InactiveNotification("X99", x.numbers, []) { MadeAt = x.madeAt });
            return true;
        });

    [Fact]
    public void Hl7v3_acknowledgement() => Any.Holds(
        from records in Any.Several(Answered)
        from codes in Any.Several(Any.Text.Zip(Any.MaybeText, (code, display) => new AcknowledgementCode(code, display)), min: 1, max: 3)
        from processed in Gen.Elements<int?>(null, 0, 7)
        from failed in Gen.Choose(0, 9)
        from madeAt in Any.Second
        select (records, head: new AcknowledgementHead(Sample.Council, madeAt, "000012", codes, processed, failed + 1, failed)),
        x =>
        {
            var written = x.records.Select(r => new AcknowledgedRecord(UploadClaim.Of(r.Record), r.Code, r.Display, r.Detail)).ToArray();
            var message = Reread<Acknowledgement>(s => Hl7v3AnswerWriter.WriteAcknowledgementAsync(s, x.head, written.ToAsyncEnumerable(), default));

            Same(message, new Acknowledgement(
                "X99",
                "000012",
                x.head.FileCodes,
                x.head.Processed,
                x.head.Successful,
                x.head.Failed,
                [.. x.records.Select(r => Expected(r.Record, r.Code, r.Display, r.Detail))],
                []) { MadeAt = x.head.CreatedAt });
            return true;
        });

    [Fact]
    public void Flat_accesses() => Any.Holds(
        Any.Several(Block),
        blocks =>
        {
            Access[] accesses = [.. blocks.SelectMany(b => b.Queries.Select(q => Expected(q, b.UploadFileNumber)))];
            var message = Reread<AccessNotification>(s => FlatAnswerWriter.WriteAccessesAsync(s, accesses.ToAsyncEnumerable(), default));

            Same(message, new AccessNotification(null, null, accesses.Length, accesses.Length, accesses, []));
            return true;
        });

    [Fact]
    public void Flat_inactive_numbers() => Any.Holds(
        Any.Several(Inactive, min: 1),
        numbers =>
        {
            var message = Reread<InactiveNotification>(s => FlatAnswerWriter.WriteInactiveAsync(s, numbers.ToAsyncEnumerable(), default));

            Same(message, new InactiveNotification(null, numbers, []));
            return true;
        });

    [Fact]
    public void Flat_acknowledgement() => Any.Holds(
        from records in Any.Several(Answered)
        from first in Any.Text
        from display in Any.MaybeText
        from number in Gen.Elements<int?>(null, 1, 12)
        select (records, code: new AcknowledgementCode(first, display), number),
        x =>
        {
            RecordResult[] results =
            [
                .. x.records.Select(r => new RecordResult(x.number, r.Record.Key.NhsNumber.Value, [r.Record.Key.PlanType], null, r.Code, null, r.Detail)),
            ];
            var message = Reread<Acknowledgement>(s => FlatAnswerWriter.WriteAcknowledgementAsync(s, "12", [x.code], results.ToAsyncEnumerable(), default));

            Same(message, new Acknowledgement(null, "12", [x.code], null, null, null, results, []));
            return true;
        });

    // Written out once more from rule A1, not taken from the reader.
    private static Access Expected(AccessQuery query, string file)
    {
        var (by, role) = query.Author switch
        {
            AccessAuthor.Person person => (Joined(person.Who.Name), person.Who.RoleText),
            AccessAuthor.Device { Superiors.Count: 0 } device => ("System " + device.Asid, null),
            AccessAuthor.Device device => (string.Join("; ", device.Superiors.Select(s => Joined(s.Name))), string.Join("; ", device.Superiors.Select(s => s.RoleText))),
            _ => throw new InvalidOperationException(),
        };
        return new Access(
            query.Id.ToString().ToUpperInvariant(), query.At.ToUniversalTime(), query.TimeIsKnown, query.NhsNumber, query.LocalPersonId,
            by, role, query.Author.OrganisationCode, query.Author.OrganisationName, file);
    }

    private static string Joined(PersonName name) =>
        string.Join(' ', new[] { name.Prefix }.Concat(name.Given).Append(name.Family).Append(name.Suffix).Where(p => p is not null));

    private static RecordResult Expected(UploadRecord record, string code, string? display, string? detail)
    {
        // A loaded record comes back without its plan; only a mother's tells which it was.
        var isLoaded = code == "CPR06";
        PlanType[] types = !isLoaded || record.Key.PlanType == PlanType.Ucpp ? [record.Key.PlanType] : [];
        return new RecordResult(null, record.Key.NhsNumber.Value, types, isLoaded ? null : record.Key.Start, code, display, detail);
    }

    private static MemoryStream Written(IUploadFormat format, UploadHeader header, UploadRecord[] records) =>
        new(Sample.WriteAsync(format, header, records).GetAwaiter().GetResult());

    private static T Reread<T>(Func<Stream, Task> write)
        where T : InboundMessage => Sample.Message<T>(new InboundReader().Read(Sample.BytesAsync(write).GetAwaiter().GetResult()));

    private static void Same<T>(T actual, T expected) => JsonSerializer.Serialize(actual).ShouldBe(JsonSerializer.Serialize(expected));
}
