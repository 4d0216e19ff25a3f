using System.Globalization;
using CpIs.Batch.Generator;
using CpIs.Messages.Hl7v3;

namespace CpIs.Batch.StandIn;

/// <summary>Staff, devices and places of an NHS that does not exist. Who made the n-th access of a message follows from seed, message and n.</summary>
internal sealed class InventedStaff(int seed, long messageId, bool isDevice)
{
    private const int MostSuperiors = 2;
    private const int IdDigits = 12;

    private static readonly (string Code, string Name)[] s_organisations =
    [
        ("ZZ901", "Sampleshire General Hospital"),
        ("ZZ902", "Sample Valley Children's Hospital"),
        ("ZZ903", "Sampleshire Maternity Unit"),
        ("ZZ904", "Little Sampling Walk-in Centre"),
        ("ZZ905", "Sampleton Minor Injuries Unit"),
        ("ZZ906", "Sampleshire Ambulance Service"),
    ];

    private static readonly (string Code, string Name)[] s_operators =
    [
        ("ZZ911", "Sampleshire Urgent Care Line, Sampleton"),
        ("ZZ912", "Sampleshire Urgent Care Line, Little Sampling"),
    ];

    private static readonly (string Code, string Text)[] s_roles =
    [
        ("R8000", "Clinical Practitioner"),
        ("R8001", "Nurse"),
        ("R8003", "Health Professional"),
        ("R8010", "Midwife"),
        ("R8015", "Emergency Care Practitioner"),
    ];

    // The range 01632 960000 to 960999 is kept free for fiction.
    private static readonly (string Code, string Text)[] s_leads =
    [
        ("R8020", "Safeguarding lead, telephone 01632 960101"),
        ("R8021", "Deputy safeguarding lead, telephone 01632 960102"),
        ("R8022", "Shift manager, telephone 01632 960103"),
    ];

    private static readonly string[] s_prefixes = ["Dr", "Mr", "Ms", "Sister"];
    private static readonly string[] s_given = ["Alba", "Bruno", "Celia", "Dorian", "Esme", "Fabian", "Greta", "Hamza", "Ilse", "Jasper", "Keziah", "Lorcan"];
    private static readonly string[] s_family = ["Alderwick", "Bramblecombe", "Cloverdale", "Dunnockley", "Elderfield", "Foxgloveton", "Gorsemere", "Hawthornby"];

    /// <param name="position">Which access of the message, 1 for the first.</param>
    public AccessAuthor AuthorOf(long position)
    {
        var random = new DeterministicRandom(seed, (messageId << 20) + position);
        if (isDevice)
        {
            var place = random.Pick(s_operators);
            var superiors = Enumerable.Range(0, random.Between(0, MostSuperiors)).Select(_ => Person(random, s_leads)).ToList();
            return new AccessAuthor.Device(Digits(random), superiors, place.Code, place.Name);
        }

        var organisation = random.Pick(s_organisations);
        return new AccessAuthor.Person(Digits(random), Digits(random), Person(random, s_roles), organisation.Code, organisation.Name);
    }

    private static Superior Person(DeterministicRandom random, (string Code, string Text)[] roles)
    {
        var role = random.Pick(roles);
        var prefix = random.Chance(perThousand: 600) ? random.Pick(s_prefixes) : null;
        return new Superior(role.Code, role.Text, new PersonName(prefix, [random.Pick(s_given)], random.Pick(s_family), null));
    }

    private static string Digits(DeterministicRandom random) =>
        string.Concat(Enumerable.Range(0, IdDigits).Select(i => random.Between(i == 0 ? 1 : 0, 9).ToString(CultureInfo.InvariantCulture)));
}
