namespace CpIs.Storage;

/// <summary>
/// Keeps the memory of a long stream small. The runtime lets the youngest generation grow with the processor's cache, to hundreds of
/// megabytes on a large server, before it looks what is still in use; here it looks after every few megabytes. What it finds is almost
/// always garbage, so that a look takes well under a millisecond.
/// </summary>
internal sealed class AllocationBudget
{
    private const long Bytes = 2 * 1024 * 1024;
    private long _spentAt = GC.GetTotalAllocatedBytes() + Bytes;

    /// <summary>To be called once for each row or statement.</summary>
    public void Check()
    {
        var allocated = GC.GetTotalAllocatedBytes();
        if (allocated >= _spentAt)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
            _spentAt = allocated + Bytes;
        }
    }
}
