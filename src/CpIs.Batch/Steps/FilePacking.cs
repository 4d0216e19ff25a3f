namespace CpIs.Batch.Steps;

/// <summary>Cuts a run's records into files: households are never split (rule U7), and a file is full at the configured number of records.</summary>
internal static class FilePacking
{
    /// <summary>How many records each file holds, in order, for households in order.</summary>
    /// <param name="recordsPerHousehold">Records of each household; households without records may be among them.</param>
    /// <param name="maxRecords">A file is closed before it would hold more, unless one household alone does.</param>
    public static async Task<IReadOnlyList<int>> FilesAsync(IAsyncEnumerable<int> recordsPerHousehold, int maxRecords, CancellationToken cancellationToken)
    {
        var files = new List<int>();
        var current = 0;
        await foreach (var records in recordsPerHousehold.WithCancellation(cancellationToken))
        {
            if (current > 0 && current + records > maxRecords)
            {
                files.Add(current);
                current = 0;
            }

            current += records;
        }

        if (current > 0)
        {
            files.Add(current);
        }

        return files;
    }
}
