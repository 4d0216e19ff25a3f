namespace CpIs.Tds;

/// <summary>The locks of sp_getapplock, by database and resource.</summary>
internal sealed class AppLocks(Waits waits)
{
    private static readonly string[] Modes = ["IntentShared", "Shared", "Update", "IntentExclusive", "Exclusive"];

    // Row: held; column: asked for.
    private static readonly bool[,] Compatible =
    {
        { true, true, true, true, false },
        { true, true, true, false, false },
        { true, true, false, false, false },
        { true, false, false, true, false },
        { false, false, false, false, false },
    };

    private readonly Lock _gate = new();
    private readonly List<Held> _held = [];

    private sealed record Held(Session Session, bool IsTransactionOwned, string Resource, int Mode);

    public static bool IsMode(string mode) => ModeOf(mode) >= 0;

    /// <returns>What sp_getapplock returns: 0 granted, 1 granted after waiting, -1 timed out, -3 victim of a deadlock.</returns>
    public int Take(Session session, string resource, string mode, bool isTransactionOwned, int timeout)
    {
        var wanted = ModeOf(mode);
        if (Try(session, resource, wanted, isTransactionOwned))
        {
            return 0;
        }

        try
        {
            return timeout != 0 && session.Wait(() => Try(session, resource, wanted, isTransactionOwned), timeout, () => Holders(session, resource, wanted)) ? 1 : -1;
        }
        catch (SqlError e) when (e.Number == 1205)
        {
            return -3;
        }
    }

    /// <returns>Whether it was held.</returns>
    public bool Release(Session session, string resource, bool isTransactionOwned)
    {
        lock (_gate)
        {
            var index = _held.FindLastIndex(h => h.Session == session && h.Resource == resource && h.IsTransactionOwned == isTransactionOwned);
            if (index < 0)
            {
                return false;
            }

            _held.RemoveAt(index);
        }

        waits.Wake();
        return true;
    }

    /// <summary>Frees what a transaction held, or all that a session held.</summary>
    public void ReleaseAll(Session session, bool onlyTransactionOwned)
    {
        int freed;
        lock (_gate)
        {
            freed = _held.RemoveAll(h => h.Session == session && (h.IsTransactionOwned || !onlyTransactionOwned));
        }

        if (freed > 0)
        {
            waits.Wake();
        }
    }

    /// <summary>As APPLOCK_MODE.</summary>
    public string ModeHeld(Session session, string resource)
    {
        lock (_gate)
        {
            var modes = _held.Where(h => h.Session == session && h.Resource == resource).Select(h => h.Mode).ToList();
            return modes.Count == 0 ? "NoLock" : Modes[modes.Max()];
        }
    }

    /// <summary>As APPLOCK_TEST.</summary>
    public bool WouldGrant(Session session, string resource, string mode)
    {
        lock (_gate)
        {
            return IsFree(session, resource, ModeOf(mode));
        }
    }

    private static int ModeOf(string mode) => Array.FindIndex(Modes, m => m.Equals(mode, StringComparison.OrdinalIgnoreCase));

    private bool Try(Session session, string resource, int mode, bool isTransactionOwned)
    {
        lock (_gate)
        {
            if (!IsFree(session, resource, mode))
            {
                return false;
            }

            _held.Add(new(session, isTransactionOwned, resource, mode));
            return true;
        }
    }

    private List<Session> Holders(Session session, string resource, int mode)
    {
        lock (_gate)
        {
            return [.. _held.Where(h => h.Session != session && h.Resource == resource && !Compatible[h.Mode, mode]).Select(h => h.Session)];
        }
    }

    private bool IsFree(Session session, string resource, int mode) =>
        _held.TrueForAll(h => h.Session == session || h.Resource != resource || Compatible[h.Mode, mode]);
}
