using System.Data.Common;
using System.Globalization;
using System.Security.Authentication;
using Microsoft.Data.SqlClient;

namespace CpIs.Storage.Providers;

/// <summary>
/// What SQL Server's error numbers mean to the person who runs the program (Microsoft's list of Database Engine events and errors). The
/// server's own text is never shown: it may quote what stands in a row.
/// </summary>
internal static class SqlServerErrors
{
    private const int Timeout = -2;
    private const int Deadlock = 1205;

    // Severity from which on the connection does not outlive the error.
    private const int Fatal = 20;

    /// <summary>A sentence for an error that a command met.</summary>
    public static string Explain(DbException error) => error is SqlException e ? Sentence(e, isOpening: false) : "The database reported an error: see the log.";

    /// <summary>A sentence for an error that opening the connection met.</summary>
    public static string ExplainOpening(DbException error) => error is SqlException e ? Sentence(e, isOpening: true) : "The database cannot be opened: see the log.";

    public static bool IsSetup(DbException error) => error is SqlException e && (IsCertificate(e) || KindOf(Telling(e).Number) is Kind.Login or Kind.NoDatabase or Kind.MissingObject
        or Kind.MissingColumn or Kind.Permission or Kind.Conversion or Kind.View);

    /// <summary>The server is there and asks to come again, or dropped the connection.</summary>
    public static bool IsBusy(DbException error) => error is SqlException e && KindOf(Telling(e).Number) is Kind.Busy or Kind.Reset;

    public static bool IsTransient(DbException error) => error is SqlException e && !IsCertificate(e) && (Telling(e).Number == Deadlock || KindOf(Telling(e).Number) is Kind.Busy or Kind.Reset || e.Class >= Fatal);

    /// <summary>The connection does not outlive the error.</summary>
    public static bool BreaksConnection(DbException error) => error is SqlException e && (e.Class >= Fatal || KindOf(e.Number) == Kind.Reset);

    /// <summary>Another database, a linked server, a table just altered or one in memory, read by a view, does not take part in snapshot isolation.</summary>
    public static bool IsSnapshotRefused(DbException error) => error is SqlException e && e.Errors.Cast<SqlError>().Any(s => s.Number is 3951 or 3952 or 3953 or 3957 or 3961 or 7420 or 41332);

    /// <summary>The server does not know a statement or does not allow it to this login, and everything else goes on as before.</summary>
    public static bool IsRefused(DbException error) => error is SqlException { Class: >= 11 and <= 16 } e && KindOf(Telling(e).Number) is Kind.Other or Kind.Permission or Kind.MissingObject or Kind.MissingColumn;

    private static string Sentence(SqlException e, bool isOpening)
    {
        var (number, state) = Telling(e);
        var text = IsCertificate(e)
            ? "The server's certificate is not trusted: have the authority that issued it installed on this machine, and name the server as the certificate does."
            : KindOf(number) switch
            {
                Kind.Login => "The server refused the login: check user and password in Database:ConnectionString, or with Integrated Security the account that runs the program.",
                Kind.NoDatabase => "The login cannot open the database that Database:ConnectionString names: check its name, that it is online, and that the login is a user of it.",
                Kind.MissingObject => "A view or table that the engine needs is missing: run cpis db check, and for the engine's own tables cpis db init.",
                Kind.MissingColumn => "A column that the engine needs is missing: run cpis db check.",
                Kind.Permission => "The login lacks a right that this needs: have roles.sql run and the login made a member of cpis_engine (for cpis db init: let a DBA run the script of cpis db init --script).",
                Kind.Conversion => "A source view fails while it is read, because a value cannot be converted to the type that the view gives it: the data team must correct the view.",
                Kind.View => "A source view fails while it is read, because a subquery in it finds more than one row or a text is cut where it is too short: the data team must correct the view.",
                Kind.ReadOnly => "The database is read-only: make it writable, or name the primary replica in Database:ConnectionString, and run again.",
                Kind.Full => "The database or its log is full: ask the DBA to make room (for the log: a log backup), and run again.",
                Kind.Unavailable => "The database is not available: it is being recovered, restored or is offline. Wait until it is online and run again.",
                Kind.Busy => "The server is busy or being moved: wait a few minutes and run again.",
                Kind.Damage => "The server cannot read its disk or found damage in the database: call the DBA at once.",
                Kind.Refused => "The database refused a row because it breaks a constraint or does not fit its column: nothing of it was kept. Report this.",
                Kind.Deadlock => "The database chose this work to end a deadlock: nothing of it was kept. Run again.",
                Kind.Locked => "Something else holds a lock on the engine's tables for too long: ask the DBA what blocks, and run again.",
                Kind.Timeout when isOpening => "The server did not answer in time: check its name and port in Database:ConnectionString, the network, and that SQL Server is running.",
                Kind.Timeout => "The database did not answer in time: ask the DBA what blocks it and run again. Command Timeout in Database:ConnectionString sets how many seconds it has.",
                _ when isOpening => "The server cannot be reached: check its name and port in Database:ConnectionString, the network, and that SQL Server is running.",
                _ when e.Class >= Fatal => "The connection to the database was lost: what was begun was not committed. Run again.",
                _ => "The database reported an error.",
            };
        return string.Create(CultureInfo.InvariantCulture, $"{text} (SQL Server error {number}, state {state})");
    }

    /// <summary>
    /// Of several errors that come together the one that says most. A database that is being recovered or moved is also one that the login
    /// cannot open, and what ends a command is often followed by what it led to.
    /// </summary>
    private static (int Number, int State) Telling(SqlException e)
    {
        var errors = e.Errors.Cast<SqlError>().Select(s => (s.Number, State: (int)s.State, Kind: KindOf(s.Number))).ToList();
        var best = errors.FindIndex(s => s.Kind is Kind.Unavailable or Kind.Busy);
        best = best >= 0 ? best : errors.FindIndex(s => s.Kind != Kind.Other);
        return best >= 0 ? (errors[best].Number, errors[best].State) : (e.Number, e.State);
    }

    private static bool IsCertificate(SqlException e) =>
        e.Number is -2146893019 or -2146893022 || e.InnerException is AuthenticationException || e.InnerException?.InnerException is AuthenticationException;

    private static Kind KindOf(int number) => number switch
    {
        Timeout => Kind.Timeout,
        Deadlock => Kind.Deadlock,
        1222 => Kind.Locked,
        18450 or 18451 or 18452 or 18456 or 18461 or 18470 or 18486 or 18487 or 18488 => Kind.Login,
        911 or 916 or 4060 or 4062 or 4063 or 4064 => Kind.NoDatabase,
        208 or 2812 => Kind.MissingObject,
        207 or 213 => Kind.MissingColumn,
        229 or 230 or 262 or 297 or 300 or 371 or 1088 or 2760 or 3701 or 4902 or 15151 or 15247 => Kind.Permission,
        220 or 241 or 242 or 244 or 245 or 248 or 295 or 517 or 8114 or 8115 or 8134 or 8169 or 9807 => Kind.Conversion,
        512 or 536 or 537 => Kind.View,
        3906 => Kind.ReadOnly,
        1101 or 1105 or 9002 => Kind.Full,
        904 or 905 or 921 or 922 or 924 or 926 or 927 or 942 or 945 or 946 or 951 or 952 or 954 or 955 or 976 or 978 or 979 or 982 or 983 or 3908 or 5144 or 6005 or 9001 or 17142 or 17187 or 17197 or 18401 => Kind.Unavailable,
        615 or 1203 or 1204 or 4221 or 8628 or 8645 or 8651 or 10922 or 10928 or 10929 or 10936 or 40197 or 40501 or 40613 or 49918 or 49919 or 49920 => Kind.Busy,
        64 or 121 or 233 or 596 or 10053 or 10054 => Kind.Reset,
        823 or 824 or 825 or 829 => Kind.Damage,
        515 or 547 or 2601 or 2627 or 2628 or 8152 => Kind.Refused,
        _ => Kind.Other,
    };

    private enum Kind
    {
        Other,
        Timeout,
        Deadlock,
        Locked,
        Login,
        NoDatabase,
        MissingObject,
        MissingColumn,
        Permission,
        Conversion,
        View,
        ReadOnly,
        Full,
        Unavailable,
        Busy,
        Reset,
        Damage,
        Refused,
    }
}
