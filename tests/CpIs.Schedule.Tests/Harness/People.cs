using System.Text;

namespace CpIs.Schedule.Tests.Harness;

/// <summary>What must never be seen outside a council's database.</summary>
internal static class People
{
    /// <summary>Fails when a text holds a name, a birth date, a number or an id of a person of a council.</summary>
    public static void NoneIn(string text, string data)
    {
        var rows = Rig.Query(data, "SELECT person_id, nhs_number, family_name, date_of_birth FROM care_person");
        rows.ShouldNotBeEmpty();
        foreach (var row in rows)
        {
            foreach (var value in row.Values.Where(v => v.Length > 3))
            {
                text.ShouldNotContain(value, Case.Sensitive);
            }
        }
    }

    /// <inheritdoc cref="NoneIn(string, string)"/>
    public static void NoneIn(byte[] bytes, string data) => NoneIn(Encoding.Latin1.GetString(bytes), data);
}
