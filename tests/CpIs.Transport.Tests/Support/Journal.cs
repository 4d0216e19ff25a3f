using System.Security.Cryptography;
using System.Text;
using CpIs.Domain.Values;

namespace CpIs.Transport.Tests.Support;

/// <summary>What the engine's database would remember of sendings; it outlives the transport, and can break at any call.</summary>
public sealed class Journal(TimeProvider clock) : ISendJournal
{
    private readonly Dictionary<string, BegunSending> _begun = new(StringComparer.Ordinal);

    /// <summary>Called before and after each entry with its name, for instance <c>begin:before</c>; may throw to stand for a crash.</summary>
    public Action<string>? At { get; set; }

    public List<string> Calls { get; } = [];

    public BegunSending? BegunOf(string localId) => _begun.GetValueOrDefault(localId);

    public Task BeginAsync(OutboundFile file, CancellationToken cancellationToken)
    {
        At?.Invoke("begin:before");
        Calls.Add("begin " + file.LocalId);
        _begun[file.LocalId] = new BegunSending(clock.GetUtcNow(), null);
        At?.Invoke("begin:after");
        return Task.CompletedTask;
    }

    public Task MessageIdAsync(OutboundFile file, string messageId, CancellationToken cancellationToken)
    {
        At?.Invoke("message:before");
        Calls.Add($"message {file.LocalId} {messageId}");
        _begun[file.LocalId] = new BegunSending(_begun[file.LocalId].BegunAt, messageId);
        At?.Invoke("message:after");
        return Task.CompletedTask;
    }

    /// <summary>The outcome was recorded: the sending is no longer open.</summary>
    public void Conclude(string localId) => _begun.Remove(localId);
}

/// <summary>Stands for the process being killed.</summary>
public sealed class CrashException : Exception
{
    public CrashException(string message)
        : base(message)
    {
    }

    public CrashException()
    {
    }

    public CrashException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

public static class Payloads
{
    /// <summary>A payload on disk and the description of it that submit would pass.</summary>
    public static OutboundFile Payload(this TempFolder folder, long number, string content, Journal? journal = null)
    {
        var name = $"upload-{new SequenceNumber(number)}.xml";
        var path = folder.Write(content, "runs", name);
        var localId = $"E08000099-{new SequenceNumber(number)}";
        return new OutboundFile(new SequenceNumber(number), localId, path, name, "application/xml", Sha256(content), journal?.BegunOf(localId));
    }

    public static string Sha256(string content) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)));
}
