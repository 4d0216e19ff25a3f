namespace CpIs.Domain.Decisions;

/// <summary>What holds for a whole run.</summary>
/// <param name="BusinessDate">The business date D, in Europe/London.</param>
/// <param name="Now">The run's clock, for hours (rule U9).</param>
/// <param name="Full">Resend everything that should be held (rule U8).</param>
/// <param name="NothingIsGone">True when a set-aside row's person could not be read: no removal as gone-from-source in this run (rule S16).</param>
/// <param name="ConfirmRemovals">An operator confirms that what vanished is gone (rule U10).</param>
public sealed record DecisionContext(
    DateOnly BusinessDate,
    DateTimeOffset Now,
    RuleSettings Settings,
    bool Full = false,
    bool NothingIsGone = false,
    bool ConfirmRemovals = false);
