namespace CpIs.Transport;

/// <summary>Counts, during one pass, what is left where it is.</summary>
internal sealed class ReceiveCounter
{
    private readonly List<DelayedItem> _delayed = [];

    public int OtherWorkflows { get; set; }

    public void Delay(string transportId, string reason) => _delayed.Add(new DelayedItem(transportId, reason));

    public ReceiveTally With(ReceiveCounter other) => new(OtherWorkflows + other.OtherWorkflows, [.. _delayed, .. other._delayed]);

    public ReceiveTally ToTally() => new(OtherWorkflows, [.. _delayed]);
}
