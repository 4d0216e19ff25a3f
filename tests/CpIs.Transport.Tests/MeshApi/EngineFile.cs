using System.Globalization;
using CpIs.Transport.Tests.Support;

namespace CpIs.Transport.Tests.MeshApi;

/// <summary>
/// What the engine keeps of the traffic, in a real file to which lines are only added: whoever opens it anew knows all that was
/// recorded before, and nothing else. Each record is one line, so it is there whole or not at all.
/// </summary>
public sealed class EngineFile : ISendJournal, ITransportState
{
    private readonly string _path;
    private readonly TestClock _clock;
    private readonly Action<string> _at;
    private readonly Dictionary<string, BegunSending> _begun = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _state = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SendOutcome> _ended = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _stored = new(StringComparer.Ordinal);
    private readonly HashSet<string> _risks = new(StringComparer.Ordinal);

    /// <param name="at">Called before and after each record; may throw to stand for a crash.</param>
    public EngineFile(string path, TestClock clock, Action<string> at)
    {
        _path = path;
        _clock = clock;
        _at = at;
        foreach (var line in File.Exists(path) ? File.ReadAllLines(path) : [])
        {
            Apply(line.Split('\t'));
        }
    }

    /// <summary>Message ids that were stored, with the hash of their content.</summary>
    public IReadOnlyDictionary<string, string> Stored => _stored;

    /// <summary>How often a message was stored more than once; must stay 0.</summary>
    public int StoredTwice { get; private set; }

    public BegunSending? BegunOf(string localId) => _begun.GetValueOrDefault(localId);

    public SendOutcome? EndOf(string localId) => _ended.TryGetValue(localId, out var end) ? end : null;

    public bool IsAtRisk(string localId) => _risks.Contains(localId);

    public Task BeginAsync(OutboundFile file, CancellationToken cancellationToken) =>
        RecordAsync("begin", file.LocalId, _clock.GetUtcNow().ToString("O", CultureInfo.InvariantCulture));

    public Task MessageIdAsync(OutboundFile file, string messageId, CancellationToken cancellationToken) => RecordAsync("message", file.LocalId, messageId);

    public Task<string?> GetAsync(string key, CancellationToken cancellationToken) => Task.FromResult(_state.GetValueOrDefault(key));

    public Task SetAsync(string key, string? value, CancellationToken cancellationToken) => RecordAsync("state", key, value ?? "");

    public Task EndAsync(string localId, SendResult result) => RecordAsync("end", localId, result.Outcome.ToString(), result.DuplicateRisk ? "risk" : "");

    public Task StoreAsync(string messageId, string sha256) => RecordAsync("stored", messageId, sha256);

    private async Task RecordAsync(params string[] fields)
    {
        _at(fields[0] + ":before");
        await File.AppendAllTextAsync(_path, string.Join('\t', fields) + "\n");
        Apply(fields);
        _at(fields[0] + ":after");
    }

    private void Apply(string[] fields)
    {
        switch (fields)
        {
            case ["begin", var id, var at]:
                _begun[id] = new BegunSending(DateTimeOffset.Parse(at, CultureInfo.InvariantCulture), null);
                break;
            case ["message", var id, var messageId]:
                _begun[id] = _begun[id] with { MessageId = messageId };
                break;
            case ["state", var key, ""]:
                _state.Remove(key);
                break;
            case ["state", var key, var value]:
                _state[key] = value;
                break;
            case ["end", var id, var outcome, var risk]:
                var end = Enum.Parse<SendOutcome>(outcome);
                if (risk == "risk")
                {
                    _risks.Add(id);
                }

                if (end == SendOutcome.NotSent)
                {
                    _begun.Remove(id);
                }
                else if (end != SendOutcome.Unknown)
                {
                    _ended[id] = end;
                }

                break;
            case ["stored", var id, var sha256]:
                StoredTwice += _stored.TryAdd(id, sha256) ? 0 : 1;
                break;
            default:
                throw new InvalidOperationException("A line that nobody wrote.");
        }
    }
}
