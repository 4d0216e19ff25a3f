using System.Globalization;
using CpIs.Tds.Protocol;
using CpIs.Tds.Sql;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace CpIs.Tds;

/// <summary>An argument of a call: what is given, and what comes back.</summary>
internal sealed class Argument(string name, SqlType type, object? value, bool isOutput)
{
    public string Name => name;

    public SqlType Type => type;

    public object? Value { get; set; } = value;

    public bool IsOutput => isOutput;
}

/// <summary>EXECUTE and the system procedures.</summary>
internal sealed partial class Session
{
    private readonly Dictionary<int, (string Text, string Declarations)> _prepared = [];
    private int _lastPrepared;

    /// <summary>Makes a catalog view as a temporary table, unless it is there as the catalog now is.</summary>
    public void Materialise(Relation relation, IEnumerable<object?[]> rows, Dictionary<string, object> made)
    {
        // Sessions and databases are not part of the catalog, and a login's rights decide what it sees.
        var key = relation.Name;
        var isVolatile = key is "sys.databases" or "sys.dm_exec_sessions";
        if (!isVolatile && made.TryGetValue(key, out var state) && ReferenceEquals(state, Catalog) && made.GetValueOrDefault("connection") == Sqlite)
        {
            return;
        }

        if (made.GetValueOrDefault("connection") != Sqlite)
        {
            made.Clear();
            made["connection"] = Sqlite;
        }

        Execute($"DROP TABLE IF EXISTS {relation.SqlName}");
        Execute($"CREATE TABLE {relation.SqlName} ({string.Join(", ", relation.Columns.Select(c => Relation.Quote(c.SqlName) + NewTranslator().CollateSuffix(c.Type)))})");
        using var insert = Sqlite.CreateCommand();
        insert.CommandText = $"INSERT INTO {relation.SqlName} VALUES ({string.Join(", ", relation.Columns.Select((_, i) => $"@p{i}"))})";
        foreach (var row in rows)
        {
            insert.Parameters.Clear();
            for (var i = 0; i < row.Length; i++)
            {
                insert.Parameters.AddWithValue($"@p{i}", row[i] ?? DBNull.Value);
            }

            insert.ExecuteNonQuery();
        }

        made[key] = Catalog;
    }

    private void RunExecute(ExecuteSpecification specification)
    {
        if (specification.LinkedServer is not null || specification.ExecuteContext is not null)
        {
            throw SqlError.Unsupported("EXECUTE AT and AS");
        }

        switch (specification.ExecutableEntity)
        {
            case ExecutableStringList list:
                var text = string.Concat(list.Strings.Select(s => Conversion.Convert(Evaluate(s) is var v ? v.Value : null, v.Type, SqlType.NVarChar(SqlType.Max)) as string));
                RunText(text, new(StringComparer.OrdinalIgnoreCase));
                break;
            case ExecutableProcedureReference { ProcedureReference.ProcedureReference.Name: { } name } procedure:
                var variables = new List<string?>();
                var arguments = new List<Argument>();
                foreach (var parameter in procedure.Parameters)
                {
                    var (value, type) = Evaluate(parameter.ParameterValue);
                    arguments.Add(new(parameter.Variable?.Name ?? "", type, value, parameter.IsOutput));
                    variables.Add(parameter.IsOutput && parameter.ParameterValue is VariableReference reference ? reference.Name : null);
                }

                var result = Call(name.BaseIdentifier.Value, arguments);
                for (var i = 0; i < arguments.Count; i++)
                {
                    if (variables[i] is { } output)
                    {
                        _frame.Variables[output].Value = Conversion.Convert(arguments[i].Value, arguments[i].Type, _frame.Variables[output].Type);
                    }
                }

                if (specification.Variable is { } status)
                {
                    _frame.Variables[status.Name].Value = (long)result;
                }

                break;
            default:
                throw SqlError.Unsupported("this form of EXECUTE");
        }
    }

    /// <summary>A call as the client sends it: errors go to it.</summary>
    /// <returns>The return status.</returns>
    public int RunCall(string procedure, List<Argument> arguments)
    {
        _commandText = arguments.Count > 0 && arguments[0].Value is string first ? first : procedure;
        _tryDepth = 0;
        _caught = null;
        try
        {
            Server.Faults.OnCommand(_commandText);
            var result = Call(procedure, arguments);
            if (_isDoomed)
            {
                RollBack();
                throw new SqlError(3998, "Uncommittable transaction is detected at the end of the batch. The transaction is rolled back.");
            }

            Server.Faults.At(CutPoint.AfterCommand, _commandText);
            return result;
        }
        catch (SqlError e)
        {
            Report(e);
            if (TransactionCount > 0 && ((XactAbort && !e.IsRaised) || e.EndsTransaction))
            {
                RollBack();
            }

            return e.Severity >= 20 ? throw new ConnectionCut() : e.Number;
        }
        catch (BatchEnded)
        {
            return _lastError;
        }
    }

    private int Call(string procedure, List<Argument> arguments)
    {
        switch (procedure.ToLowerInvariant())
        {
            case "sp_executesql":
                return ExecuteSql(Text(arguments, 0, "@stmt", "@statement"), Text(arguments, 1, "@params", "@parameters"), [.. arguments.Skip(2)]);
            case "sp_getapplock":
                return GetAppLock(arguments);
            case "sp_releaseapplock":
                return ReleaseAppLock(arguments);
            case "sp_tablecollations_100":
                TableCollations(Text(arguments, 0, "@object") ?? "");
                return 0;
            case "sp_prepare" or "sp_prepexec":
            {
                var declarations = arguments[1].Value as string ?? "";
                var text = arguments[2].Value as string ?? "";
                _prepared[++_lastPrepared] = (text, declarations);
                arguments[0].Value = (long)_lastPrepared;
                return procedure.Equals("sp_prepexec", StringComparison.OrdinalIgnoreCase) ? ExecuteSql(text, declarations, [.. arguments.Skip(3)]) : 0;
            }

            case "sp_execute":
                return _prepared.TryGetValue((int)(long)arguments[0].Value!, out var prepared)
                    ? ExecuteSql(prepared.Text, prepared.Declarations, [.. arguments.Skip(1)])
                    : throw new SqlError(8179, $"Could not find prepared statement with handle {arguments[0].Value}.");
            case "sp_unprepare":
                _prepared.Remove((int)(long)arguments[0].Value!);
                return 0;
            case "sp_reset_connection":
                Reset(keepTransaction: false);
                return 0;
            case "sp_addrolemember":
                RunText($"ALTER ROLE {Bracketed(Text(arguments, 0, "@rolename"))} ADD MEMBER {Bracketed(Text(arguments, 1, "@membername"))}", new(StringComparer.OrdinalIgnoreCase));
                return 0;
            default:
                throw new SqlError(2812, $"Could not find stored procedure '{procedure}'.", state: 62);
        }
    }

    private static string Bracketed(string? name) => "[" + (name ?? "").Replace("]", "]]", StringComparison.Ordinal) + "]";

    private int ExecuteSql(string? text, string? declarations, List<Argument> values)
    {
        var variables = new Dictionary<string, Variable>(StringComparer.OrdinalIgnoreCase);
        var declared = string.IsNullOrWhiteSpace(declarations)
            ? []
            : Server.Parse("DECLARE " + System.Text.RegularExpressions.Regex.Replace(declarations, @"(?i)\s+(output|out|readonly)\b", "")) is [DeclareVariableStatement d, ..] ? d.Declarations : throw new SqlError(102, $"Incorrect syntax near '{declarations}'.", 15);
        var position = 0;
        foreach (var element in declared)
        {
            var name = element.VariableName.Value;
            var given = values.Find(v => v.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) ?? (position < values.Count && values[position].Name.Length == 0 ? values[position] : null);
            position++;
            if (given is null)
            {
                throw new SqlError(8178, $"The parameterized query '({declarations}){text}' expects the parameter '{name}', which was not supplied.");
            }

            if (given.Type.Id == TypeId.Table)
            {
                variables[name] = new(given.Type, given.Value);
                continue;
            }

            var type = Translator.DeclaredOrOne(element.DataType);
            Conversion.CheckImplicit(given.Type, type);
            variables[name] = new(type, Conversion.Convert(given.Value, given.Type, type)) { IsOutput = given.IsOutput };
        }

        if (values.Find(v => v.Name.Length > 0 && !variables.ContainsKey(v.Name)) is { } extra)
        {
            throw new SqlError(8144, $"Procedure or function has too many arguments specified: {extra.Name}.");
        }

        try
        {
            RunText(text ?? "", variables);
        }
        finally
        {
            position = 0;
            foreach (var element in declared)
            {
                var name = element.VariableName.Value;
                var given = values.Find(v => v.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) ?? (position < values.Count ? values[position] : null);
                position++;
                if (given is { IsOutput: true } && variables.TryGetValue(name, out var variable))
                {
                    given.Value = Conversion.Convert(variable.Value, variable.Type, given.Type);
                }
            }
        }

        return 0;
    }

    private static Argument? Find(List<Argument> arguments, int position, params string[] names) =>
        arguments.Find(a => names.Contains(a.Name, StringComparer.OrdinalIgnoreCase)) ?? (position < arguments.Count && arguments[position].Name.Length == 0 ? arguments[position] : null);

    private static string? Text(List<Argument> arguments, int position, params string[] names) =>
        Find(arguments, position, names)?.Value is { } value ? System.Convert.ToString(value, CultureInfo.InvariantCulture) : null;

    private int GetAppLock(List<Argument> arguments)
    {
        var resource = Text(arguments, 0, "@Resource");
        var mode = Text(arguments, 1, "@LockMode");
        var owner = Text(arguments, 2, "@LockOwner") ?? "Transaction";
        var timeout = Find(arguments, 3, "@LockTimeout")?.Value as long? ?? LockTimeout;
        var principal = Text(arguments, 4, "@DbPrincipal") ?? "public";
        var isSession = owner.Equals("Session", StringComparison.OrdinalIgnoreCase);
        if (resource is null or "" || mode is null || !AppLocks.IsMode(mode) || (!isSession && !owner.Equals("Transaction", StringComparison.OrdinalIgnoreCase)) || timeout < -1)
        {
            return -999;
        }

        if (!isSession && TransactionCount == 0)
        {
            throw new SqlError(1223, $"The session has no transaction that could own the application lock '{resource}'.");
        }

        // Longer names are cut, as the procedure does.
        return Server.AppLocks.Take(this, LockName(resource.Length > 255 ? resource[..255] : resource, principal), mode, !isSession, (int)timeout);
    }

    private int ReleaseAppLock(List<Argument> arguments)
    {
        var resource = Text(arguments, 0, "@Resource") ?? "";
        var isSession = (Text(arguments, 1, "@LockOwner") ?? "Transaction").Equals("Session", StringComparison.OrdinalIgnoreCase);
        var principal = Text(arguments, 2, "@DbPrincipal") ?? "public";
        return Server.AppLocks.Release(this, LockName(resource, principal), !isSession)
            ? 0
            : throw new SqlError(1223, $"Cannot release the application lock (Database Principal: '{principal}', Resource: '{resource}') because it is not currently held.");
    }

    private void TableCollations(string name)
    {
        var relation = Metadata.Object(this, name);
        Column[] columns =
        [
            new("colid", SqlType.Int, false, ""), new("name", SqlType.NVarChar(128), false, ""), new("collation", SqlType.VarBinary(5), true, ""), new("collation_100", SqlType.NVarChar(128), true, ""),
        ];
        WriteColumns(columns);
        var count = 0;
        foreach (var column in relation?.Columns ?? [])
        {
            WriteRow([.. columns], [(long)++count, column.Name, column.Type.IsText ? WireTypes.ServerCollation.ToArray() : null, column.Type.IsText ? column.Type.Collation : null]);
        }

        Out.Done(DoneToken, 0x10, CommandSelect, count);
    }

    private static readonly System.Text.RegularExpressions.Regex BulkQuery = new(
        @"exec\s+(?:\[?(?<db>[^\s.\]]+)\]?)?\.\.sp_tablecollations_100\s+N'(?<name>(?:[^']|'')*)'",
        System.Text.RegularExpressions.RegexOptions.IgnoreCase | System.Text.RegularExpressions.RegexOptions.ExplicitCapture,
        TimeSpan.FromSeconds(5));

    /// <summary>Answers what SqlBulkCopy asks about its table: @@TRANCOUNT, the columns, their collations.</summary>
    /// <returns>False if the text is something else.</returns>
    public bool AnswerBulkQuery(string text)
    {
        if (!text.Contains("sp_tablecollations_100", StringComparison.OrdinalIgnoreCase) || BulkQuery.Match(text) is not { Success: true } match)
        {
            return false;
        }

        try
        {
            Server.Faults.OnCommand(text);
            var name = match.Groups["name"].Value.Replace("''", "'", StringComparison.Ordinal);
            var relation = name.Contains('#', StringComparison.Ordinal) ? FindRelation(null, Names.Split(name)[^1]) : Metadata.Object(this, name);
            if (relation is null)
            {
                throw SqlError.InvalidObject(name);
            }

            Demand(relation, "SELECT");
            Column[] count = [new("", SqlType.Int, true, "")];
            WriteColumns(count);
            WriteRow([.. count], [(long)TransactionCount]);
            Out.Done(DoneToken, 0x10, CommandSelect, 1);
            WriteColumns(relation.Columns);
            Out.Done(DoneToken, 0, CommandSelect, 0);
            TableCollations(name);
        }
        catch (SqlError e)
        {
            Report(e);
            if (TransactionCount > 0 && XactAbort)
            {
                RollBack();
            }

            if (e.Severity >= 20)
            {
                throw new ConnectionCut();
            }
        }

        return true;
    }
}
