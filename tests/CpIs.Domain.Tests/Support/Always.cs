using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace CpIs.Domain.Tests.Support;

/// <summary>
/// Properties that must hold for whatever a generator makes; a failing case is shrunk and printed with its seed. The environment variable
/// <c>CPIS_PROPERTY_TIMES</c> multiplies the number of cases, for a long search.
/// </summary>
internal static class Always
{
    private static readonly int Times =
        int.TryParse(Environment.GetEnvironmentVariable("CPIS_PROPERTY_TIMES"), NumberStyles.None, CultureInfo.InvariantCulture, out var times) ? times : 1;

    public static void Holds<T>(Gen<T> gen, Action<T> property, int tests = 100) => Holds(gen.ToArbitrary(), property, tests);

    public static void Holds<T>(Arbitrary<T> values, Action<T> property, int tests = 100) =>
        Prop.ForAll(values, property).Check(Config.QuickThrowOnFailure.WithMaxTest(tests * Times));
}
