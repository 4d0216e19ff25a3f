using System.CommandLine;
using CpIs.Batch.Configuration;
using CpIs.Domain.Values;

namespace CpIs.Batch.Commands;

/// <summary>What <c>transform</c> was asked to do.</summary>
/// <param name="In">Extract folder; null = that of the last extract run (never null with <paramref name="Offline"/>).</param>
/// <param name="Out">Folder for decisions and payload files; null = that of the run.</param>
/// <param name="Formats">Payload formats; null = as configured.</param>
/// <param name="Offline">Touch no database: empty ledger.</param>
/// <param name="Sequence">Number of the first file; used with <paramref name="Offline"/> only.</param>
/// <param name="ConfirmRemovals">Send removals of vanished records even above the limit (rule U10).</param>
internal sealed record TransformOptions(
    string? In,
    string? Out,
    IReadOnlyList<string>? Formats,
    bool Offline,
    SequenceNumber Sequence,
    bool ConfirmRemovals);

/// <summary>The command <c>transform</c>.</summary>
internal static class TransformCommand
{
    public static Command Create(CommandRunner runner)
    {
        var source = OptionParsing.Text("--in", "DIR", "Extract folder (default: that of the last extract)");
        var target = OptionParsing.Text("--out", "DIR", "Folder for decisions and payload files (default: that of the run in the data folder)");
        var formats = FormatsOption();
        var offline = OptionParsing.Flag("--offline", "Touch no database: compare with an empty ledger (for replaying sample files)");
        var sequence = OptionParsing.Number("--sequence", "Number of the first file, with --offline (default: 1)", 1, 999_999_999_999_999_999);
        var confirm = OptionParsing.Flag("--confirm-removals", "Send removals of vanished records even when they are many");
        var command = new Command("transform", "Compare an extract with what CP-IS was told, decide, and write decisions and payload files.")
        {
            source, target, formats, offline, sequence, confirm,
        };
        return runner.Bind(
            command,
            ["transform --offline --in samples/council --out ./out --format hl7v3,flat --as-of 2026-03-10", "transform --in ./extract"],
            parse =>
            {
                var options = new TransformOptions(
                    runner.ExistingFolder(source, parse),
                    runner.PathOf(parse.GetValue(target)),
                    parse.GetValue(formats),
                    parse.GetValue(offline),
                    new SequenceNumber(parse.GetValue(sequence) ?? 1),
                    parse.GetValue(confirm));
                if (!options.Offline && parse.GetResult(sequence) is not null)
                {
                    throw new UsageException("--sequence goes with --offline only: otherwise the database gives the number.");
                }

                return !options.Offline || (options.In is not null && options.Out is not null)
                    ? options
                    : throw new UsageException("--offline needs --in and --out.");
            },
            TransformHandler.RunAsync,
            options => !options.Offline);
    }

    private static Option<IReadOnlyList<string>?> FormatsOption()
    {
        var option = new Option<IReadOnlyList<string>?>("--format")
        {
            Description = "Payload formats, separated by commas: hl7v3, fhir, flat (default: as configured)",
            HelpName = "LIST",
            Arity = ArgumentArity.ExactlyOne,
            CustomParser = result =>
            {
                var names = result.Tokens[0].Value.Split(',', StringSplitOptions.TrimEntries).Select(n => n.ToLowerInvariant()).ToList();
                foreach (var name in names.Where(n => !SettingsLoader.Formats.Contains(n, StringComparer.Ordinal)))
                {
                    var near = Nearest.To(name, SettingsLoader.Formats);
                    result.AddError($"--format takes {string.Join(", ", SettingsLoader.Formats)}; not \"{name}\"." + (near is null ? string.Empty : $" Did you mean {near}?"));
                }

                if (names.Distinct(StringComparer.Ordinal).Count() < names.Count)
                {
                    result.AddError("--format names a format twice.");
                }

                return names;
            },
        };
        option.CompletionSources.Add([.. SettingsLoader.Formats]);
        return option;
    }
}
