using System.Globalization;
using CpIs.Tds.Protocol;
using CpIs.Tds.Sql;
using Microsoft.Data.Sqlite;
using Microsoft.SqlServer.TransactSql.ScriptDom;
using SQLitePCL;

namespace CpIs.Tds;

/// <summary>The control flow of a batch.</summary>
internal sealed partial class Session
{
    private const int MostNested = 32;

    // Found when a batch is compiled, before any of it runs, where all its tables are there already.
    private static readonly HashSet<int> CompileErrors =
        [104, 109, 110, 116, 120, 121, 130, 137, 145, 147, 174, 195, 205, 206, 207, 209, 213, 264, 468, 1033, 4104, 8120, 8133, 8155, 8156];

    private readonly List<string> _savepoints = [];
    private Frame _frame = new(new Dictionary<string, Variable>(StringComparer.OrdinalIgnoreCase));
    private int _tryDepth;
    private int _nesting;
    private bool _isDoomed;
    private bool _isWriting;
    private long _rowCount;
    private int _lastError;
    private long? _scopeIdentity;
    private SqlError? _caught;
    private string _commandText = "";

    private enum Flow
    {
        Next,
        Break,
        Continue,
        Return,
    }

    public bool XactAbort { get; private set; }

    public bool NoCount { get; private set; }

    public bool FormatOnly { get; private set; }

    public Isolation Isolation { get; private set; } = Isolation.ReadCommitted;

    /// <summary>DONE for a batch, DONEINPROC inside a call.</summary>
    public byte DoneToken { get; set; } = 0xFD;

    private sealed record Frame(Dictionary<string, Variable> Variables)
    {
        public Dictionary<string, Relation> Tables { get; } = new(StringComparer.OrdinalIgnoreCase);

        public long? ReturnValue { get; set; }
    }

    /// <summary>The batch does not go on; its error has been sent.</summary>
    private sealed class BatchEnded : Exception;

    public Relation TableVariable(string name) =>
        _frame.Tables.TryGetValue(name, out var relation) ? relation : throw new SqlError(1087, $"Must declare the table variable \"{name}\".", 15, 2);

    /// <summary>Executes a text and sends what comes of it. Errors go to the client, too.</summary>
    /// <param name="text">A batch.</param>
    /// <param name="parameters">Its parameters, by name with @.</param>
    /// <returns>False if an error ended it.</returns>
    public bool RunBatch(string text, Dictionary<string, Variable>? parameters = null)
    {
        _commandText = text;
        _tryDepth = 0;
        _caught = null;
        try
        {
            Server.Faults.OnCommand(text);
            if (BeginBulk(text))
            {
                return true;
            }

            RunText(text, parameters ?? new(StringComparer.OrdinalIgnoreCase));
            if (_isDoomed)
            {
                RollBack();
                throw new SqlError(3998, "Uncommittable transaction is detected at the end of the batch. The transaction is rolled back.");
            }

            Server.Faults.At(CutPoint.AfterCommand, text);
            return true;
        }
        catch (SqlError e)
        {
            Report(e);
            if (TransactionCount > 0 && (XactAbort || e.EndsTransaction))
            {
                RollBack();
            }

            return e.Severity >= 20 ? throw new ConnectionCut() : false;
        }
        catch (BatchEnded)
        {
            return false;
        }
    }

    public void Report(SqlError e)
    {
        _lastError = e.Number;
        Server.ErrorSent?.Invoke($"{e.Number}: {e.Message}\n{_commandText}");
        Out.Message(0xAA, e.Number, e.State, e.Severity, e.Message, TdsServer.ServerName, Math.Max(1, e.Line));
        Out.Done(DoneToken, 0x02, 0, 0);
    }

    public void Inform(int number, byte state, byte severity, string message) => Out.Message(0xAB, number, state, severity, message, TdsServer.ServerName, 1);

    private void RunText(string text, Dictionary<string, Variable> parameters)
    {
        if (_nesting >= MostNested)
        {
            throw new SqlError(217, "Maximum stored procedure, function, trigger, or view nesting level exceeded (limit 32).");
        }

        var statements = Server.Parse(text);
        var outer = _frame;
        _frame = new(parameters);
        _nesting++;
        try
        {
            Compile(statements);
            RunAll(statements);
        }
        finally
        {
            foreach (var table in _frame.Tables.Values)
            {
                Execute($"DROP TABLE IF EXISTS {table.SqlName}");
            }

            _nesting--;
            _frame = outer;
        }
    }

    private void Compile(IList<TSqlStatement> statements)
    {
        if (statements.Count < 2 && statements.All(s => s is SelectStatement or InsertStatement or UpdateStatement or DeleteStatement or not (IfStatement or BeginEndBlockStatement or TryCatchStatement)))
        {
            return;
        }

        var finder = new StatementFinder();
        foreach (var statement in statements)
        {
            statement.Accept(finder);
        }

        var variables = new Dictionary<string, Variable>(_frame.Variables, StringComparer.OrdinalIgnoreCase);
        foreach (var element in finder.Declared)
        {
            variables.TryAdd(element.VariableName.Value, new(Translator.DeclaredOrOne(element.DataType)));
        }

        if (finder.DeclaresTables)
        {
            return;
        }

        foreach (var statement in finder.Found)
        {
            try
            {
                var translator = new Translator(this, variables);
                switch (statement)
                {
                    case SelectStatement { Into: null } select:
                        translator.Select(select);
                        break;
                    case InsertStatement insert:
                        translator.Insert(insert);
                        break;
                    case UpdateStatement update:
                        translator.Update(update);
                        break;
                    case DeleteStatement delete:
                        translator.Delete(delete);
                        break;
                }
            }
            catch (SqlError e)
            {
                if (CompileErrors.Contains(e.Number))
                {
                    e.Line = statement.StartLine;
                    throw;
                }
            }
        }
    }

    private sealed class StatementFinder : TSqlFragmentVisitor
    {
        public List<TSqlStatement> Found { get; } = [];

        public List<DeclareVariableElement> Declared { get; } = [];

        public bool DeclaresTables { get; private set; }

        public override void Visit(SelectStatement node) => Found.Add(node);

        public override void Visit(InsertStatement node) => Found.Add(node);

        public override void Visit(UpdateStatement node) => Found.Add(node);

        public override void Visit(DeleteStatement node) => Found.Add(node);

        public override void Visit(DeclareVariableElement node) => Declared.Add(node);

        public override void Visit(DeclareTableVariableStatement node) => DeclaresTables = true;

        public override void ExplicitVisit(CreateViewStatement node)
        {
        }
    }

    private Translator NewTranslator() => new(this, _frame.Variables);

    private Flow RunAll(IList<TSqlStatement> statements)
    {
        foreach (var statement in statements)
        {
            var flow = Run(statement);
            if (flow != Flow.Next)
            {
                return flow;
            }
        }

        return Flow.Next;
    }

    private Flow Run(TSqlStatement statement)
    {
        if (IsCancelled)
        {
            throw new CommandCancelled();
        }

        try
        {
            var flow = RunStatement(statement);
            if (statement is not (IfStatement or WhileStatement or BeginEndBlockStatement or TryCatchStatement or DeclareVariableStatement))
            {
                _lastError = 0;
            }

            return flow;
        }
        catch (SqlError e)
        {
            if (e.Line <= 1)
            {
                e.Line = statement.StartLine;
            }

            if (_tryDepth > 0)
            {
                throw;
            }

            Report(e);
            if (e.Severity >= 20)
            {
                throw new ConnectionCut();
            }

            var aborts = XactAbort && !e.IsRaised;
            if (TransactionCount > 0 && (aborts || e.EndsTransaction))
            {
                RollBack();
            }

            return aborts || e.EndsBatch ? throw new BatchEnded() : Flow.Next;
        }
    }

    private Flow RunStatement(TSqlStatement statement)
    {
        switch (statement)
        {
            case SelectStatement select:
                RunSelect(select);
                return Flow.Next;
            case InsertStatement or UpdateStatement or DeleteStatement:
                RunChange(statement);
                return Flow.Next;
            case BeginEndBlockStatement block:
                return RunAll(block.StatementList.Statements);
            case IfStatement @if:
                return Holds(@if.Predicate) ? Run(@if.ThenStatement) : @if.ElseStatement is { } otherwise ? Run(otherwise) : Flow.Next;
            case WhileStatement loop:
                while (Holds(loop.Predicate))
                {
                    var flow = Run(loop.Statement);
                    if (flow == Flow.Return)
                    {
                        return flow;
                    }

                    if (flow == Flow.Break)
                    {
                        break;
                    }
                }

                return Flow.Next;
            case BreakStatement:
                return Flow.Break;
            case ContinueStatement:
                return Flow.Continue;
            case ReturnStatement @return:
                _frame.ReturnValue = @return.Expression is null ? 0 : (long?)Conversion.Convert(Evaluate(@return.Expression).Value, SqlType.Int, SqlType.Int);
                return Flow.Return;
            case TryCatchStatement @try:
                return RunTry(@try);
            case ThrowStatement @throw:
                throw Thrown(@throw);
            case RaiseErrorStatement raise:
                Raise(raise);
                return Flow.Next;
            case PrintStatement print:
                Inform(0, 1, 0, Conversion.Convert(Evaluate(print.Expression) is var p ? p.Value : null, p.Type, SqlType.NVarChar(4000)) as string ?? " ");
                return Flow.Next;
            case DeclareVariableStatement declare:
                foreach (var element in declare.Declarations)
                {
                    Declare(element);
                }

                return Flow.Next;
            case DeclareTableVariableStatement declare:
                DeclareTable(declare);
                return Flow.Next;
            case SetVariableStatement set:
                SetVariable(set);
                return Flow.Next;
            case BeginTransactionStatement begin:
                if (begin.Distributed || begin.MarkDefined)
                {
                    throw SqlError.Unsupported("distributed and marked transactions");
                }

                Begin();
                return Flow.Next;
            case CommitTransactionStatement:
                Commit();
                return Flow.Next;
            case RollbackTransactionStatement rollback:
                RollBackTo(rollback.Name?.Value);
                return Flow.Next;
            case SaveTransactionStatement save:
                Save(save.Name.Value);
                return Flow.Next;
            case WaitForStatement { WaitForOption: WaitForOption.Delay } wait:
                Sleep(TimeSpan.Parse((string)Evaluate(wait.Parameter is ScalarExpression s ? s : throw SqlError.Unsupported("WAITFOR")).Value!, CultureInfo.InvariantCulture));
                return Flow.Next;
            case UseStatement use:
                var before = Database.Name;
                Use(use.DatabaseName.Value);
                Out.EnvironmentText(1, Database.Name, before);
                Inform(5701, 2, 0, $"Changed database context to '{Database.Name}'.");
                return Flow.Next;
            case ExecuteStatement execute:
                RunExecute(execute.ExecuteSpecification);
                return Flow.Next;
            case KillStatement kill:
                Server.Kill((int)(long)Evaluate(kill.Parameter).Value!, this);
                return Flow.Next;
            default:
                if (!RunOption(statement))
                {
                    RunDefinition(statement);
                }

                return Flow.Next;
        }
    }

    private bool RunOption(TSqlStatement statement)
    {
        switch (statement)
        {
            case PredicateSetStatement set:
                foreach (var option in Enum.GetValues<SetOptions>().Where(o => o != SetOptions.None && set.Options.HasFlag(o)))
                {
                    switch (option)
                    {
                        case SetOptions.NoCount:
                            NoCount = set.IsOn;
                            break;
                        case SetOptions.XactAbort:
                            XactAbort = set.IsOn;
                            break;
                        case SetOptions.FmtOnly:
                            FormatOnly = set.IsOn;
                            break;
                        case SetOptions.ImplicitTransactions or SetOptions.NoExec or SetOptions.ParseOnly or SetOptions.ShowPlanAll or SetOptions.ShowPlanText or SetOptions.ShowPlanXml when set.IsOn:
                            throw SqlError.Unsupported($"SET {option} ON");
                        case SetOptions.AnsiNulls or SetOptions.ConcatNullYieldsNull or SetOptions.AnsiPadding or SetOptions.QuotedIdentifier or SetOptions.AnsiWarnings or SetOptions.ArithAbort when !set.IsOn && option is SetOptions.AnsiNulls or SetOptions.ConcatNullYieldsNull:
                            throw SqlError.Unsupported($"SET {option} OFF");
                    }
                }

                return true;
            case SetTransactionIsolationLevelStatement level:
                Isolation = level.Level switch
                {
                    IsolationLevel.ReadUncommitted => Isolation.ReadUncommitted,
                    IsolationLevel.ReadCommitted => Isolation.ReadCommitted,
                    IsolationLevel.RepeatableRead => Isolation.RepeatableRead,
                    IsolationLevel.Serializable => Isolation.Serializable,
                    IsolationLevel.Snapshot => Isolation.Snapshot,
                    _ => throw SqlError.Unsupported($"isolation level {level.Level}"),
                };
                return true;
            case SetIdentityInsertStatement identity:
            {
                var relation = NewTranslator().Resolve(identity.Table);
                if (identity.IsOn && IdentityInsert != 0 && IdentityInsert != relation.Id)
                {
                    throw new SqlError(8107, $"IDENTITY_INSERT is already ON for another table. Cannot perform SET operation for table '{relation.Name}'.");
                }

                if (identity.IsOn && !relation.Columns.Any(c => c.IsIdentity))
                {
                    throw new SqlError(8106, $"Table '{relation.Name}' does not have the identity property. Cannot perform SET operation.");
                }

                IdentityInsert = identity.IsOn ? relation.Id : 0;
                return true;
            }

            case SetCommandStatement commands:
                foreach (var command in commands.Commands.OfType<GeneralSetCommand>())
                {
                    switch (command.CommandType)
                    {
                        case GeneralSetCommandType.LockTimeout:
                            LockTimeout = (int)(long)Evaluate(command.Parameter).Value!;
                            break;
                        case GeneralSetCommandType.DeadlockPriority:
                            DeadlockPriority = command.Parameter is Literal { Value: var priority } and not IntegerLiteral
                                ? priority.ToUpperInvariant() switch { "LOW" => -5, "HIGH" => 5, _ => 0 }
                                : (int)(long)Evaluate(command.Parameter).Value!;
                            break;
                        case GeneralSetCommandType.DateFormat or GeneralSetCommandType.Language or GeneralSetCommandType.DateFirst or GeneralSetCommandType.ContextInfo
                            or GeneralSetCommandType.QueryGovernorCostLimit:
                            break;
                        default:
                            throw SqlError.Unsupported($"SET {command.CommandType}");
                    }
                }

                return true;
            case SetTextSizeStatement:
                return true;
            default:
                return false;
        }
    }

    private Flow RunTry(TryCatchStatement statement)
    {
        var depth = _tryDepth;
        _tryDepth++;
        try
        {
            var flow = RunAll(statement.TryStatements.Statements);
            _tryDepth = depth;
            return flow;
        }
        catch (SqlError e) when (e.Severity < 20)
        {
            _tryDepth = depth;
            if (TransactionCount > 0 && ((XactAbort && !e.IsRaised) || e.EndsTransaction))
            {
                _isDoomed = true;
            }

            _lastError = e.Number;
            var outer = _caught;
            _caught = e;
            try
            {
                return RunAll(statement.CatchStatements.Statements);
            }
            finally
            {
                _caught = outer;
            }
        }
        finally
        {
            _tryDepth = depth;
        }
    }

    private SqlError Thrown(ThrowStatement statement)
    {
        if (statement.ErrorNumber is null)
        {
            return _caught is { } caught
                ? new SqlError(caught.Number, caught.Message, caught.Severity, caught.State) { IsThrown = true, Line = caught.Line }
                : new SqlError(10704, "To rethrow an error, a THROW statement must be used inside a CATCH block.", 15);
        }

        var number = (long)Evaluate(statement.ErrorNumber).Value!;
        return number < 50000
            ? new SqlError(35100, $"Error number {number} in the THROW statement is outside the valid range. Specify an error number in the valid range of 50000 to 2147483647.")
            : new SqlError((int)number, Evaluate(statement.Message).Value as string ?? "", 16, (byte)(long)Evaluate(statement.State).Value!) { IsThrown = true };
    }

    private void Raise(RaiseErrorStatement statement)
    {
        var first = Evaluate(statement.FirstParameter);
        var severity = (byte)Math.Clamp((long)Evaluate(statement.SecondParameter).Value!, 0, 25);
        var state = (byte)Math.Clamp((long)Evaluate(statement.ThirdParameter).Value!, 0, 255);
        var text = first.Value as string ?? $"Error {first.Value}, severity {severity}, state {state} was raised, but no message with that error number was found in sys.messages.";
        foreach (var value in statement.OptionalParameters.Select(p => Evaluate(p).Value))
        {
            var at = text.IndexOf('%', StringComparison.Ordinal);
            if (at < 0)
            {
                break;
            }

            var end = at + 1;
            while (end < text.Length && !char.IsLetter(text[end]))
            {
                end++;
            }

            text = text[..at] + System.Convert.ToString(value ?? "(null)", CultureInfo.InvariantCulture) + text[Math.Min(text.Length, end + 1)..];
        }

        var number = first.Value is long n ? (int)n : 50000;
        if (severity <= 10)
        {
            Inform(number, state, severity, text);
            return;
        }

        throw new SqlError(number, text, severity, state) { IsRaised = true };
    }

    private void Declare(DeclareVariableElement element)
    {
        var name = element.VariableName.Value;
        var type = Translator.DeclaredOrOne(element.DataType);
        if (_frame.Variables.ContainsKey(name))
        {
            throw new SqlError(134, $"The variable name '{name}' has already been declared. Variable names must be unique within a query batch or stored procedure.", 15, 2);
        }

        var variable = new Variable(type);
        if (element.Value is not null)
        {
            variable.Value = Assignable(element.Value, type);
        }

        _frame.Variables[name] = variable;
    }

    private object? Assignable(ScalarExpression expression, SqlType type)
    {
        var (value, from) = Evaluate(expression);
        Conversion.CheckImplicit(from, type);
        return Conversion.Convert(value, from, type);
    }

    private void SetVariable(SetVariableStatement set)
    {
        if (set.CursorDefinition is not null || set.FunctionCallExists)
        {
            throw SqlError.Unsupported("SET of a cursor or method");
        }

        var name = set.Variable.Name;
        if (!_frame.Variables.TryGetValue(name, out var variable))
        {
            throw new SqlError(137, $"Must declare the scalar variable \"{name}\".", 15, 2);
        }

        var expression = set.AssignmentKind == AssignmentKind.Equals ? set.Expression : new BinaryExpression
        {
            FirstExpression = set.Variable,
            SecondExpression = set.Expression,
            BinaryExpressionType = set.AssignmentKind switch
            {
                AssignmentKind.AddEquals => BinaryExpressionType.Add,
                AssignmentKind.SubtractEquals => BinaryExpressionType.Subtract,
                AssignmentKind.MultiplyEquals => BinaryExpressionType.Multiply,
                _ => throw SqlError.Unsupported($"SET with {set.AssignmentKind}"),
            },
        };
        variable.Value = Assignable(expression, variable.Type);
    }

    /// <summary>The value of an expression outside a query.</summary>
    private (object? Value, SqlType Type) Evaluate(TSqlFragment fragment)
    {
        switch (fragment)
        {
            case VariableReference reference when _frame.Variables.TryGetValue(reference.Name, out var variable):
                return (variable.Value, variable.Type);
            case IntegerLiteral literal when int.TryParse(literal.Value, CultureInfo.InvariantCulture, out var number):
                return ((long)number, SqlType.Int);
            case IdentifierOrValueExpression or Identifier:
                return (fragment is Identifier i ? i.Value : ((IdentifierOrValueExpression)fragment).Value, SqlType.NVarChar(128));
            case IdentifierLiteral literal:
                return (literal.Value, SqlType.NVarChar(128));
            case ScalarExpression expression:
                var translator = NewTranslator();
                var expr = translator.Scalar(expression, new(null));
                return (Single("SELECT " + expr.Sql, translator), expr.Type);
            default:
                throw SqlError.Unsupported(fragment.GetType().Name);
        }
    }

    private bool Holds(BooleanExpression condition)
    {
        var translator = NewTranslator();
        var sql = $"SELECT CASE WHEN {translator.Condition(condition, new(null))} THEN 1 ELSE 0 END";
        if (TransactionCount > 0 && translator.NeedsWriter)
        {
            EnterWriter();
        }

        return Single(sql, translator) is 1L;
    }

    private object? Single(string sql, Translator translator)
    {
        using var command = Command(sql, translator);
        return Guard(() => command.ExecuteScalar(), null) is var value && value is DBNull ? null : value;
    }

    private void RollBackTo(string? name)
    {
        if (TransactionCount == 0)
        {
            throw new SqlError(3903, "The ROLLBACK TRANSACTION request has no corresponding BEGIN TRANSACTION.");
        }

        if (name is null || !_savepoints.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            RollBack();
            return;
        }

        if (_isDoomed)
        {
            throw new SqlError(3931, "The current transaction cannot be committed and cannot be rolled back to a savepoint. Roll back the entire transaction.");
        }

        Execute($"ROLLBACK TO {Relation.Quote("s_" + name.ToUpperInvariant())}");
    }

    public void Save(string name)
    {
        if (TransactionCount == 0)
        {
            throw new SqlError(628, "Cannot issue SAVE TRANSACTION when there is no active transaction.");
        }

        EnterWriter();
        Execute($"SAVEPOINT {Relation.Quote("s_" + name.ToUpperInvariant())}");
        _savepoints.Add(name);
    }

    public void RollBackRequest(string name) => RollBackTo(name.Length == 0 ? null : name);

    public void SetIsolation(byte level)
    {
        if (level is >= 1 and <= 5)
        {
            Isolation = (Isolation)level;
        }
    }

    private SqliteCommand Command(string sql, Translator translator)
    {
        var command = Sqlite.CreateCommand();
        command.CommandText = sql;

        // Only a snapshot that somebody wrote past stays busy: there it ends soon, as a conflict.
        command.CommandTimeout = Isolation == Isolation.Snapshot ? 1 : 60;
        foreach (var name in translator.Parameters)
        {
            if (name[0] == '$')
            {
                command.Parameters.AddWithValue("@s_" + Translator.ParameterName(name[1..].Trim('(', ')')), Value(name[1..]) ?? DBNull.Value);
            }
            else
            {
                command.Parameters.AddWithValue("@v_" + Translator.ParameterName(name), _frame.Variables[name].Value ?? DBNull.Value);
            }
        }

        return command;
    }

    /// <summary>Runs something in SQLite; its errors become those of SQL Server.</summary>
    private T Guard<T>(Func<T> work, Change? change)
    {
        try
        {
            return work();
        }
        catch (SqliteException e)
        {
            if (IsCancelled && e.SqliteErrorCode == raw.SQLITE_INTERRUPT)
            {
                AfterInterrupt();
                throw new CommandCancelled();
            }

            throw SqliteErrors.Translate(e, this, change);
        }
    }

    private void AfterInterrupt()
    {
        if (_hasSqliteTransaction && raw.sqlite3_get_autocommit(Sqlite.Handle) != 0)
        {
            RollBack();
        }
    }
}
