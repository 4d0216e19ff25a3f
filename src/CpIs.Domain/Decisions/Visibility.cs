using CpIs.Domain.Values;

namespace CpIs.Domain.Decisions;

/// <summary>How long a record is shown, and from when a child is too old for it.</summary>
public static class Visibility
{
    private const int Adulthood = 18;

    /// <summary>
    /// The last day on which CP-IS shows an ended record: calendar months after the end, clamped to the month's end (rule S10);
    /// for an unborn child's plan days after the end (rule S6). Null while there is no end.
    /// </summary>
    public static DateOnly? Until(PlanType planType, DateOnly? end, RuleSettings settings)
    {
        if (end is not { } last)
        {
            return null;
        }

        return planType == PlanType.Ucpp
            ? DateOnly.FromDayNumber(Math.Min(last.DayNumber + settings.UnbornGraceDays, DateOnly.MaxValue.DayNumber))
            : (last.Year * 12) + last.Month + settings.RetentionMonths > (DateOnly.MaxValue.Year * 12) + DateOnly.MaxValue.Month
                ? DateOnly.MaxValue
                : last.AddMonths(settings.RetentionMonths);
    }

    /// <summary>True from the 18th birthday on (rule S13); who is born on 29 February has it on 1 March.</summary>
    public static bool IsAdult(DateOnly? birthDate, DateOnly day)
    {
        if (birthDate is not { } born || born.Year > DateOnly.MaxValue.Year - Adulthood)
        {
            return false;
        }

        var birthday = born.AddYears(Adulthood);
        if (birthday.Day != born.Day)
        {
            birthday = birthday.AddDays(1);
        }

        return birthday <= day;
    }
}
