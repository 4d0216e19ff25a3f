using System.Diagnostics.CodeAnalysis;

namespace CpIs.Domain.Values;

/// <summary>The three kinds of plan that CP-IS holds (rules S1, S2, S5). Only these three instances exist.</summary>
public sealed class PlanType : IComparable<PlanType>
{
    /// <summary>A born child's child protection plan (rule S1).</summary>
    public static readonly PlanType Cpp = new("CPP");

    /// <summary>A looked-after child (rules S2 to S4).</summary>
    public static readonly PlanType Lac = new("LAC");

    /// <summary>An unborn child's plan, held under the mother (rules S5 to S7).</summary>
    public static readonly PlanType Ucpp = new("UCPP");

    /// <summary>All plan types, in ordinal order of their codes.</summary>
    public static readonly IReadOnlyList<PlanType> All = [Cpp, Lac, Ucpp];

    private PlanType(string code) => Code = code;

    /// <summary>The code used in files and tables: <c>CPP</c>, <c>LAC</c> or <c>UCPP</c>.</summary>
    public string Code { get; }

    /// <summary>Whose record carries the plan: the mother's for an unborn child (rule S5), else the child's.</summary>
    public SubjectRole SubjectRole => this == Ucpp ? SubjectRole.Mother : SubjectRole.Child;

    /// <summary>Reads a code, ignoring surrounding blanks and letter case.</summary>
    public static bool TryParse([NotNullWhen(true)] string? code, [NotNullWhen(true)] out PlanType? planType)
    {
        planType = All.FirstOrDefault(t => string.Equals(t.Code, code?.Trim(), StringComparison.OrdinalIgnoreCase));
        return planType is not null;
    }

    /// <summary>Reads a code that must be known.</summary>
    /// <exception cref="FormatException">The code is none of CPP, LAC, UCPP.</exception>
    public static PlanType Parse(string? code) =>
        TryParse(code, out var planType) ? planType : throw new FormatException("Not a plan type: expected CPP, LAC or UCPP.");

    public int CompareTo(PlanType? other) => string.CompareOrdinal(Code, other?.Code);

    public override string ToString() => Code;
}

/// <summary>Whose record a plan hangs on.</summary>
public enum SubjectRole
{
    /// <summary>The child itself.</summary>
    Child,

    /// <summary>The mother of an unborn child (rule S5).</summary>
    Mother,
}
