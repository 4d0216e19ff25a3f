using System.CommandLine;
using System.Text.RegularExpressions;
using CpIs.Batch.StandIn;

namespace CpIs.Batch.Commands;

/// <summary>What <c>simulate</c> was asked to do, besides taking the uploads that wait.</summary>
internal sealed record SimulateOptions
{
    /// <summary>Accesses of people chosen by the seed; 0 makes an empty notification, null none.</summary>
    public int? Accesses { get; init; }

    /// <summary>Further accesses of these local person ids, one for each time that an id is given.</summary>
    public IReadOnlyList<string> AccessesOf { get; init; } = [];

    /// <summary>True for accesses by devices, false by people.</summary>
    public bool ByDevice { get; init; }

    /// <summary>Inactive numbers of people chosen by the seed.</summary>
    public int Inactive { get; init; }

    /// <summary>The numbers of these local person ids become inactive as well.</summary>
    public IReadOnlyList<string> InactiveOf { get; init; } = [];

    public Replacements Replacements { get; init; } = Replacements.One;

    /// <summary>Whom accesses and inactive numbers concern follows from it.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Record codes to answer with, by local person id.</summary>
    public IReadOnlyDictionary<string, string> Rejections { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Answer every upload with this file code and load nothing; null = as each deserves.</summary>
    public string? FileCode { get; init; }

    /// <summary>False takes and loads uploads and answers nothing.</summary>
    public bool Answers { get; init; } = true;

    /// <summary>Take uploads with NHS numbers outside the range 999 too.</summary>
    public bool TakesAnyNumber { get; init; }

    /// <summary>Show what is held and do nothing else.</summary>
    public bool Show { get; init; }
}

/// <summary>The command <c>simulate</c>.</summary>
internal static partial class SimulateCommand
{
    private const long Most = 100_000;

    public static Command Create(CommandRunner runner)
    {
        var accesses = OptionParsing.Number("--accesses", "Make one notification of this many accesses of people whom it shows (0: an empty notification)", 0, Most);
        var accessesOf = Several("--access-of", "ID", "Make an access of the person with this local id; may be given several times, also with one id");
        var device = OptionParsing.Flag("--device", "The accesses are made by devices, not by people");
        var inactive = OptionParsing.Number("--inactive", "Report this many NHS numbers as inactive and hold nothing under them any more", 0, Most);
        var inactiveOf = Several("--inactive-of", "ID", "Report the number of the person with this local id as inactive; may be given several times");
        var replacements = OptionParsing.Text("--replacements", "none|one|several", "How many replacements an inactive number gets (default: one)")
            .AcceptOnlyFromAmong("none", "one", "several");
        var seed = OptionParsing.Number("--seed", "Whom accesses and inactive numbers concern follows from it (default: 1)", 0, int.MaxValue);
        var reject = Several("--reject", "ID=CPRnn", "Reject the records of this local person id with this code; may be given several times");
        var fileCode = OptionParsing.Text("--file-code", "CPFnn", "Answer every upload that waits with this file code and load nothing, for example CPF05");
        var noAnswer = OptionParsing.Flag("--no-answer", "Take and load uploads, but answer nothing: the acknowledgement is lost");
        var anyNumber = OptionParsing.Flag("--any-number", "Take uploads with NHS numbers outside the range 999 too");
        var show = OptionParsing.Flag("--show", "Show what it holds (with --json every record) and do nothing else");
        var command = new Command("simulate", "Stand in for CP-IS behind the folder transport: take uploads, answer them, and make notifications on request.")
        {
            accesses, accessesOf, device, inactive, inactiveOf, replacements, seed, reject, fileCode, noAnswer, anyNumber, show,
        };
        return runner.Bind(
            command,
            [
                "simulate",
                "simulate --accesses 5 --inactive 1",
                "simulate --reject P0042=CPR03",
                "simulate --file-code CPF05",
                "simulate --show --json",
            ],
            parse => Check(parse, show, new SimulateOptions
            {
                Accesses = (int?)parse.GetValue(accesses),
                AccessesOf = IdsOf(parse, accessesOf),
                ByDevice = parse.GetValue(device),
                Inactive = (int)(parse.GetValue(inactive) ?? 0),
                InactiveOf = IdsOf(parse, inactiveOf),
                Replacements = ReplacementsOf(parse.GetValue(replacements)),
                Seed = (int)(parse.GetValue(seed) ?? 1),
                Rejections = RejectionsOf(parse.GetValue(reject) ?? []),
                FileCode = FileCodeOf(parse.GetValue(fileCode)),
                Answers = !parse.GetValue(noAnswer),
                TakesAnyNumber = parse.GetValue(anyNumber),
                Show = parse.GetValue(show),
            }),
            SimulateHandler.RunAsync);
    }

    private static Option<string[]> Several(string name, string helpName, string description) =>
        new(name) { Description = description, HelpName = helpName, Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = false };

    private static string[] IdsOf(ParseResult parse, Option<string[]> option)
    {
        var ids = (parse.GetValue(option) ?? []).Select(id => id.Trim()).ToArray();
        return ids.Contains(string.Empty, StringComparer.Ordinal) ? throw new UsageException($"{option.Name} takes a local person id.") : ids;
    }

    private static Replacements ReplacementsOf(string? text) => text switch
    {
        "none" => Replacements.None,
        "several" => Replacements.Several,
        _ => Replacements.One,
    };

    private static Dictionary<string, string> RejectionsOf(string[] texts)
    {
        var rejections = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var text in texts)
        {
            var match = Rejection().Match(text);
            if (!match.Success || match.Groups["code"].ValueSpan.SequenceEqual(AnswerCodes.RecordLoaded))
            {
                throw new UsageException(
                    $"--reject takes a local person id and a code of rejection, such as P0042=CPR03 ({AnswerCodes.RecordLoaded} is no rejection).");
            }

            if (!rejections.TryAdd(match.Groups["id"].Value.Trim(), match.Groups["code"].Value))
            {
                throw new UsageException("--reject names a local person id twice.");
            }
        }

        return rejections;
    }

    private static string? FileCodeOf(string? text) => text is null || FileCode().IsMatch(text)
        ? text
        : throw new UsageException("--file-code takes CPF and two digits, such as CPF05.");

    private static SimulateOptions Check(ParseResult parse, Option<bool> show, SimulateOptions options)
    {
        if (options.Show && parse.CommandResult.Children.OfType<System.CommandLine.Parsing.OptionResult>()
                .Any(o => !o.Implicit && o.Option != show && !o.Option.Recursive))
        {
            throw new UsageException("--show does nothing else: leave the other options of simulate out.");
        }

        if (options.FileCode is not null && options.Rejections.Count > 0)
        {
            throw new UsageException("--file-code loads nothing, so --reject does not go with it.");
        }

        if (options.ByDevice && options.Accesses is null && options.AccessesOf.Count == 0)
        {
            throw new UsageException("--device goes with --accesses or --access-of.");
        }

        return options;
    }

    [GeneratedRegex("^(?<id>.*[^ ].*)=(?<code>CPR[0-9]{2})$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Rejection();

    [GeneratedRegex("^CPF[0-9]{2}$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FileCode();
}
