using CpIs.Domain.Exchange;
using CpIs.Domain.Values;
using CpIs.Messages.Fhir;
using FsCheck;
using FsCheck.Fluent;

namespace CpIs.Messages.Tests.Fhir;

public class FhirRoundTripTests
{
    private static readonly Gen<DateOnly> Days = Gen.Choose(0, 60_000).Select(d => new DateOnly(1930, 1, 1).AddDays(d));

    private static readonly Gen<string> Texts = Gen.OneOf(
        Gen.Elements("Sample", "O'Example", "Zoë", "Nguyễn", "李", "🦊", "a b", "<x>&\"\\/", "A\u0001B", "\u00A0", "\uD83D", "\u2028"),
        ArbMap.Default.GeneratorFor<NonEmptyString>().Select(s => s.Get).Where(s => s.Trim().Length > 0));

    private static readonly Gen<NhsNumber> Numbers = Gen.Choose(0, 999_999).Select(NumberFrom).Where(n => n is not null).Select(n => n!);

    private static readonly Gen<UploadRecord> Records =
        from number in Numbers
        from type in Gen.Elements<PlanType>(PlanType.All)
        from start in Days
        from length in Gen.Choose(0, 9_000)
        from open in Gen.Elements(true, false)
        from family in Texts
        from given in Texts
        from birth in Days
        from person in Texts
        from delete in Gen.OneOf(Gen.Constant((DateOnly?)null), Days.Select(d => (DateOnly?)d))
        from forecast in Gen.Elements(true, false)
        let end = open && type != PlanType.Ucpp ? null : (DateOnly?)start.AddDays(length)
        select new UploadRecord(
            new RecordKey(number, type, start),
            new RecordContent(end, family, given, birth, person),
            delete,
            VisibleUntil: null,
            EndIsForecast: type == PlanType.Ucpp && forecast && delete is null);

    [Fact]
    public void What_is_written_is_read_back_as_it_was()
    {
        var property = Prop.ForAll(Records.NonEmptyListOf().Where(r => r.Count <= 8).ToArbitrary(), records =>
        {
            var distinct = records.DistinctBy(r => r.Key).ToList();

            // Writing also validates.
            var text = FhirFiles.Write([.. distinct]).GetAwaiter().GetResult();
            FhirFiles.ReadBack(text).Records.ShouldBe(distinct.Select(Cleaned));
        });

        property.QuickCheckThrowOnFailure();
    }

    [Fact]
    public void The_same_records_give_the_same_bytes()
    {
        var property = Prop.ForAll(Records.ToArbitrary(), record =>
        {
            var first = FhirFiles.Write(record).GetAwaiter().GetResult();
            FhirFiles.Write(record).GetAwaiter().GetResult().ShouldBe(first);
        });

        property.QuickCheckThrowOnFailure();
    }

    private static UploadRecord Cleaned(UploadRecord record) => record with
    {
        Content = record.Content with
        {
            FamilyName = FhirText.Clean(record.Content.FamilyName),
            GivenName = FhirText.Clean(record.Content.GivenName),
            LocalPersonId = FhirText.Clean(record.Content.LocalPersonId),
        },
    };

    private static NhsNumber? NumberFrom(int seed)
    {
        var nine = $"999{seed:D6}";
        var check = (11 - (nine.Select((c, i) => (c - '0') * (10 - i)).Sum() % 11)) % 11;
        return NhsNumber.TryParse(nine + check, out var number) ? number : null;
    }
}
