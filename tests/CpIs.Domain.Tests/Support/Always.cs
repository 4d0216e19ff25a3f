using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace CpIs.Domain.Tests.Support;

/// <summary>
/// Properties that must hold for whatever a generator makes; a failing case is shrunk and printed with its seed. The cases are the same in
/// every run, so that a change is judged by what it does; the environment variable <c>CPIS_PROPERTY_SEED</c> takes others, and
/// <c>CPIS_PROPERTY_TIMES</c> multiplies their number, for a long search.
/// </summary>
internal static class Always
{
    private static readonly int Times =
        int.TryParse(Environment.GetEnvironmentVariable("CPIS_PROPERTY_TIMES"), NumberStyles.None, CultureInfo.InvariantCulture, out var times) ? times : 1;

    private static readonly ulong Seed =
        ulong.TryParse(Environment.GetEnvironmentVariable("CPIS_PROPERTY_SEED"), NumberStyles.None, CultureInfo.InvariantCulture, out var seed) ? seed : 1;

    public static void Holds<T>(Gen<T> gen, Action<T> property, int tests = 100) => Holds(gen.ToArbitrary(), property, tests);

    public static void Holds<T>(Arbitrary<T> values, Action<T> property, int tests = 100) =>
        Prop.ForAll(values, property).Check(Config.QuickThrowOnFailure.WithMaxTest(tests * Times).WithReplay(Seed, 1));
}
