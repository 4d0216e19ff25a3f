using System.Globalization;
using CpIs.Batch.Generator;
using CpIs.Domain.Exchange;
using CpIs.Domain.Time;

namespace CpIs.Batch.StandIn;

/// <summary>How many replacements an inactive number gets.</summary>
internal enum Replacements
{
    None,
    One,
    Several,
}

/// <summary>
/// Makes access and inactive-number notifications in the store, to be written by <see cref="StandInMessages"/>. Whom they concern follows
/// from what is held, the seed and how many messages were made before. Runs in the caller's transaction.
/// </summary>
/// <param name="council">Whose people they concern and who is notified.</param>
internal sealed class NotificationMaker(StandInStore store, Authority council, int seed, DateTimeOffset now, DateOnly businessDate)
{
    private static readonly TimeSpan s_window = TimeSpan.FromHours(24);

    /// <summary>Ids of people who were asked for and are not held, or not shown on the business date.</summary>
    public List<string> NotFound { get; } = [];

    /// <summary>Makes one access notification; an empty one when there is nobody to look at.</summary>
    /// <param name="count">Accesses of people chosen by the seed.</param>
    /// <param name="of">Further accesses of these local person ids, one for each time that an id is given.</param>
    /// <param name="byDevice">True for accesses by devices, false by people.</param>
    /// <returns>How many accesses it holds.</returns>
    public int MakeAccesses(int count, IReadOnlyList<string> of, bool byDevice)
    {
        var message = Add(MessageKinds.Access, byDevice);
        var random = new DeterministicRandom(seed, message.MessageId);
        var people = HeldPeople.Shown(store, council.OdsCode, businessDate).Count();
        var chosen = Enumerable.Range(0, people == 0 ? 0 : count).Select(_ => random.Between(0, people - 1)).CountBy(i => i).ToDictionary();
        var named = of.CountBy(id => id, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        var position = 0;
        var index = 0;
        foreach (var person in HeldPeople.Shown(store, council.OdsCode, businessDate))
        {
            var times = chosen.GetValueOrDefault(index++);
            if (person.LocalPersonId is { } id && named.Remove(id, out var more))
            {
                times += more;
            }

            foreach (var at in Enumerable.Range(0, times).Select(_ => TimeOf(random, person)).Order())
            {
                store.Add(new StandInAccess
                {
                    MessageId = message.MessageId,
                    Position = ++position,
                    NhsNumber = person.NhsNumber,
                    LocalPersonId = person.LocalPersonId,
                    UploadFileNumber = person.FileNumber,
                    AccessedAt = StandInText.Of(at),
                });
            }
        }

        NotFound.AddRange(named.Keys.Order(StringComparer.Ordinal));
        return position;
    }

    /// <summary>Makes one notification of inactive numbers and holds nothing under them any more; none when there is nobody.</summary>
    /// <param name="count">Numbers chosen by the seed.</param>
    /// <param name="of">The numbers of these local person ids as well.</param>
    /// <returns>How many numbers it names.</returns>
    public int MakeInactive(int count, IReadOnlyList<string> of, Replacements replacements)
    {
        var random = new DeterministicRandom(seed, store.NextMessageId());
        var people = Choose(random, count, of);
        if (people.Count == 0)
        {
            return 0;
        }

        var message = Add(MessageKinds.Inactive, byDevice: false);
        var numbers = new InventedNumbers(random, store.IsKnown);
        foreach (var person in people)
        {
            store.Add(new StandInInactive
            {
                NhsNumber = person.NhsNumber,
                MessageId = message.MessageId,
                LocalPersonId = person.LocalPersonId,
                UploadFileNumber = person.FileNumber,
                Replacements = StandInInactive.Join(Enumerable.Range(0, CountOf(replacements)).Select(_ => numbers.Next()).Distinct(StringComparer.Ordinal)),
            });
            store.RemoveNumber(person.NhsNumber);
        }

        return people.Count;
    }

    private static int CountOf(Replacements replacements) => replacements switch
    {
        Replacements.None => 0,
        Replacements.One => 1,
        _ => 2,
    };

    /// <summary>Each person once: those named, and as many others as wanted, all equally likely.</summary>
    private List<HeldPerson> Choose(DeterministicRandom random, int count, IReadOnlyList<string> of)
    {
        var named = of.ToHashSet(StringComparer.Ordinal);
        bool IsNamed(HeldPerson p) => p.LocalPersonId is { } id && named.Contains(id);
        var others = HeldPeople.All(store, council.OdsCode).Count(p => !IsNamed(p));
        var wanted = Math.Min(count, others);
        var chosen = new List<HeldPerson>();
        foreach (var person in HeldPeople.All(store, council.OdsCode))
        {
            if (IsNamed(person))
            {
                chosen.Add(person);
            }
            else if (random.Between(1, others--) <= wanted)
            {
                chosen.Add(person);
                wanted--;
            }
        }

        NotFound.AddRange(named.Except(chosen.Select(p => p.LocalPersonId!), StringComparer.Ordinal).Order(StringComparer.Ordinal));
        return chosen;
    }

    /// <summary>A whole second of the 24 hours before now, but not before the person was first shown.</summary>
    private DateTimeOffset TimeOf(DeterministicRandom random, HeldPerson person)
    {
        var shown = London.StartOf(person.Since);
        var earliest = now - s_window > shown ? now - s_window : shown;
        return now - TimeSpan.FromSeconds(random.Between(0, (int)Math.Max(0, (now - earliest).TotalSeconds - 1)));
    }

    private StandInMessage Add(string kind, bool byDevice)
    {
        var id = store.NextMessageId();
        var uuid = InventedIds.Of($"{StandInText.Of(now)}/{seed}", id);
        var message = new StandInMessage
        {
            MessageId = id,
            Kind = kind,
            FileName = string.Create(CultureInfo.InvariantCulture, $"{kind}-{now.UtcDateTime:yyyyMMdd'T'HHmmss}-{uuid.ToString("N")[..8]}.xml"),
            MadeAt = StandInText.Of(now),
            OdsCode = council.OdsCode,
            CouncilName = council.Name,
            Uuid = uuid.ToString("D"),
            Seed = seed,
            ByDevice = byDevice ? 1 : 0,
        };
        store.Add(message);
        return message;
    }
}
