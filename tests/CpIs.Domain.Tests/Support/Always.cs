using FsCheck;
using FsCheck.Fluent;

namespace CpIs.Domain.Tests.Support;

/// <summary>Properties that must hold for whatever a generator makes; a failing case is shrunk and printed with its seed.</summary>
internal static class Always
{
    public static void Holds<T>(Gen<T> gen, Action<T> property, int tests = 200) => Holds(gen.ToArbitrary(), property, tests);

    public static void Holds<T>(Arbitrary<T> values, Action<T> property, int tests = 200) =>
        Prop.ForAll(values, property).Check(Config.QuickThrowOnFailure.WithMaxTest(tests));
}
