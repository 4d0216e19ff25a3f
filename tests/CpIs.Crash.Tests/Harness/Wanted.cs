using System.Globalization;

namespace CpIs.Crash.Tests.Harness;

/// <summary>How much is wanted of a test run.</summary>
public static class Wanted
{
    /// <summary>About how many kills of nights; a sixth more come between the folders of a MESH client, and replays and locks have their own. Thousands by <c>CPIS_CRASH_KILLS</c>.</summary>
    public static int Kills { get; } = Number("CPIS_CRASH_KILLS", 285);

    public static int Seed { get; } = Number("CPIS_CRASH_SEED", 20260310);

    /// <summary>Histories at a time.</summary>
    public static int AtATime { get; } = Math.Max(1, Environment.ProcessorCount);

    private static int Number(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}
