using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using CpIs.Batch.Configuration;
using Quartz;

namespace CpIs.Batch.Schedule;

/// <summary>
/// Reads the job files of a folder: one JSON file a job, comments allowed. Every problem of every file is told at once, each with the
/// file and the field.
/// </summary>
internal sealed class JobFiles(Command root, List<string> problems)
{
    public const string DefaultTimeZone = "Europe/London";

    // What a job may not set, because the scheduler does, or because a fixed value would be wrong from the second run on.
    private static readonly string[] s_notInJobs = ["--config", "--data", "--as-of"];
    private static readonly string[] s_notJobs = ["schedule", "completion", "demo"];

    private static readonly string[] s_fields =
    [
        "Name", "Description", "Cron", "TimeZone", "Command", "Options", "Councils", "MisfirePolicy", "TimeoutMinutes", "Retries", "RetryMinutes", "Enabled",
    ];

    /// <param name="folder">Files in folders below it are left alone.</param>
    public IReadOnlyList<ScheduledJob> Read(string folder)
    {
        if (!Directory.Exists(folder))
        {
            problems.Add($"Schedule:JobsFolder names a folder that does not exist: {folder}");
            return [];
        }

        var jobs = new List<ScheduledJob>();
        var files = Directory.GetFiles(folder, "*.json").Order(StringComparer.Ordinal).ToList();
        foreach (var file in files)
        {
            if (ReadFile(file) is { } job)
            {
                if (jobs.Find(j => j.Name.Equals(job.Name, StringComparison.OrdinalIgnoreCase)) is { } other)
                {
                    problems.Add($"{job.File}: Name: {job.Name} is already the name of the job in {other.File}.");
                }

                jobs.Add(job);
            }
        }

        if (files.Count == 0)
        {
            problems.Add($"There is no job file (*.json) in {folder}.");
        }

        return jobs;
    }

    private ScheduledJob? ReadFile(string path)
    {
        var name = Path.GetFileName(path);
        try
        {
            using var document = JsonDocument.Parse(
                File.ReadAllBytes(path), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                return new Fields(name, document.RootElement, root, problems).Read();
            }

            problems.Add($"{name}: must be a JSON object.");
        }
        catch (JsonException e)
        {
            problems.Add(string.Create(CultureInfo.InvariantCulture, $"{name}: not valid JSON at line {e.LineNumber + 1}, column {e.BytePositionInLine + 1}."));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add($"{name}: cannot be read ({e.GetType().Name}).");
        }

        return null;
    }

    /// <summary>The fields of one file; letter case of their names does not count.</summary>
    private sealed class Fields(string file, JsonElement root, Command commands, List<string> problems)
    {
        private readonly Dictionary<string, JsonElement> _values = new(StringComparer.OrdinalIgnoreCase);

        public ScheduledJob? Read()
        {
            var before = problems.Count;
            Gather();
            var name = Text("Name", required: true) ?? string.Empty;
            if (name.Length > 0 && !SettingsLoader.CouncilName().IsMatch(name))
            {
                Bad("Name", $"must be 1 to 60 letters, digits, dots, hyphens and underscores; it is \"{name}\"");
            }

            Text("Description", required: false);
            var cron = Cron(Zone());
            var (command, words) = Words();
            var missed = Text("MisfirePolicy", required: false) switch
            {
                null or "run-once" => MissedPolicy.RunOnce,
                "skip" => MissedPolicy.Skip,
                var other => BadMissed(other),
            };
            var job = new ScheduledJob(
                file, name, cron!, words, command, Texts("Councils"), missed,
                TimeSpan.FromMinutes(Number("TimeoutMinutes", 360, 1, 24 * 60)),
                Number("Retries", 0, 0, 20),
                TimeSpan.FromMinutes(Number("RetryMinutes", 15, 1, 24 * 60)),
                Flag("Enabled", fallback: true));
            return problems.Count == before ? job : null;
        }

        private void Gather()
        {
            foreach (var property in root.EnumerateObject())
            {
                if (!s_fields.Contains(property.Name, StringComparer.OrdinalIgnoreCase))
                {
                    var near = Nearest.To(property.Name, s_fields) ?? Array.Find(s_fields, f => f.StartsWith(property.Name, StringComparison.OrdinalIgnoreCase));
                    Bad(property.Name, near is null ? "is not a known field" : $"is not a known field; did you mean {near}?");
                }
                else if (!_values.TryAdd(property.Name, property.Value))
                {
                    Bad(property.Name, "stands there twice");
                }
            }
        }

        private TimeZoneInfo? Zone()
        {
            var id = Text("TimeZone", required: false) ?? DefaultTimeZone;
            if (TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone))
            {
                return zone;
            }

            Bad("TimeZone", $"must be a time zone of this machine, for instance {DefaultTimeZone}; it is \"{id}\"");
            return null;
        }

        private CronExpression? Cron(TimeZoneInfo? zone)
        {
            if (Text("Cron", required: true) is not { } text || zone is null)
            {
                return null;
            }

            if (text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length == 5)
            {
                Bad("Cron", $"has five fields, as in a crontab; put the seconds before them, for instance \"0 {text}\", and name days of the week (MON)");
                return null;
            }

            try
            {
                var cron = CronExpression.Parse(text).WithTimeZone(zone);

                // "* * 1 * * ?" is easily written for "at one o'clock" and means 3,600 times.
                var seconds = text.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
                if (!text.StartsWith('@') && !int.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out _))
                {
                    Bad("Cron", $"must have one number for the seconds, so that a job runs at most once a minute; it is \"{text}\"");
                }

                return cron;
            }
            catch (FormatException e)
            {
                Bad("Cron", $"must be a cron expression with seconds, minutes, hours, day of month, month and day of week, for instance \"0 0 1 * * ?\"; it is \"{text}\" ({e.Message.TrimEnd('.')})");
                return null;
            }
        }

        private (string Command, List<string> Words) Words()
        {
            var text = Text("Command", required: true);
            var options = Texts("Options") ?? [];
            List<string> words = [.. (text ?? string.Empty).Split(' ', StringSplitOptions.RemoveEmptyEntries)];
            var command = string.Join(' ', words);
            if (words.Count == 0)
            {
                return (command, words);
            }

            var config = new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null };
            var bare = commands.Parse(words, config);
            if (bare.UnmatchedTokens.Count > 0 || bare.CommandResult.Command == commands || bare.CommandResult.Command.Subcommands.Count > 0)
            {
                Bad("Command", $"must be a command of the program without options; it is \"{text}\"");
                return (command, words);
            }

            if (s_notJobs.Contains(words[0], StringComparer.Ordinal))
            {
                Bad("Command", $"{words[0]} cannot be a job");
            }

            var parse = commands.Parse([.. words, .. options], config);
            if (parse.UnmatchedTokens.Count > 0)
            {
                // The parser's own errors follow from the unknown word.
                var word = parse.UnmatchedTokens[0];
                var near = Nearest.To(word.Split('=')[0], parse.CommandResult.Command.Options.Select(o => o.Name));
                Bad("Options", near is null ? $"{word} is not an option of {command}" : $"{word} is not an option of {command}; did you mean {near}?");
            }
            else
            {
                foreach (var problem in parse.Errors.Select(e => e.Message.TrimEnd('.')).Distinct(StringComparer.Ordinal))
                {
                    Bad("Options", problem);
                }
            }

            foreach (var option in commands.Options.Where(o => s_notInJobs.Contains(o.Name, StringComparer.Ordinal) && parse.GetResult(o) is { Implicit: false }))
            {
                Bad("Options", option.Name == "--as-of" ? "--as-of would fix the business date for ever" : $"{option.Name} is set by the scheduler, from the council");
            }

            return (command, [.. words, .. options]);
        }

        private MissedPolicy BadMissed(string value)
        {
            Bad("MisfirePolicy", $"must be run-once or skip; it is \"{value}\"");
            return default;
        }

        private string? Text(string field, bool required)
        {
            if (!_values.TryGetValue(field, out var value) || value.ValueKind == JsonValueKind.Null)
            {
                if (required)
                {
                    Bad(field, "is required");
                }

                return null;
            }

            if (value.ValueKind == JsonValueKind.String && value.GetString()!.Trim() is { Length: > 0 } text && !text.Any(char.IsControl))
            {
                return text;
            }

            Bad(field, "must be a text");
            return null;
        }

        private List<string>? Texts(string field)
        {
            if (!_values.TryGetValue(field, out var value) || value.ValueKind == JsonValueKind.Null)
            {
                return null;
            }

            if (value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(e => e.ValueKind == JsonValueKind.String))
            {
                return [.. value.EnumerateArray().Select(e => e.GetString()!)];
            }

            Bad(field, "must be a list of texts");
            return null;
        }

        private int Number(string field, int fallback, int least, int most)
        {
            if (!_values.TryGetValue(field, out var value) || value.ValueKind == JsonValueKind.Null)
            {
                return fallback;
            }

            if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= least && number <= most)
            {
                return number;
            }

            Bad(field, string.Create(CultureInfo.InvariantCulture, $"must be a whole number from {least} to {most}"));
            return fallback;
        }

        private bool Flag(string field, bool fallback)
        {
            if (!_values.TryGetValue(field, out var value) || value.ValueKind is JsonValueKind.True or JsonValueKind.False)
            {
                return value.ValueKind == JsonValueKind.Undefined ? fallback : value.GetBoolean();
            }

            Bad(field, "must be true or false");
            return fallback;
        }

        private void Bad(string field, string what) => problems.Add($"{file}: {field}: {what}{(what.EndsWith('?') ? string.Empty : ".")}");
    }
}
