using System.Reflection;
using CpIs.Domain.Exchange;
using CpIs.Domain.Source;
using CpIs.Domain.Values;
using Shouldly;

namespace CpIs.Domain.Tests.Values;

/// <summary>No record of the domain tells a name, a birth date or an NHS number when it is printed: what is printed can be logged.</summary>
public class SilentTextTests
{
    private const string Marker = "SHOULD-NOT-SHOW";
    private static readonly DateOnly s_birth = new(1907, 11, 23);

    /// <summary>What names of members tell that they hold personal data.</summary>
    private static readonly string[] s_personal =
        ["NhsNumber", "Name", "FamilyName", "GivenName", "GivenNames", "DateOfBirth", "BirthDate", "Email", "AccessedBy", "JobRole", "Description", "Subject", "Replacements"];

    /// <summary>A council, an enumerated type or a code has a name too; it is nobody's.</summary>
    private static readonly Type[] s_impersonal = [typeof(Authority), typeof(Plan), typeof(LegalStatus)];

    public static TheoryData<Type> Records() => [.. Found()];

    private static IEnumerable<Type> Found() => typeof(NhsNumber).Assembly.GetExportedTypes()
        .Where(t => t.IsClass && !t.IsAbstract && t.GetMethod("<Clone>$") is not null && !s_impersonal.Contains(t))
        .Where(t => t.GetProperties().Any(p => s_personal.Contains(p.Name)));

    [Fact]
    public void The_records_with_personal_data_are_found() =>
        Found().ShouldContain(typeof(RecordContent));

    [Theory]
    [MemberData(nameof(Records))]
    public void Printed_a_record_tells_nothing_of_a_person(Type record)
    {
        var text = Fill(record).ToString()!;

        text.ShouldNotContain(Marker);
        text.ShouldNotContain("1907");
        text.ShouldNotContain("9990000018");
    }

    private static object Fill(Type record)
    {
        var constructor = record.GetConstructors().OrderByDescending(c => c.GetParameters().Length).First();
        return constructor.Invoke([.. constructor.GetParameters().Select(Value)]);
    }

    private static object? Value(ParameterInfo parameter)
    {
        var isPersonal = s_personal.Contains(parameter.Name);
        return parameter.ParameterType switch
        {
            var t when t == typeof(string) => isPersonal ? Marker : "X",
            var t when t == typeof(DateOnly) || t == typeof(DateOnly?) => isPersonal ? s_birth : new DateOnly(2026, 3, 10),
            var t when t == typeof(NhsNumber) => NhsNumber.Parse("9990000018"),
            var t when t == typeof(IReadOnlyList<string>) => new[] { Marker },
            { IsValueType: true } t => Activator.CreateInstance(t),
            _ => null,
        };
    }
}
