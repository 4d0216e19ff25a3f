using System.CommandLine;

namespace CpIs.Batch.Commands;

/// <summary>Whom a run looks at (rule U8).</summary>
/// <param name="From">First London date of a source change; null = no limit.</param>
/// <param name="To">Last one, included; null = no limit.</param>
/// <param name="Person">One person's id, or null.</param>
/// <param name="Full">Send again everything that should be held.</param>
internal sealed record PeopleRange(DateOnly? From, DateOnly? To, string? Person, bool Full)
{
    /// <summary>True when people outside the range are left alone.</summary>
    public bool IsRestricted => From is not null || To is not null || Person is not null;
}

/// <summary>The options of <see cref="PeopleRange"/>.</summary>
internal sealed class PeopleOptions
{
    private readonly Option<DateOnly?> _from = OptionParsing.Date("--from", "Only people with a source change on or after this date");
    private readonly Option<DateOnly?> _to = OptionParsing.Date("--to", "Only people with a source change on or before this date");
    private readonly Option<string?> _person = OptionParsing.Text("--person", "ID", "Only this person (with the mother or the children that belong to the record)");
    private readonly Option<bool> _full = OptionParsing.Flag("--full", "Send again everything that should be held, also what is unchanged");

    public void AddTo(Command command)
    {
        command.Add(_from);
        command.Add(_to);
        command.Add(_person);
        command.Add(_full);
    }

    /// <exception cref="UsageException">The range ends before it starts, or the id is blank.</exception>
    public PeopleRange Read(ParseResult parse)
    {
        var (from, to) = (parse.GetValue(_from), parse.GetValue(_to));
        return from <= to || from is null || to is null
            ? new PeopleRange(from, to, OptionParsing.Id(parse, _person), parse.GetValue(_full))
            : throw new UsageException("--to is before --from.");
    }
}
