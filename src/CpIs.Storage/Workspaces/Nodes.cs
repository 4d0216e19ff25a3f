using CpIs.Domain.Time;
using CpIs.Storage.Source;

namespace CpIs.Storage.Workspaces;

/// <summary>
/// Everybody whom source or ledger names, numbered in ordinal order of person id, and the households they form: whoever is joined by a
/// mother's link or by a ledger entry (its holder, its children, the owners of the rows it was made of).
/// </summary>
internal sealed class Nodes
{
    private readonly WorkspaceFile _file;
    private readonly int _count;

    public Nodes(WorkspaceFile file)
    {
        _file = file;
        file.Execute("load/own-set-aside");
        file.Execute("load/index-links");
        file.Execute("load/own-set-aside-by-ledger");
        file.Execute("link/nodes");
        _count = file.First("link/node-count", row => row.GetInt32(0));
    }

    /// <summary>A 1 for each node that meets a restriction.</summary>
    public byte[] Matching(SourceRestriction restriction)
    {
        var anyTime = restriction is { From: null, To: null };
        return Mark(
            "link/nodes-matching",
            ("personId", restriction.PersonId),
            ("anyTime", anyTime),
            ("from", restriction.From is { } from ? London.StartOf(from).UtcTicks : 0L),
            ("before", restriction.To is { } to && to < DateOnly.MaxValue ? London.StartOf(to.AddDays(1)).UtcTicks : long.MaxValue));
    }

    /// <summary>A 1 for each node that a restricted extract covers.</summary>
    public byte[] Inside() => Mark("link/nodes-inside");

    /// <summary>Numbers the households and stores who and what belongs to each.</summary>
    /// <param name="selected">A 1 for each node whose household is wanted; null for all.</param>
    /// <param name="requireCover">True when each known member of a wanted household must itself be selected.</param>
    /// <exception cref="ExtractFolderException">One is not.</exception>
    public void Link(byte[]? selected, bool requireCover, CancellationToken cancellationToken)
    {
        var sets = new DisjointSets(_count);
        JoinMothers(sets);
        JoinEntries(sets);
        cancellationToken.ThrowIfCancellationRequested();
        var known = Mark("link/known-nodes");
        var wanted = Wanted(sets, selected);
        if (requireCover)
        {
            RequireCover(sets, selected!, known, wanted);
        }

        StoreMembers(sets, known, wanted);
        _file.Execute("link/index-members");
        _file.Execute("link/household-entries");
        _file.Execute("link/claims");
        _file.Execute("link/shared-numbers");
    }

    /// <returns>By the node that stands for each set: 1 when somebody in it is in scope and somebody is selected.</returns>
    private byte[] Wanted(DisjointSets sets, byte[]? selected)
    {
        var inScope = Mark("link/nodes-in-scope");
        var bits = new byte[_count + 1];
        for (var node = 1; node <= _count; node++)
        {
            bits[sets.Find(node)] |= (byte)(inScope[node] | ((selected?[node] ?? 1) << 1));
        }

        for (var node = 1; node <= _count; node++)
        {
            bits[node] = (byte)(bits[node] == 3 ? 1 : 0);
        }

        return bits;
    }

    private void RequireCover(DisjointSets sets, byte[] selected, byte[] known, byte[] wanted)
    {
        for (var node = 1; node <= _count; node++)
        {
            if (known[node] == 1 && selected[node] == 0 && wanted[sets.Find(node)] == 1)
            {
                throw new ExtractFolderException("What CP-IS was told has changed since this extract was made, and it lacks people who are now concerned: extract again.", null, null);
            }
        }
    }

    private void StoreMembers(DisjointSets sets, byte[] known, byte[] wanted)
    {
        var numbers = new int[_count + 1];
        var last = 0;
        var members = _file.Insert("member", "household", "node", "person_id");
        using var names = _file.Open("link/node-names");
        for (; !names.AtEnd; names.Next())
        {
            var node = names.Row.GetInt32(0);
            var set = sets.Find(node);
            if (known[node] == 0 || wanted[set] == 0)
            {
                continue;
            }

            if (numbers[set] == 0)
            {
                numbers[set] = ++last;
            }

            members.Add(numbers[set], node, names.Row.GetString(1));
        }
    }

    private void JoinMothers(DisjointSets sets)
    {
        using var links = _file.Open("link/mother-links");
        for (; !links.AtEnd; links.Next())
        {
            sets.Join(links.Row.GetInt32(0), links.Row.GetInt32(1));
        }
    }

    private void JoinEntries(DisjointSets sets)
    {
        using var links = _file.Open("link/entry-links");
        long entry = 0;
        var first = 0;
        for (; !links.AtEnd; links.Next())
        {
            var node = links.Row.GetInt32(1);
            if (links.Row.GetInt64(0) != entry)
            {
                entry = links.Row.GetInt64(0);
                first = node;
            }

            sets.Join(first, node);
        }
    }

    private byte[] Mark(string statement, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var marks = new byte[_count + 1];
        using var nodes = _file.Open(statement, parameters);
        for (; !nodes.AtEnd; nodes.Next())
        {
            marks[nodes.Row.GetInt32(0)] = 1;
        }

        return marks;
    }
}
