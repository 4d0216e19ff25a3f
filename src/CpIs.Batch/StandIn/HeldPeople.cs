using CpIs.Domain.Decisions;
using CpIs.Domain.Values;

namespace CpIs.Batch.StandIn;

/// <summary>Somebody whom the stand-in holds.</summary>
/// <param name="Since">First day of the earliest of the person's records.</param>
/// <param name="FileNumber">The upload file that brought the latest of them, as given there.</param>
internal sealed record HeldPerson(string NhsNumber, string? LocalPersonId, DateOnly Since, string FileNumber);

/// <summary>The people of a council, one at a time, in order of their NHS numbers.</summary>
internal static class HeldPeople
{
    /// <summary>Everyone held.</summary>
    public static IEnumerable<HeldPerson> All(StandInStore store, string odsCode) => People(store.Held(odsCode));

    /// <summary>Those with a record that is shown on the day: begun, not past its visibility, and of nobody who has come of age.</summary>
    public static IEnumerable<HeldPerson> Shown(StandInStore store, string odsCode, DateOnly day) =>
        People(store.Held(odsCode).Where(r => IsShown(r, day)));

    /// <summary>True when the record is shown on the day.</summary>
    public static bool IsShown(HeldRecord record, DateOnly day) =>
        StandInText.ToDate(record.StartDate) <= day
        && (record.VisibleUntil is null || day <= StandInText.ToDate(record.VisibleUntil))
        && (record.PlanType == PlanType.Ucpp.Code || !Visibility.IsAdult(StandInText.ToDate(record.BirthDate), day));

    private static IEnumerable<HeldPerson> People(IEnumerable<HeldRecord> ordered)
    {
        var records = new List<HeldRecord>();
        foreach (var record in ordered)
        {
            if (records.Count > 0 && records[0].NhsNumber != record.NhsNumber)
            {
                yield return PersonOf(records);
                records.Clear();
            }

            records.Add(record);
        }

        if (records.Count > 0)
        {
            yield return PersonOf(records);
        }
    }

    private static HeldPerson PersonOf(List<HeldRecord> records)
    {
        var latest = records.MaxBy(r => r.UploadId)!;
        return new HeldPerson(latest.NhsNumber, latest.LocalPersonId, StandInText.ToDate(records.Min(r => r.StartDate)!), latest.FileNumber);
    }
}
