using System.Globalization;
using CpIs.Tds.Protocol;
using Microsoft.Data.Sqlite;

namespace CpIs.Tds.Sql;

/// <summary>
/// How text is compared: by the families of collations, not by each language's own order. All ignore trailing spaces; those without
/// _SC or a version from 100 give characters outside the basic plane no weight, as SQL Server does.
/// </summary>
internal static class Collations
{
    public const string Default = "SQL_Latin1_General_CP1_CI_AS";

    /// <summary>SQLite's name for the order of decimals that stand as text.</summary>
    public const string DecimalOrder = "T_DEC";

    private static readonly CompareInfo Culture = CultureInfo.GetCultureInfo("en-GB").CompareInfo;
    private static readonly string[] Kinds = ["T_BIN2", "T_CI_AS", "T_CI_AI", "T_CS_AS", "T_CS_AI", "T_CI_AS_0", "T_CI_AI_0", "T_CS_AS_0", "T_CS_AI_0"];

    /// <summary>SQLite's name for a collation.</summary>
    /// <exception cref="SqlError">448: there is no such collation.</exception>
    public static string Kind(string? collation)
    {
        var name = (collation ?? Default).ToUpperInvariant();
        if (name.EndsWith("_BIN2", StringComparison.Ordinal) || name.EndsWith("_BIN", StringComparison.Ordinal) || name.EndsWith("_BIN2_UTF8", StringComparison.Ordinal))
        {
            return "T_BIN2";
        }

        var kind = (name.Contains("_CI", StringComparison.Ordinal), name.Contains("_CS", StringComparison.Ordinal), name.Contains("_AI", StringComparison.Ordinal)) switch
        {
            (true, false, false) => "T_CI_AS",
            (true, false, true) => "T_CI_AI",
            (false, true, false) => "T_CS_AS",
            (false, true, true) => "T_CS_AI",
            _ => throw new SqlError(448, $"Invalid collation '{collation}'."),
        };
        var weighsAll = name.Contains("_100_", StringComparison.Ordinal) || name.Contains("_140_", StringComparison.Ordinal) || name.Contains("_SC", StringComparison.Ordinal);
        return weighsAll ? kind : kind + "_0";
    }

    public static void Register(SqliteConnection connection)
    {
        foreach (var kind in Kinds)
        {
            connection.CreateCollation(kind, (a, b) => Compare(kind, a, b));
        }

        connection.CreateCollation(DecimalOrder, (a, b) => Stored.ToDecimal(a).CompareTo(Stored.ToDecimal(b)));
    }

    public static int Compare(string kind, string a, string b)
    {
        var left = a.AsSpan().TrimEnd(' ');
        var right = b.AsSpan().TrimEnd(' ');
        if (kind == "T_BIN2")
        {
            return left.SequenceCompareTo(right);
        }

        if (kind.EndsWith("_0", StringComparison.Ordinal))
        {
            left = WithoutSurrogates(left);
            right = WithoutSurrogates(right);
        }

        return Culture.Compare(left, right, Options(kind));
    }

    public static CompareOptions Options(string kind) => CompareOptions.IgnoreKanaType | CompareOptions.IgnoreWidth
        | (kind.Contains("_CI", StringComparison.Ordinal) ? CompareOptions.IgnoreCase : CompareOptions.None)
        | (kind.Contains("_AI", StringComparison.Ordinal) ? CompareOptions.IgnoreNonSpace : CompareOptions.None);

    /// <summary>LIKE with its wildcards, sets and ranges.</summary>
    public static bool Like(string text, string pattern, char? escape, string kind) => Match(text, pattern, escape, kind);

    private static bool Match(ReadOnlySpan<char> text, ReadOnlySpan<char> pattern, char? escape, string kind)
    {
        while (pattern.Length > 0)
        {
            var c = pattern[0];
            if (c == escape && pattern.Length > 1)
            {
                if (text.Length == 0 || !Same(text[0], pattern[1], kind))
                {
                    return false;
                }

                text = text[1..];
                pattern = pattern[2..];
                continue;
            }

            if (c == '%')
            {
                pattern = pattern[1..];
                if (pattern.Length == 0)
                {
                    return true;
                }

                for (var i = 0; i <= text.Length; i++)
                {
                    if (Match(text[i..], pattern, escape, kind))
                    {
                        return true;
                    }
                }

                return false;
            }

            if (text.Length == 0)
            {
                return false;
            }

            var close = c == '[' ? pattern.IndexOf(']') : -1;
            if (close > 0)
            {
                if (!InSet(text[0], pattern[1..close], kind))
                {
                    return false;
                }

                text = text[1..];
                pattern = pattern[(close + 1)..];
                continue;
            }

            if (c != '_' && !Same(text[0], c, kind))
            {
                return false;
            }

            text = text[1..];
            pattern = pattern[1..];
        }

        return text.TrimEnd(' ').Length == 0;
    }

    private static bool InSet(char c, ReadOnlySpan<char> set, string kind)
    {
        var negated = set.Length > 0 && set[0] == '^';
        if (negated)
        {
            set = set[1..];
        }

        var found = false;
        for (var i = 0; i < set.Length; i++)
        {
            if (i + 2 < set.Length && set[i + 1] == '-')
            {
                found |= CompareChars(c, set[i], kind) >= 0 && CompareChars(c, set[i + 2], kind) <= 0;
                i += 2;
            }
            else
            {
                found |= Same(c, set[i], kind);
            }
        }

        return found != negated;
    }

    private static bool Same(char a, char b, string kind) => a == b || (kind != "T_BIN2" && CompareChars(a, b, kind) == 0);

    private static int CompareChars(char a, char b, string kind) => kind == "T_BIN2"
        ? a.CompareTo(b)
        : Culture.Compare([a], [b], Options(kind));

    private static ReadOnlySpan<char> WithoutSurrogates(ReadOnlySpan<char> text)
    {
        if (text.IndexOfAnyInRange('\uD800', '\uDFFF') < 0)
        {
            return text;
        }

        var kept = new char[text.Length];
        var count = 0;
        foreach (var c in text)
        {
            if (!char.IsSurrogate(c))
            {
                kept[count++] = c;
            }
        }

        return kept.AsSpan(0, count);
    }
}
