using CpIs.Batch.Commands;
using CpIs.Batch.Configuration;

namespace CpIs.Batch.Schedule;

/// <summary>A council that jobs run for: a configuration file and a data folder of its own.</summary>
/// <param name="Name">How it is called in logs, metrics and the schedule.</param>
/// <param name="ConfigFile">Its configuration file, in full; null = the defaults.</param>
internal sealed record Council(string Name, string? ConfigFile, DataFolder Data, CpisSettings Settings);

/// <summary>Finds the councils that are configured, and checks each one's configuration.</summary>
internal static class Councils
{
    // Set by environment these would be every council's: one database or one mailbox for all of them.
    private static readonly string[] s_ownSections = ["CPIS__AUTHORITY__", "CPIS__DATABASE__", "CPIS__TRANSPORT__"];

    /// <param name="problems">Takes everything that is wrong, each with its file and key.</param>
    public static IReadOnlyList<Council> Read(CommandContext context, List<string> problems)
    {
        var settings = context.Settings;
        var listed = settings.Schedule.Councils.Concat(InFolder(context, problems)).ToList();
        if (listed.Count == 0)
        {
            return settings.Schedule.CouncilsFolder is null ? [new Council("council", settings.Source, context.Data, settings)] : [];
        }

        foreach (var variable in context.Environment.Variables.Select(v => v.Key).Where(v => Array.Exists(s_ownSections, s => v.StartsWith(s, StringComparison.OrdinalIgnoreCase))))
        {
            problems.Add($"{variable} would be every council's: set it in each council's configuration file.");
        }

        var councils = new List<Council>();
        foreach (var setting in listed)
        {
            var name = setting.Name ?? Path.GetFileNameWithoutExtension(setting.Config);
            if (!SettingsLoader.CouncilName().IsMatch(name))
            {
                problems.Add($"Schedule:Councils: {name} cannot be a council's name; give it a Name of letters, digits, dots, hyphens and underscores.");
                continue;
            }

            try
            {
                var own = SettingsLoader.Load(setting.Config, context.Environment.WorkingFolder, context.Environment.Variables);
                councils.Add(new Council(name, setting.Config, new DataFolder(context.Data.Resolve(setting.Data ?? Path.Combine("councils", name))), own));
            }
            catch (SettingsException e)
            {
                problems.AddRange(e.Problems.Select(p => $"{Path.GetFileName(setting.Config)}: {p}"));
            }
        }

        RefuseShared(councils, c => c.Name, "the name", problems);
        RefuseShared(councils, c => c.Data.Root, "the data folder", problems);
        RefuseShared(councils.Where(c => c.Settings.Database.ConnectionString is not null), c => c.Settings.Database.ConnectionString!.Value, "the database", problems);
        return councils;
    }

    private static IEnumerable<CouncilSetting> InFolder(CommandContext context, List<string> problems)
    {
        if (context.Settings.Schedule.CouncilsFolder is not { } configured)
        {
            return [];
        }

        var folder = FromConfig(context, configured);
        var files = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.json").Order(StringComparer.Ordinal).ToList() : [];
        if (files.Count == 0)
        {
            problems.Add($"Schedule:CouncilsFolder names a folder without a configuration file (*.json): {folder}");
        }

        return files.Select(f => new CouncilSetting(f, Name: null, Data: null));
    }

    /// <summary>A configured path: a relative one is taken from the configuration file's folder.</summary>
    public static string FromConfig(CommandContext context, string path) =>
        Path.GetFullPath(path, context.Settings.Source is { } file ? Path.GetDirectoryName(file)! : context.Environment.WorkingFolder);

    private static void RefuseShared(IEnumerable<Council> councils, Func<Council, string> key, string what, List<string> problems)
    {
        foreach (var shared in councils.GroupBy(key, StringComparer.OrdinalIgnoreCase).Where(g => g.Skip(1).Any()))
        {
            problems.Add($"Schedule:Councils: {string.Join(" and ", shared.Select(c => Path.GetFileName(c.ConfigFile)))} share {what}; each council needs its own.");
        }
    }
}
