using CpIs.Domain.Tests.Support;
using CpIs.Domain.Values;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;

namespace CpIs.Domain.Tests.Values;

/// <summary>The algebra of spans that rules S2, S4, S7 and S14 stand on, against sets of days.</summary>
public class DateSpanTests
{
    private static readonly DateOnly Origin = new(2016, 1, 1);

    /// <summary>Days further out than any that the generator makes: what an open span holds beyond them does not tell spans apart.</summary>
    private const int Horizon = 120;

    [Fact]
    public void A_span_cannot_end_before_it_starts()
    {
        Should.Throw<ArgumentException>(() => new DateSpan(Origin, Origin.AddDays(-1)));
        DateSpan.TryCreate(Origin, Origin.AddDays(-1), out _).ShouldBeFalse();
        DateSpan.TryCreate(null, Origin, out _).ShouldBeFalse();
        DateSpan.TryCreate(Origin, Origin, out var day).ShouldBeTrue();
        day.ShouldBe(new DateSpan(Origin, Origin));
        DateSpan.TryCreate(Origin, null, out var open).ShouldBeTrue();
        open.End.ShouldBeNull();
    }

    [Fact]
    public void The_default_span_is_valid()
    {
        default(DateSpan).Start.ShouldBe(DateOnly.MinValue);
        default(DateSpan).End.ShouldBe(DateOnly.MinValue);
    }

    [Fact]
    public void The_ends_of_the_calendar_are_days_like_others()
    {
        var all = new DateSpan(DateOnly.MinValue, DateOnly.MaxValue);
        var last = new DateSpan(DateOnly.MaxValue, DateOnly.MaxValue);

        all.Touches(last).ShouldBeTrue();
        last.Touches(last).ShouldBeTrue();
        all.Intersect(last).ShouldBe(last);
        all.Union(new DateSpan(Origin, null)).End.ShouldBeNull();
    }

    [Fact]
    public void S4_two_spans_touch_when_they_share_a_day_or_one_starts_on_the_day_after_the_other_ends() =>
        Always.Holds(Spans.Two(), x =>
        {
            var expected = Days(x.Item1).Overlaps(Days(x.Item2))
                || x.Item1.End?.AddDays(1) == x.Item2.Start || x.Item2.End?.AddDays(1) == x.Item1.Start;
            x.Item1.Touches(x.Item2).ShouldBe(expected);
            x.Item2.Touches(x.Item1).ShouldBe(expected);
        });

    [Fact]
    public void Union_is_the_smallest_span_that_holds_both() =>
        Always.Holds(Spans.Two(), x =>
        {
            var union = x.Item1.Union(x.Item2);
            union.ShouldBe(x.Item2.Union(x.Item1));
            Days(union).IsSupersetOf(Days(x.Item1).Union(Days(x.Item2))).ShouldBeTrue();
            union.Start.ShouldBe(new[] { x.Item1.Start, x.Item2.Start }.Min());
            (union.End is null).ShouldBe(x.Item1.End is null || x.Item2.End is null);
            x.Item1.Union(x.Item1).ShouldBe(x.Item1);
        });

    [Fact]
    public void Union_is_associative() =>
        Always.Holds(Spans.Three(), x => x.Item1.Union(x.Item2).Union(x.Item3).ShouldBe(x.Item1.Union(x.Item2.Union(x.Item3))));

    [Fact]
    public void S2_intersection_is_the_days_that_both_have() =>
        Always.Holds(Spans.Two(), x =>
        {
            var both = Days(x.Item1).Intersect(Days(x.Item2)).ToHashSet();
            var part = x.Item1.Intersect(x.Item2);
            part.ShouldBe(x.Item2.Intersect(x.Item1));
            (part is { } span ? Days(span) : []).SetEquals(both).ShouldBeTrue();
        });

    [Fact]
    public void S4_any_order_of_rows_gives_the_same_spans() =>
        Always.Holds(from spans in ManySpans from shuffled in Gen.Shuffle(spans) select (spans, shuffled), x =>
            Joined(x.shuffled).ShouldBe(Joined(x.spans)));

    [Fact]
    public void S4_no_two_joined_spans_touch() =>
        Always.Holds(ManySpans, spans =>
        {
            var joined = Joined(spans);
            foreach (var one in joined)
            {
                joined.Where(other => other != one).ShouldAllBe(other => !one.Touches(other));
            }
        });

    [Fact]
    public void S4_every_day_of_every_row_is_in_exactly_one_joined_span_and_no_other_day_is() =>
        Always.Holds(ManySpans, spans =>
        {
            var joined = Joined(spans);
            var rows = spans.SelectMany(s => Days(s)).ToHashSet();
            for (var day = Origin; day < Origin.AddDays(Horizon); day = day.AddDays(1))
            {
                joined.Count(s => Days(s).Contains(day)).ShouldBe(rows.Contains(day) ? 1 : 0);
            }
        });

    [Fact]
    public void S4_every_row_is_a_member_of_the_span_that_holds_it() =>
        Always.Holds(ManySpans, spans =>
        {
            var joined = DateSpan.Join(spans, s => s);
            joined.Sum(j => j.Items.Count).ShouldBe(spans.Length);
            joined.ShouldAllBe(j => j.Items.All(i => i.Union(j.Span) == j.Span));
            joined.Select(j => j.Span.Start).ShouldBe(joined.Select(j => j.Span.Start).Order());
        });

    private static List<DateSpan> Joined(DateSpan[] spans) => [.. DateSpan.Join(spans, s => s).Select(j => j.Span)];

    private static HashSet<DateOnly> Days(DateSpan span)
    {
        var days = new HashSet<DateOnly>();
        for (var day = span.Start; day <= (span.End ?? Origin.AddDays(Horizon)); day = day.AddDays(1))
        {
            days.Add(day);
        }

        return days;
    }

    private static Gen<DateSpan> Spans =>
        from start in Gen.Choose(0, 60)
        from length in Gen.Frequency((5, Gen.Choose(0, 20).Select(n => (int?)n)), (1, Gen.Constant((int?)null)))
        select new DateSpan(Origin.AddDays(start), length is { } n ? Origin.AddDays(start + n) : null);

    private static Gen<DateSpan[]> ManySpans =>
        from count in Gen.Choose(0, 8)
        from spans in (from start in Gen.Choose(0, 60)
                       from length in Gen.Frequency((9, Gen.Choose(0, 8).Select(n => (int?)n)), (1, Gen.Constant((int?)null)))
                       select new DateSpan(Origin.AddDays(start), length is { } n ? Origin.AddDays(start + n) : null)).ArrayOf(count)
        select spans;
}
