using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CpIs.Tds.Protocol;
using CpIs.Tds.Sql;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace CpIs.Tds;

/// <summary>
/// A stand-in for SQL Server on a loopback socket: it speaks TDS 7.4 and executes a part of T-SQL over SQLite files in a folder of its
/// own, which it deletes at the end. What it proves and what it cannot is in its README.
/// </summary>
public sealed class TdsServer : IAsyncDisposable
{
    internal const string ServerName = "STANDIN";

    private const int MostParsed = 2000;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly string _folder;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Database> _databases = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, string> _logins = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, bool> _sysAdmins = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<int, Connection> _connections = new();
    private readonly ConcurrentDictionary<Session, Database> _sessions = new();
    private readonly ConcurrentDictionary<string, IList<TSqlStatement>> _parsed = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<SqlType, int> _typeNumbers = new();
    private readonly List<SqlType> _types = [];
    private int _lastSession = 50;
    private int _lastDatabase = 4;
    private long _lastTransaction = 1000;
    private volatile bool _isStopping;

    private TdsServer(TimeProvider time)
    {
        Time = time;
        _folder = Directory.CreateTempSubdirectory("cpis-tds-").FullName;
        AppLocks = new(Waits);
        Deadlocks = new(Waits);
        Certificate = MakeCertificate();
        _logins["sa"] = Password = Convert.ToHexString(RandomNumberGenerator.GetBytes(12)) + "!a";
        _sysAdmins["sa"] = true;
        Master = new(1, "master", Path.Combine(_folder, "1.db"), Collations.Default, time.GetUtcNow().UtcDateTime);
        _databases["master"] = Master;
    }

    /// <summary>Port on 127.0.0.1.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Password of the login sa, new for each server.</summary>
    public string Password { get; }

    /// <summary>Opens the database master as sa, encrypted, without a check of the certificate.</summary>
    public string ConnectionString =>
        $"Server=tcp:127.0.0.1,{Port};Database=master;User ID=sa;Password={Password};Encrypt=Mandatory;TrustServerCertificate=True;Connect Timeout=30";

    /// <summary>Faults that happen to the clients.</summary>
    public Faults Faults { get; } = new();

    /// <summary>Told of each error that goes to a client, with the text that it came from.</summary>
    public Action<string>? ErrorSent { get; set; }

    /// <summary>The server's certificate, self-signed for localhost and 127.0.0.1.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>Open connections.</summary>
    public int ConnectionCount => _connections.Count;

    internal TimeProvider Time { get; }

    internal Database Master { get; }

    internal Waits Waits { get; } = new();

    internal AppLocks AppLocks { get; }

    internal Deadlocks Deadlocks { get; }

    internal IEnumerable<Session> Sessions => _sessions.Keys;

    internal IReadOnlyList<Database> Databases
    {
        get
        {
            lock (_gate)
            {
                return [.. _databases.Values.OrderBy(d => d.Id)];
            }
        }
    }

    /// <summary>Starts a server with an empty database master on a free port.</summary>
    /// <param name="time">Clock of SYSUTCDATETIME and its like; the system's own if null.</param>
    public static Task<TdsServer> StartAsync(TimeProvider? time = null)
    {
        var server = new TdsServer(time ?? TimeProvider.System);
        server._listener.Start();
        var accepting = new Thread(server.Accept) { IsBackground = true, Name = "tds accept" };
        accepting.Start();
        return Task.FromResult(server);
    }

    /// <summary>How many sessions wait for a lock that another holds. A test that wants one to wait looks here: that a command was sent does not say that it has come.</summary>
    public int WaitingSessions => Deadlocks.Waiting;

    /// <summary>Opens a database as sa.</summary>
    /// <param name="database">Its name.</param>
    public string ConnectionStringTo(string database) => ConnectionString.Replace("Database=master", "Database=" + database, StringComparison.Ordinal);

    /// <summary>Writes the certificate in the form that <c>ServerCertificate=FILE</c> takes.</summary>
    /// <param name="file">Path of the file to write.</param>
    public void WriteCertificate(string file) => File.WriteAllBytes(file, Certificate.Export(X509ContentType.Cert));

    /// <summary>Cuts all connections.</summary>
    public void CutAll()
    {
        foreach (var connection in _connections.Values)
        {
            connection.Cut();
        }
    }

    /// <summary>Cuts all connections and deletes the databases.</summary>
    public async ValueTask DisposeAsync()
    {
        _isStopping = true;
        _listener.Stop();
        CutAll();
        var deadline = Environment.TickCount64 + 5000;
        while (!_connections.IsEmpty && Environment.TickCount64 < deadline)
        {
            await Task.Delay(5);
        }

        _listener.Dispose();
        Certificate.Dispose();
        try
        {
            Directory.Delete(_folder, recursive: true);
        }
        catch (IOException)
        {
            // The system's temporary folder is cleared by others.
        }
    }

    internal Database? Find(string name)
    {
        lock (_gate)
        {
            return _databases.GetValueOrDefault(name);
        }
    }

    internal void Create(string name, string? collation)
    {
        lock (_gate)
        {
            if (_databases.ContainsKey(name))
            {
                throw new SqlError(1801, $"Database '{name}' already exists. Choose a different database name.", state: 3);
            }

            if (collation is not null)
            {
                Collations.Kind(collation);
            }

            var id = ++_lastDatabase;
            _databases[name] = new(id, name, Path.Combine(_folder, $"{id}.db"), collation ?? Collations.Default, Time.GetUtcNow().UtcDateTime);
        }
    }

    internal void Drop(string name, bool ifExists)
    {
        lock (_gate)
        {
            if (!_databases.TryGetValue(name, out var database))
            {
                if (ifExists)
                {
                    return;
                }

                throw new SqlError(3701, $"Cannot drop the database '{name}', because it does not exist or you do not have permission.", 11);
            }

            if (database == Master)
            {
                throw new SqlError(3708, "Cannot drop the database 'master' because it is a system database.");
            }

            if (_sessions.Values.Contains(database))
            {
                throw new SqlError(3702, $"Cannot drop database \"{name}\" because it is currently in use.");
            }

            _databases.Remove(name);
            foreach (var suffix in new[] { "", "-wal", "-shm" })
            {
                File.Delete(database.File + suffix);
            }
        }
    }

    internal void Entered(Session session, Database database) => _sessions[session] = database;

    internal void Left(Session session) => _sessions.TryRemove(session, out _);

    internal long NextTransaction() => Interlocked.Increment(ref _lastTransaction);

    internal bool IsSysAdmin(string login) => _sysAdmins.ContainsKey(login);

    internal bool HasLogin(string login) => _logins.ContainsKey(login);

    internal bool Accepts(string login, string password) => _logins.TryGetValue(login, out var own) && own == password;

    internal void AddLogin(string name, string password)
    {
        if (!_logins.TryAdd(name, password))
        {
            throw new SqlError(15025, $"The server principal '{name}' already exists.");
        }
    }

    internal void DropLogin(string name, bool ifExists)
    {
        if (!_logins.TryRemove(name, out _) && !ifExists)
        {
            throw new SqlError(15151, $"Cannot drop the login '{name}', because it does not exist or you do not have permission.");
        }

        _sysAdmins.TryRemove(name, out _);
    }

    internal void MakeSysAdmin(string login) => _sysAdmins[login] = true;

    /// <returns>Null if the login may not enter the database.</returns>
    internal User? UserIn(Database database, string login)
    {
        if (IsSysAdmin(login))
        {
            return database.Catalog.Users["dbo"];
        }

        var found = database.Catalog.Users.Values.FirstOrDefault(u => login.Equals(u.Login, StringComparison.OrdinalIgnoreCase));
        return found ?? (database == Master ? new("guest", null, "dbo") : null);
    }

    internal void Kill(int id, Session killer)
    {
        if (id == killer.Id)
        {
            throw new SqlError(6104, "Cannot use KILL to kill your own process.");
        }

        if (!_connections.TryGetValue(id, out var connection))
        {
            throw new SqlError(6106, $"Process ID {id} is not an active process ID.", state: 2);
        }

        connection.Cut();
        killer.Wait(() => !_connections.ContainsKey(id), 5000);
    }

    internal void KillOthers(Database database, Session killer)
    {
        var others = _sessions.Where(s => s.Value == database && s.Key != killer).Select(s => s.Key.Id).ToList();
        foreach (var id in others)
        {
            if (_connections.TryGetValue(id, out var connection))
            {
                connection.Cut();
            }
        }

        killer.Wait(() => others.TrueForAll(id => !_connections.ContainsKey(id)), 5000);
    }

    internal void Ended(int id)
    {
        _connections.TryRemove(id, out _);
        Waits.Wake();
    }

    internal int TypeNumber(SqlType type) => _typeNumbers.GetOrAdd(type, t =>
    {
        lock (_types)
        {
            _types.Add(t);
            return _types.Count - 1;
        }
    });

    internal SqlType TypeOf(object? number)
    {
        lock (_types)
        {
            return _types[(int)(long)number!];
        }
    }

    /// <exception cref="SqlError">102: the text is no T-SQL.</exception>
    internal IList<TSqlStatement> Parse(string text)
    {
        if (_parsed.TryGetValue(text, out var known))
        {
            return known;
        }

        var script = (TSqlScript)new TSql150Parser(initialQuotedIdentifiers: true).Parse(new StringReader(text), out var errors);
        if (errors.Count > 0)
        {
            var isOrder = errors[0].Message.Contains("ORDER BY clause is not valid", StringComparison.OrdinalIgnoreCase) || errors[0].Message.Contains("ORDER BY clause is invalid", StringComparison.OrdinalIgnoreCase);
            throw new SqlError(isOrder ? 1033 : 102, errors[0].Message, 15) { Line = errors[0].Line };
        }

        if (script.Batches.Count > 1)
        {
            throw new SqlError(102, "Incorrect syntax near 'GO'.", 15);
        }

        var statements = script.Batches.Count == 0 ? [] : script.Batches[0].Statements;
        CheckAlone(statements);
        if (_parsed.Count > MostParsed)
        {
            _parsed.Clear();
        }

        _parsed[text] = statements;
        return statements;
    }

    private static void CheckAlone(IList<TSqlStatement> statements)
    {
        var isFirst = statements.Skip(1).Any(s => s is CreateViewStatement or CreateSchemaStatement or CreateOrAlterViewStatement or AlterViewStatement or CreateProcedureStatement or CreateTriggerStatement);
        if (isFirst || (statements is [CreateViewStatement or CreateOrAlterViewStatement or AlterViewStatement, _, ..]))
        {
            throw new SqlError(111, "'CREATE VIEW' must be the first statement in a query batch, and the only one.", 15);
        }

        if (statements.OfType<IfStatement>().Any(i => i.ThenStatement is CreateSchemaStatement or CreateViewStatement))
        {
            throw new SqlError(156, "Incorrect syntax near the keyword 'SCHEMA' or 'VIEW'.", 15);
        }
    }

    private static X509Certificate2 MakeCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new("1.3.6.1.5.5.7.3.1")], false));

        // Validity is judged by the client's own clock, whatever clock the server shows.
        var now = TimeProvider.System.GetUtcNow();
        using var made = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
    }

    private void Accept()
    {
        while (!_isStopping)
        {
            Socket socket;
            try
            {
                socket = _listener.AcceptSocket();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }

            socket.NoDelay = true;
            var id = Interlocked.Increment(ref _lastSession);
            var connection = new Connection(this, socket, id);
            _connections[id] = connection;
            connection.Start();
        }
    }
}
