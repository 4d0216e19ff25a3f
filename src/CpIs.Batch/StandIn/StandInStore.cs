using CpIs.Batch.Commands;
using CpIs.Files;
using Dapper;
using Microsoft.Data.Sqlite;

namespace CpIs.Batch.StandIn;

/// <summary>What the stand-in was told and has said, in a small SQLite file of its own. One process at a time has it.</summary>
internal sealed class StandInStore : IDisposable
{
    private const int Version = 1;
    private const int LockedWaitSeconds = 10;

    private static readonly StandInSql s_sql = new("statements.sql");

    private readonly SqliteConnection _connection;
    private SqliteTransaction? _transaction;

    private StandInStore(SqliteConnection connection) => _connection = connection;

    /// <summary>Opens the store; an empty one is made where there is none.</summary>
    /// <exception cref="CannotFinishException">It was made by another version of the program.</exception>
    public static StandInStore Open(string path)
    {
        if (!File.Exists(path))
        {
            // SQLite would make it readable by others.
            DurableFile.Create(path).Dispose();
        }

        // A pooled connection would keep the file open after its last use.
        var text = new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = LockedWaitSeconds }.ToString();
        var connection = new SqliteConnection(text);
        try
        {
            connection.Open();
            var store = new StandInStore(connection);
            connection.Execute(s_sql["open"]);
            store.CreateTables(path);
            return store;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Does the work in one transaction, all of it or nothing.</summary>
    public T InTransaction<T>(Func<T> work)
    {
        using var transaction = _connection.BeginTransaction();
        _transaction = transaction;
        try
        {
            var result = work();
            transaction.Commit();
            return result;
        }
        finally
        {
            _transaction = null;
        }
    }

    /// <summary>Marks a place in the transaction that can be gone back to.</summary>
    public void Mark(string name) => _transaction!.Save(name);

    /// <summary>Undoes everything since the mark.</summary>
    public void BackTo(string name) => _transaction!.Rollback(name);

    public TakenUpload? UploadByBytes(string sha256) => First<TakenUpload>("upload-by-bytes", new { sha256 });

    public TakenUpload Upload(long uploadId) => First<TakenUpload>("upload-by-id", new { uploadId })!;

    public IReadOnlyList<TakenUpload> UploadsWaiting() => All<TakenUpload>("uploads-waiting", null);

    public long NextUploadId() => Scalar<long>("next-upload", null);

    /// <summary>True when a file of the council with this number was taken before.</summary>
    public bool IsFileNumberUsed(string odsCode, long fileNumber) => Scalar<long>("is-file-number-used", new { odsCode, fileNumber }) != 0;

    public void Add(TakenUpload upload) => Execute("add-upload", upload);

    public void SetWaiting(long uploadId, string sourceName) => Execute("upload-waits", new { uploadId, sourceName });

    public void SetAway(long uploadId) => Execute("upload-is-away", new { uploadId });

    public void Reject(long uploadId, int recordNumber, string code, string? detail) =>
        Execute("reject", new { uploadId, recordNumber, code, detail });

    /// <summary>Streams the rejections of an upload in order of record number.</summary>
    public IEnumerable<Rejection> Rejections(long uploadId) => Stream<Rejection>("rejections", new { uploadId });

    public void Hold(HeldRecord record) => Execute("hold", record);

    /// <summary>True when there was such a record.</summary>
    public bool Remove(string odsCode, string nhsNumber, string planType, string startDate) =>
        Execute("remove", new { odsCode, nhsNumber, planType, startDate }) > 0;

    public void RemoveNumber(string nhsNumber) => Execute("remove-number", new { nhsNumber });

    /// <summary>Streams everything held, in order of council, number, plan type and start.</summary>
    public IEnumerable<HeldRecord> Held() => Stream<HeldRecord>("held", null);

    /// <summary>Streams what is held for a council, in order of number, plan type and start.</summary>
    public IEnumerable<HeldRecord> Held(string odsCode) => Stream<HeldRecord>("held-of-council", new { odsCode });

    public long HeldCount() => Scalar<long>("held-count", null);

    /// <summary>True when the number is held, was reported as inactive, or was given as a replacement.</summary>
    public bool IsKnown(string nhsNumber) => Scalar<long>("is-nhs-number-known", new { nhsNumber }) != 0;

    /// <summary>The replacements given for an inactive number, empty where there were none; null when the number is not inactive.</summary>
    public string? ReplacementsOf(string nhsNumber) => Scalar<string?>("replacements", new { nhsNumber });

    public void Add(StandInInactive number) => Execute("add-inactive", number);

    public IEnumerable<StandInInactive> Inactive(long messageId) => Stream<StandInInactive>("inactive", new { messageId });

    public void Add(StandInAccess access) => Execute("add-access", access);

    public int AccessCount(long messageId) => (int)Scalar<long>("access-count", new { messageId });

    /// <summary>Streams the accesses of a message in order.</summary>
    public IEnumerable<StandInAccess> Accesses(long messageId) => Stream<StandInAccess>("accesses", new { messageId });

    public long NextMessageId() => Scalar<long>("next-message", null);

    public void Add(StandInMessage message) => Execute("add-message", message);

    public StandInMessage? AnswerOf(long uploadId) => First<StandInMessage>("answer-of", new { uploadId });

    public void SendAgain(long messageId) => Execute("send-again", new { messageId });

    public IReadOnlyList<StandInMessage> MessagesUnsent() => All<StandInMessage>("messages-unsent", null);

    public void SetSent(long messageId) => Execute("message-is-sent", new { messageId });

    public void Dispose() => _connection.Dispose();

    private void CreateTables(string path) => InTransaction(() =>
    {
        var version = _connection.ExecuteScalar<long>("PRAGMA user_version", transaction: _transaction);
        if (version == 0)
        {
            _connection.Execute(StandInSql.Read("schema.sql"), transaction: _transaction);
        }
        else if (version != Version)
        {
            throw new CannotFinishException(
                $"{path} was made by another version of this program. To begin with an empty stand-in, delete its folder.");
        }

        return version;
    });

    private int Execute(string name, object? parameters) => _connection.Execute(s_sql[name], parameters, _transaction);

    private T Scalar<T>(string name, object? parameters) => _connection.ExecuteScalar<T>(s_sql[name], parameters, _transaction)!;

    private T? First<T>(string name, object? parameters) => _connection.QueryFirstOrDefault<T>(s_sql[name], parameters, _transaction);

    private List<T> All<T>(string name, object? parameters) => _connection.Query<T>(s_sql[name], parameters, _transaction).AsList();

    private IEnumerable<T> Stream<T>(string name, object? parameters) =>
        _connection.Query<T>(s_sql[name], parameters, _transaction, buffered: false);
}
