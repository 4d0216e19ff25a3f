using CpIs.Domain.Exchange;
using CpIs.Domain.Values;
using FsCheck;
using FsCheck.Fluent;

namespace CpIs.Messages.Tests.Support;

/// <summary>Generators of what messages can carry.</summary>
internal static class Any
{
    private static readonly string[] Letters =
        ["a", "Z", "é", "ß", "ł", "字", "\U0001F600", "&", "<", ">", "\"", "'", "=", "+", "-", "@", ",", ";", ":", "/", "]]>", " ", "0", "9", "#", "%"];

    private static readonly string[] LineBreaks = ["\n", "\r", "\r\n", "\t"];

    /// <summary>Trimmed, not blank, without control characters.</summary>
    public static readonly Gen<string> Text = TextOf(Letters);

    /// <summary>Trimmed, not blank, with line breaks and tabs inside.</summary>
    public static readonly Gen<string> TextWithBreaks = TextOf([.. Letters, .. LineBreaks]);

    public static readonly Gen<string?> MaybeText = OrNull(Text);

    public static readonly Gen<NhsNumber> Number = Gen.Choose(0, 999_999).Select(Valid).Where(n => n is not null).Select(n => n!);

    public static readonly Gen<DateOnly> PlanDate =
        Gen.Choose(new DateOnly(1900, 1, 1).DayNumber, new DateOnly(2099, 12, 31).DayNumber).Select(DateOnly.FromDayNumber);

    public static readonly Gen<DateTimeOffset> Second =
        Gen.Choose(0, int.MaxValue).Select(s => new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero).AddSeconds(s));

    public static readonly Gen<Guid> Id = Gen.Choose(0, 255).ArrayOf(16).Select(b => new Guid([.. b.Select(x => (byte)x)]));

    public static Gen<T?> OrNull<T>(Gen<T> some)
        where T : class => Gen.Frequency((1, Gen.Constant<T?>(null)), (3, some.Select(t => (T?)t)));

    public static Gen<DateOnly?> OrNone(Gen<DateOnly> date) => Gen.OneOf(Gen.Constant<DateOnly?>(null), date.Select(d => (DateOnly?)d));

    public static Gen<UploadRecord> Record(Gen<string> text) =>
        from number in Number
        from type in Gen.Elements(PlanType.All.ToArray())
        from start in PlanDate
        from length in Gen.Choose(0, 2000)
        from isOpen in Gen.Elements(true, false)
        from birth in PlanDate
        from family in text
        from given in text
        from local in text
        from delete in OrNone(PlanDate)
        from visible in OrNone(PlanDate)
        let last = Math.Min(start.DayNumber + length, new DateOnly(2099, 12, 31).DayNumber)
        let end = isOpen && type != PlanType.Ucpp ? (DateOnly?)null : DateOnly.FromDayNumber(last)
        select new UploadRecord(new RecordKey(number, type, start), new RecordContent(end, family, given, birth, local), delete, visible, false);

    public static Gen<T[]> Several<T>(Gen<T> item, int min = 0, int max = 5) =>
        from n in Gen.Choose(min, max)
        from items in item.ArrayOf(n)
        select items;

    public static void Holds<T>(Gen<T> gen, Func<T, bool> property, int times = 200) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(times), Prop.ForAll(gen.ToArbitrary(), property));

    private static Gen<string> TextOf(string[] alphabet) =>
        (from n in Gen.Choose(1, 12)
         from parts in Gen.Elements(alphabet).ArrayOf(n)
         select string.Concat(parts).Trim()).Where(t => t.Length > 0);

    private static NhsNumber? Valid(int seed)
    {
        var stem = $"999{seed:D6}";
        for (var check = 0; check < 10; check++)
        {
            if (NhsNumber.TryParse($"{stem}{check}", out var number))
            {
                return number;
            }
        }

        return null;
    }
}
