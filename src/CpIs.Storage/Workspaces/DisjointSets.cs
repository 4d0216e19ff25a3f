namespace CpIs.Storage.Workspaces;

/// <summary>Sets of nodes 1 to n that are joined two by two (union-find).</summary>
internal sealed class DisjointSets
{
    private readonly int[] _parent;

    public DisjointSets(int count)
    {
        _parent = new int[count + 1];
        for (var i = 0; i <= count; i++)
        {
            _parent[i] = i;
        }
    }

    public int Count => _parent.Length - 1;

    /// <summary>One node that stands for the whole set.</summary>
    public int Find(int node)
    {
        while (_parent[node] != node)
        {
            _parent[node] = _parent[_parent[node]];
            node = _parent[node];
        }

        return node;
    }

    public void Join(int a, int b)
    {
        a = Find(a);
        b = Find(b);

        // The smaller node stands for the set, whatever order the joins come in.
        if (a < b)
        {
            _parent[b] = a;
        }
        else
        {
            _parent[a] = b;
        }
    }
}
