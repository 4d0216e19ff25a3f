using CpIs.Tds.Sql;

namespace CpIs.Tds;

/// <summary>One database: a SQLite file, its catalog, and the lock that lets one writer in at a time.</summary>
internal sealed class Database(int id, string name, string file, string collation, DateTime createdAt)
{
    private readonly Lock _gate = new();
    private Session? _writer;

    public int Id => id;

    public string Name => name;

    public string File => file;

    public DateTime CreatedAt => createdAt;

    public string Collation { get; set; } = collation;

    public Catalog Catalog { get; set; } = new();

    public bool ReadCommittedSnapshot { get; set; }

    public bool AllowsSnapshot { get; set; }

    public bool IsReadOnly { get; set; }

    public bool IsOffline { get; set; }

    public string Recovery { get; set; } = "FULL";

    public string UserAccess { get; set; } = "MULTI_USER";

    /// <summary>Waits until the session may write. It may take the lock again while it holds it.</summary>
    /// <exception cref="SqlError">1222: the lock timeout is over.</exception>
    public void Enter(Session session)
    {
        Session? holder;
        lock (_gate)
        {
            if (_writer is null || _writer == session)
            {
                _writer = session;
                return;
            }

            holder = _writer;
        }

        var free = session.Wait(
            () =>
            {
                lock (_gate)
                {
                    _writer ??= session;
                    return _writer == session;
                }
            },
            session.LockTimeout,
            () =>
            {
                lock (_gate)
                {
                    return _writer is { } writer ? [writer] : [];
                }
            });
        if (!free)
        {
            throw new SqlError(1222, "Lock request time out period exceeded.", state: 51) { Line = holder is null ? 0 : 1 };
        }
    }

    public void Leave(Session session)
    {
        lock (_gate)
        {
            if (_writer == session)
            {
                _writer = null;
            }
        }

        session.Server.Waits.Wake();
    }
}

/// <summary>Where sessions wait for what another one holds.</summary>
internal sealed class Waits
{
    private readonly Lock _sync = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Changed
    {
        get
        {
            lock (_sync)
            {
                return _changed.Task;
            }
        }
    }

    public void Wake()
    {
        TaskCompletionSource old;
        lock (_sync)
        {
            old = _changed;
            _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        old.TrySetResult();
    }
}

/// <summary>Sessions that wait for each other.</summary>
internal sealed class Deadlocks(Waits waits)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Session, Func<IEnumerable<Session>>> _waiting = [];
    private readonly HashSet<Session> _victims = [];

    /// <summary>How many sessions wait for another.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>Looks whether those for whom the session waits come to wait for it. Who of them has the lowest priority gives way; of equals, who came last.</summary>
    public bool HasToGiveWay(Session session, Func<IEnumerable<Session>> holders)
    {
        lock (_gate)
        {
            _waiting[session] = holders;
            if (_victims.Contains(session))
            {
                return true;
            }

            if (Circle(session, session, []) is not { } circle || circle.Exists(_victims.Contains))
            {
                return false;
            }

            var victim = circle.Append(session).Reverse().MinBy(s => s.DeadlockPriority)!;
            if (victim == session)
            {
                return true;
            }

            _victims.Add(victim);
        }

        waits.Wake();
        return false;
    }

    public void Leave(Session session)
    {
        lock (_gate)
        {
            _waiting.Remove(session);
            _victims.Remove(session);
        }
    }

    private List<Session>? Circle(Session start, Session at, HashSet<Session> seen)
    {
        if (!_waiting.TryGetValue(at, out var holders))
        {
            return null;
        }

        foreach (var holder in holders())
        {
            if (holder == start)
            {
                return [];
            }

            if (seen.Add(holder) && Circle(start, holder, seen) is { } rest)
            {
                return [holder, .. rest];
            }
        }

        return null;
    }
}
