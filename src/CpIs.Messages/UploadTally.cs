namespace CpIs.Messages;

/// <summary>Holds a writer to the number of records that its header announced.</summary>
internal sealed class UploadTally(int announced)
{
    private int _written;
    private bool _complete;

    /// <summary>Counts one more record and gives its number.</summary>
    /// <exception cref="InvalidOperationException">More records than announced, or the file is complete.</exception>
    public int Add()
    {
        if (_complete || _written == announced)
        {
            throw new InvalidOperationException("The file takes no more records than its header announced.");
        }

        return ++_written;
    }

    /// <exception cref="InvalidOperationException">Fewer records than announced, or completed before.</exception>
    public void Complete()
    {
        if (_complete || _written != announced)
        {
            throw new InvalidOperationException("The file does not hold the number of records that its header announced.");
        }

        _complete = true;
    }
}
