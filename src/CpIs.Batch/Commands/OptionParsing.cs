using System.CommandLine;
using System.Globalization;

namespace CpIs.Batch.Commands;

/// <summary>Makes options of the kinds that recur.</summary>
internal static class OptionParsing
{
    private static readonly DateOnly s_earliest = new(1900, 1, 1);
    private static readonly DateOnly s_latest = new(2099, 12, 31);

    /// <summary>A calendar date, <c>yyyy-MM-dd</c>, within the years that CP-IS can hold (reference section b).</summary>
    public static Option<DateOnly?> Date(string name, string description, bool recursive = false) => new(name)
    {
        Description = description,
        HelpName = "yyyy-MM-dd",
        Recursive = recursive,
        CustomParser = result =>
        {
            if (DateOnly.TryParseExact(result.Tokens[0].Value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
                && date >= s_earliest && date <= s_latest)
            {
                return date;
            }

            result.AddError($"{name} takes a date, yyyy-MM-dd, from {s_earliest:yyyy-MM-dd} to {s_latest:yyyy-MM-dd}.");
            return null;
        },
    };

    /// <summary>A whole number within limits, both allowed.</summary>
    public static Option<long?> Number(string name, string description, long least, long most) => new(name)
    {
        Description = description,
        HelpName = "N",
        CustomParser = result =>
        {
            if (long.TryParse(result.Tokens[0].Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                && number >= least && number <= most)
            {
                return number;
            }

            result.AddError($"{name} takes a whole number from {least} to {most}.");
            return null;
        },
    };

    public static Option<string?> Text(string name, string helpName, string description) => new(name)
    {
        Description = description,
        HelpName = helpName,
    };

    /// <summary>The id that was given, or null.</summary>
    /// <exception cref="UsageException">It is blank.</exception>
    public static string? Id(ParseResult parse, Option<string?> option)
    {
        var id = parse.GetValue(option)?.Trim();
        return id is not { Length: 0 } ? id : throw new UsageException($"{option.Name} takes an id.");
    }

    public static Option<bool> Flag(string name, string description) => new(name) { Description = description };

    public static Option<T> Needed<T>(this Option<T> option)
    {
        option.Required = true;
        return option;
    }
}
