using CpIs.Domain.Source;
using CpIs.Domain.Values;

namespace CpIs.Domain.Decisions;

/// <summary>Whether a person's NHS number and details allow a record under it (rules N1 to N3, N5, N6).</summary>
internal static class NumberRules
{
    /// <summary>The valid number of a person row, whatever else may be wrong with it; null without one (rule N1).</summary>
    public static NhsNumber? NumberOf(Person? person) =>
        NhsNumber.TryParse(person?.NhsNumber, out var number) ? number : null;

    /// <summary>The first given name: the text up to the first space (rule N5), trimmed; empty when there is none.</summary>
    public static string FirstGivenName(string? givenNames)
    {
        var names = (givenNames ?? string.Empty).Trim();
        var space = names.IndexOf(' ', StringComparison.Ordinal);
        return space < 0 ? names : names[..space];
    }

    /// <summary>Why nothing can be sent under this person's number, or null (rules N1, N2, N6, N3, N5 in the order of U4).</summary>
    /// <param name="subject">Whose number it is; null for an unborn child without a mother in the source.</param>
    /// <param name="role">Mother for an unborn child's plan.</param>
    public static string? Fault(Person? subject, SubjectRole role, Household household)
    {
        var mother = role == SubjectRole.Mother;
        if (subject is null)
        {
            return mother ? Reasons.MotherNotLinked : Reasons.PersonMissing;
        }

        if (string.IsNullOrWhiteSpace(subject.NhsNumber))
        {
            return mother ? Reasons.MotherNumberMissing : Reasons.NumberMissing;
        }

        if (NumberOf(subject) is not { } number)
        {
            return mother ? Reasons.MotherNumberInvalid : Reasons.NumberInvalid;
        }

        if (household.SharedNumbers.Contains(number))
        {
            return Reasons.NumberDuplicate;
        }

        return household.InactiveNumbers.Contains(number) ? Reasons.NumberInactive : MissingDetails(subject);
    }

    private static string? MissingDetails(Person person)
    {
        var missing = new List<string>(3);
        if (string.IsNullOrWhiteSpace(person.FamilyName))
        {
            missing.Add("family_name");
        }

        if (FirstGivenName(person.GivenNames).Length == 0)
        {
            missing.Add("given_names");
        }

        if (person.DateOfBirth is null)
        {
            missing.Add("date_of_birth");
        }

        return missing.Count == 0 ? null : Reasons.DetailsMissingPrefix + string.Join('+', missing);
    }
}
