namespace CpIs.Tds;

/// <summary>Where a connection is cut.</summary>
public enum CutPoint
{
    /// <summary>The command was read and nothing of it done.</summary>
    BeforeCommand,

    /// <summary>The command was done (and is committed, if there is no transaction); its answer never comes.</summary>
    AfterCommand,

    /// <summary>The first rows have gone out, the rest does not come.</summary>
    InResult,

    /// <summary>A commit was asked for and not done.</summary>
    BeforeCommit,

    /// <summary>A commit was done; its answer never comes.</summary>
    AfterCommit,
}

/// <summary>Faults to happen. Each happens once, to the first command, commit or login that it fits, in the order in which they were planned.</summary>
public sealed class Faults
{
    private readonly Lock _gate = new();
    private readonly List<Fault> _planned = [];

    private sealed record Fault(CutPoint? Cut, bool IsLogin, int Number, string Message, byte Severity, string? Containing, int Skip, int? AndThen = null);

    /// <summary>How many have not happened yet.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
            {
                return _planned.Count;
            }
        }
    }

    /// <summary>The next command fails before anything of it is done.</summary>
    /// <param name="number">Error number; 1205 also rolls back the transaction.</param>
    /// <param name="message">Error text.</param>
    /// <param name="severity">From 20 the connection is cut after the error.</param>
    /// <param name="containing">Only a command whose text has this in it.</param>
    /// <param name="skip">So many fitting commands pass first.</param>
    public void FailNext(int number, string? message = null, byte severity = 13, string? containing = null, int skip = 0) =>
        Plan(new(null, false, number, message ?? $"Injected error {number}.", severity, containing, skip));

    /// <summary>The next connection is cut at this point.</summary>
    /// <param name="at">Where.</param>
    /// <param name="containing">Only in a command whose text has this in it; commits have none.</param>
    /// <param name="skip">So many fitting commands pass first.</param>
    public void CutNext(CutPoint at, string? containing = null, int skip = 0) => Plan(new(at, false, 0, "", 0, containing, skip));

    /// <summary>The next login fails.</summary>
    /// <param name="number">Error number.</param>
    /// <param name="message">Error text.</param>
    /// <param name="severity">Severity.</param>
    /// <param name="andThen">A second error that follows the first.</param>
    public void FailLogin(int number, string? message = null, byte severity = 14, int? andThen = null) =>
        Plan(new(null, true, number, message ?? $"Injected error {number}.", severity, null, 0, andThen));

    /// <summary>Forgets what has not happened yet.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _planned.Clear();
        }
    }

    internal void OnLogin()
    {
        if (Take(f => f.IsLogin, "") is { } fault)
        {
            throw new SqlError(fault.Number, fault.Message, fault.Severity) { AndThen = fault.AndThen is { } next ? new(next, $"Injected error {next}.", fault.Severity) : null };
        }
    }

    internal void OnCommand(string text)
    {
        if (Take(f => f is { IsLogin: false, Cut: null or CutPoint.BeforeCommand }, text) is not { } fault)
        {
            return;
        }

        throw fault.Cut is null ? new SqlError(fault.Number, fault.Message, fault.Severity) : new ConnectionCut();
    }

    internal void At(CutPoint point, string text)
    {
        if (Take(f => f.Cut == point, text) is not null)
        {
            throw new ConnectionCut();
        }
    }

    private void Plan(Fault fault)
    {
        lock (_gate)
        {
            _planned.Add(fault);
        }
    }

    private Fault? Take(Predicate<Fault> fits, string text)
    {
        lock (_gate)
        {
            if (_planned.Count == 0)
            {
                return null;
            }

            var index = _planned.FindIndex(f => fits(f) && (f.Containing is null || text.Contains(f.Containing, StringComparison.OrdinalIgnoreCase)));
            if (index < 0)
            {
                return null;
            }

            var fault = _planned[index];
            if (fault.Skip > 0)
            {
                _planned[index] = fault with { Skip = fault.Skip - 1 };
                return null;
            }

            _planned.RemoveAt(index);
            return fault;
        }
    }
}
