using System.Security.Cryptography;
using CpIs.Batch.Commands;
using CpIs.Domain.Values;
using CpIs.Storage;
using CpIs.Storage.Inbound;
using CpIs.Storage.Ledger;

namespace CpIs.Batch.Recovery;

/// <summary>
/// What was seen outside the database and cannot be, unless the database is older than the rest: it was restored from a backup, or
/// replaced. A run on it would send numbers that CP-IS has had, and would know nothing of what CP-IS was told since (rule U6).
/// </summary>
/// <param name="Files">Numbers of payload files that the database never handed out, or thinks it never sent.</param>
/// <param name="Messages">Ids of archived messages that the database does not have.</param>
/// <param name="Answers">Numbers that CP-IS has answered, or the transport has reported on, and that were never handed out.</param>
internal sealed record BeyondLedger(IReadOnlyList<SequenceNumber> Files, IReadOnlyList<long> Messages, IReadOnlyList<SequenceNumber> Answers)
{
    /// <summary>So many of the newest archived messages are looked up by their bytes; an id alone can have been used again.</summary>
    private const int LookedUp = 20;

    private const int Named = 5;

    /// <summary>No council is so many files behind: a number further ahead is a mistake of the sender, and following it would use numbers up.</summary>
    private const long MostAhead = 1_000_000;

    public bool Any => Files.Count + Messages.Count + Answers.Count > 0;

    public string InWords => "The database is older than what was sent and received: " + string.Join("; ", new[]
    {
        Words(Files, "payload files that it does not know", n => n.ToString()),
        Words(Messages, "archived messages that it does not have", n => n.ToString("D6", System.Globalization.CultureInfo.InvariantCulture)),
        Words(Answers, "answers to file numbers that it has not used yet", n => n.ToString()),
    }.OfType<string>()) + ". Was it restored from a backup? Nothing was sent. Run: cpis db recover --dry-run, then cpis db recover.";

    /// <summary>Looks at the folders.</summary>
    /// <param name="withAnswers">True to look at what CP-IS answered as well.</param>
    public static async Task<BeyondLedger> LookAsync(CommandContext context, StorageSession session, bool withAnswers, CancellationToken cancellationToken)
    {
        var used = (await new RecoveryStore(session).NumbersAsync(cancellationToken)).ToDictionary(n => n.Number);
        var places = new PayloadPlaces(context);
        var sent = new SentFolder(context.Data).Numbers();
        var files = new SortedSet<SequenceNumber>(sent.Where(n => used.GetValueOrDefault(n) is null or { Attempts: 0, IsNotRebuilt: false }));
        files.UnionWith(places.HandedOverNumbers().Concat(places.Written().Select(f => f.Number)).Where(n => !used.ContainsKey(n)));
        return new BeyondLedger(
            [.. files],
            await MessagesAsync(context.Data, new InboundStore(session), cancellationToken),
            withAnswers ? await AnswersAsync(session, cancellationToken) : []);
    }

    /// <exception cref="OperatorNeededException">There is something.</exception>
    public static async Task RefuseAsync(CommandContext context, StorageSession session, bool withAnswers, CancellationToken cancellationToken)
    {
        var beyond = await LookAsync(context, session, withAnswers, cancellationToken);
        if (beyond.Any)
        {
            throw new OperatorNeededException(beyond.InWords);
        }
    }

    /// <summary>False for a number, quoted by somebody else, that is too far ahead to be one of ours.</summary>
    /// <param name="last">The last number used.</param>
    public static bool IsBelievable(SequenceNumber number, long last) => number.Value - last <= MostAhead;

    /// <summary>Numbers that CP-IS has answered beyond the last one handed out.</summary>
    public static async Task<IReadOnlyList<SequenceNumber>> AnswersAsync(StorageSession session, CancellationToken cancellationToken)
    {
        var last = await new FileStore(session).LastUsedAsync(cancellationToken);
        var answered = new SortedSet<SequenceNumber>();
        foreach (var given in await new AnswerStore(session).ToUnknownFilesAsync(cancellationToken))
        {
            if (SequenceNumber.TryParse(given, out var number) && number.Value > last && IsBelievable(number, last))
            {
                answered.Add(number);
            }
        }

        return [.. answered];
    }

    private static async Task<IReadOnlyList<long>> MessagesAsync(DataFolder data, InboundStore store, CancellationToken cancellationToken)
    {
        var newest = await store.NewestAsync(cancellationToken);
        var missing = new SortedSet<long>();
        var last = new PriorityQueue<string, long>();
        foreach (var (inboundId, path) in InboundNames.In(data.Archive))
        {
            if (inboundId > newest)
            {
                missing.Add(inboundId);
                continue;
            }

            last.Enqueue(path, inboundId);
            if (last.Count > LookedUp)
            {
                last.Dequeue();
            }
        }

        while (last.TryDequeue(out var path, out var inboundId))
        {
            await using var stream = File.OpenRead(path);
            if (await store.FindByHashAsync(Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken)), cancellationToken) is null)
            {
                missing.Add(inboundId);
            }
        }

        return [.. missing];
    }

    private static string? Words<T>(IReadOnlyList<T> found, string what, Func<T, string> name) => found.Count == 0
        ? null
        : $"{found.Count} {what} ({string.Join(", ", found.Take(Named).Select(name))}{(found.Count > Named ? ", ..." : string.Empty)})";
}
