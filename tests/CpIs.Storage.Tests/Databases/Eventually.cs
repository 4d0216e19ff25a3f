using System.Diagnostics;

namespace CpIs.Storage.Tests;

/// <summary>Waits for what another process or server needs a moment for.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    /// <summary>Tries again until it does not fail with this exception, or the deadline has passed.</summary>
    public static async Task<T> NoExceptionAsync<T, TException>(Func<Task<T>> work)
        where TException : Exception
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return await work();
            }
            catch (TException) when (Stopwatch.GetElapsedTime(began) < Deadline)
            {
                await Task.Delay(20);
            }
        }
    }
}
