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
            session.LockTimeout);
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
