using CpIs.Domain.Exchange;
using CpIs.Domain.Values;

namespace CpIs.Domain.Accesses;

/// <summary>A file on which the alert about an inactive number belongs (rule A6).</summary>
/// <param name="HolderId">Whose number it is: the person, or the unborn child's mother.</param>
public sealed record InactiveFile(string PersonId, string HolderId);

/// <summary>
/// Finds who must hear that a number is inactive (rule A6): whoever has it in the care database; else the person with the local id; else
/// whose record was last told under it. For a mother's number these are the files of her unborn children.
/// </summary>
public static class InactiveMatcher
{
    /// <summary>Matches one inactive number. Pure; the order of the facts does not matter.</summary>
    /// <param name="businessDate">D: a child whose record is visible under its mother that day counts as unborn.</param>
    /// <returns>In ordinal order of person id; empty when nobody is known.</returns>
    public static IReadOnlyList<InactiveFile> Match(InactiveNumber subject, AccessFacts facts, DateOnly businessDate)
    {
        var number = NhsNumber.TryParse(subject.NhsNumber, out var valid) ? valid : null;
        var files = new SortedDictionary<string, InactiveFile>(StringComparer.Ordinal);
        foreach (var holder in Holders(subject.LocalPersonId?.Trim() ?? string.Empty, number, facts))
        {
            foreach (var personId in FilesOf(holder, number, facts, businessDate))
            {
                files.TryAdd(personId, new InactiveFile(personId, holder));
            }
        }

        return [.. files.Values];
    }

    private static IEnumerable<string> Holders(string localId, NhsNumber? number, AccessFacts facts)
    {
        var withNumber = number is null ? [] : AccessMatcher.PeopleWith(number, facts).ConvertAll(p => p.PersonId);
        if (withNumber.Count > 0)
        {
            return withNumber.Order(StringComparer.Ordinal);
        }

        if (facts.People.Any(p => p.PersonId == localId))
        {
            return [localId];
        }

        return AccessMatcher.Newest([.. facts.History.Where(e => e.Key.NhsNumber == number)])
            .Select(e => e.HolderId).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
    }

    private static IEnumerable<string> FilesOf(string holder, NhsNumber? number, AccessFacts facts, DateOnly businessDate)
    {
        var unborn = facts.UnbornPlans.Where(p => p.MotherId == holder && p.IsUnborn).Select(p => p.ChildId);
        if (number is not null)
        {
            unborn = unborn.Concat(AccessMatcher.UnbornUnder(number, facts, businessDate).Where(e => e.HolderId == holder).SelectMany(e => e.ChildIds));
        }

        var isOwn = !AccessMatcher.IsMother(holder, facts)
            || AccessMatcher.HasOwnRecord(holder, facts)
            || facts.People.Any(p => p.PersonId == holder && p.IsInScope);
        return isOwn ? unborn.Append(holder) : unborn;
    }
}
