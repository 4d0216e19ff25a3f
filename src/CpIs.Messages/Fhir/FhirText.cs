using System.Text;

namespace CpIs.Messages.Fhir;

/// <summary>Text as R4 admits it.</summary>
internal static class FhirText
{
    /// <summary>
    /// Control characters and white space other than the plain space become a plain space, and half a character becomes U+FFFD: R4's string has
    /// no other white space, and one such name must not make a file that CP-IS would refuse whole.
    /// </summary>
    public static string Clean(string text)
    {
        if (text.All(c => c == ' ' || !(char.IsControl(c) || char.IsWhiteSpace(c) || char.IsSurrogate(c) || c == '\uFEFF')))
        {
            return text;
        }

        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            clean.Append(Rune.IsControl(rune) || Rune.IsWhiteSpace(rune) || rune.Value == '\uFEFF' ? new Rune(' ') : rune);
        }

        return clean.ToString();
    }
}
