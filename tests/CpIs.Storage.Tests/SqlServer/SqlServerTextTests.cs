using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using Microsoft.SqlServer.TransactSql.ScriptDom;
using Shouldly;

namespace CpIs.Storage.Tests.SqlServer;

/// <summary>What can be said of the T-SQL without a server: it parses, keeps the house's rules, names what there is, and fits the SQLite twin.</summary>
public sealed partial class SqlServerTextTests : IDisposable
{
    /// <summary>Statements that one database alone has: its settings and locks, and the embedded care tables.</summary>
    private static readonly string[] OwnGroups = ["connection/", "care/"];

    private static readonly Sql Server = new("sqlserver");
    private static readonly Sql Embedded = new("sqlite");
    private readonly TestFolder _folder = new();

    public static TheoryData<string> Names => new(Server.Statements.Keys.Order(StringComparer.Ordinal));

    public static TheoryData<string> Twins => new(Server.Statements.Keys.Where(IsShared).Order(StringComparer.Ordinal));

    public static TheoryData<string> Files => new(Directory
        .EnumerateFiles(Folder, "*.sql", SearchOption.AllDirectories)
        .Select(f => Path.GetRelativePath(Folder, f).Replace('\\', '/'))
        .Order(StringComparer.Ordinal));

    private static string Folder { get; } = Path.Combine(Root(), "sql", "sqlserver");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_parses_and_keeps_the_rules(string file) => TSqlRules.Problems(File.ReadAllText(Path.Combine(Folder, file))).ShouldBeEmpty();

    [Theory]
    [MemberData(nameof(Names))]
    public void A_statement_parses_keeps_the_rules_and_names_what_there_is(string name)
    {
        TSqlRules.Problems(Server.Named(name)).ShouldBeEmpty();
        TSqlBinder.Bind(TSqlSchema.Shipped(), Server.Named(name)).Problems.ShouldBeEmpty();
    }

    [Fact]
    public void Migrations_name_what_there_is() =>
        Server.Migrations().SelectMany(m => TSqlBinder.Bind(TSqlSchema.Shipped(), m.Text).Problems).ShouldBeEmpty();

    [Theory]
    [InlineData("SELECT nhs_number FROM cpis.cpis_ledger WHERE", "line 1")]
    [InlineData("MERGE cpis.a AS t USING cpis.b AS s ON t.x = s.x WHEN MATCHED THEN DELETE;", "MERGE")]
    [InlineData("SELECT * FROM cpis.cpis_ledger", "SELECT *")]
    [InlineData("SELECT l.* FROM cpis.cpis_ledger AS l", "SELECT *")]
    [InlineData("SELECT state FROM cpis.cpis_ledger WITH (NOLOCK)", "NOLOCK")]
    [InlineData("SELECT state FROM cpis.cpis_ledger WITH (READUNCOMMITTED)", "NOLOCK")]
    [InlineData("SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED", "READ UNCOMMITTED")]
    [InlineData("CREATE TABLE cpis.t (a TEXT)", "deprecated type TEXT")]
    [InlineData("CREATE TABLE cpis.t (a NTEXT)", "deprecated type NTEXT")]
    [InlineData("CREATE TABLE cpis.t (a IMAGE)", "deprecated type IMAGE")]
    [InlineData("CREATE TABLE cpis.t (a DATETIME)", "deprecated type DATETIME")]
    [InlineData("CREATE TABLE cpis.t (a SMALLDATETIME)", "deprecated type SMALLDATETIME")]
    [InlineData("CREATE TABLE cpis.t (a TIMESTAMP)", "deprecated type TIMESTAMP")]
    [InlineData("CREATE TABLE cpis.t (a SQL_VARIANT)", "deprecated type SQL_VARIANT")]
    [InlineData("SELECT CAST(state AS DATETIME) FROM cpis.cpis_ledger", "deprecated type DATETIME")]
    [InlineData("CREATE TABLE cpis.t (a VARCHAR(10))", "text that is not NVARCHAR")]
    [InlineData("EXEC (N'DROP TABLE ' + @name)", "EXEC of a text that is put together")]
    [InlineData("EXEC (@text)", "EXEC of a text that is put together")]
    [InlineData("EXEC sp_executesql @text", "EXEC of a text that is put together")]
    [InlineData("UPDATE cpis.cpis_file SET status = N'void' OUTPUT INSERTED.file_number WHERE status = N'ready'", "OUTPUT without INTO")]
    [InlineData("INSERT INTO cpis.cpis_trail (at) OUTPUT INSERTED.trail_id VALUES (@at)", "OUTPUT without INTO")]
    [InlineData("DELETE FROM cpis.cpis_lapse OUTPUT DELETED.plan_type", "OUTPUT without INTO")]
    public void A_rule_that_is_broken_is_found(string text, string problem) =>
        TSqlRules.Problems(text).ShouldHaveSingleItem().ShouldContain(problem);

    [Theory]
    [InlineData("SELECT state FROM cpis_ledger", "no table .cpis_ledger")]
    [InlineData("SELECT state FROM cpis.cpis_legder", "no table cpis.cpis_legder")]
    [InlineData("SELECT sate FROM cpis.cpis_ledger", "no column sate")]
    [InlineData("SELECT l.sate FROM cpis.cpis_ledger AS l", "no column sate in l")]
    [InlineData("SELECT x.state FROM cpis.cpis_ledger AS l", "no table x")]
    [InlineData("SELECT state FROM cpis.cpis_ledger WHERE holder = @holder", "no column holder")]
    [InlineData("SELECT state FROM cpis.cpis_ledger GROUP BY sate", "no column sate")]
    [InlineData("SELECT state FROM cpis.cpis_ledger ORDER BY sate", "no column sate")]
    [InlineData("SELECT outcome FROM cpis.cpis_file AS f JOIN cpis.cpis_file_record AS r ON r.file_number = f.file_number", "column outcome of more than one table")]
    [InlineData("SELECT l.state FROM cpis.cpis_ledger AS l WHERE EXISTS (SELECT 1 FROM cpis.cpis_lapse AS p WHERE p.nhs_nmber = l.nhs_number)", "no column nhs_nmber in p")]
    [InlineData("SELECT d.y FROM (SELECT state AS x FROM cpis.cpis_ledger) AS d", "no column y in d")]
    [InlineData("SELECT state FROM cpis.cpis_ledger UNION ALL SELECT state, holder_id FROM cpis.cpis_ledger", "a union of 1 and 2 columns")]
    [InlineData("INSERT INTO cpis.cpis_transport_state (state_key, state_value) VALUES (@key)", "INSERT of 1 values into 2 columns")]
    [InlineData("INSERT INTO cpis.cpis_transport_state (state_key, state_value) SELECT state FROM cpis.cpis_ledger", "INSERT of 1 values into 2 columns")]
    [InlineData("INSERT INTO cpis.cpis_transport_state (state_key) VALUES (@key)", "INSERT without state_value")]
    [InlineData("INSERT INTO cpis.cpis_transport_state (state_key, state_value, extra) VALUES (@a, @b, @c)", "no column extra in cpis_transport_state")]
    [InlineData("INSERT INTO cpis.cpis_transport_state (state_key, state_value, state_key) VALUES (@a, @b, @c)", "column state_key twice")]
    [InlineData("INSERT INTO cpis.cpis_transport_state (state_key, state_value) OUTPUT INSERTED.id VALUES (@a, @b)", "no column id in INSERTED")]
    [InlineData("DECLARE @a TABLE (x INT); INSERT INTO cpis.cpis_transport_state (state_key, state_value) OUTPUT INSERTED.state_key INTO @a (y) VALUES (@a, @b)", "no column y in OUTPUT INTO")]
    [InlineData("DECLARE @a TABLE (x INT); DELETE FROM cpis.cpis_lapse OUTPUT DELETED.plan_tipe INTO @a (x)", "no column plan_tipe in DELETED")]
    [InlineData("DELETE FROM cpis.cpis_lapse OUTPUT DELETED.plan_type INTO @a (x)", "no table @a")]
    [InlineData("SELECT @a = sate FROM cpis.cpis_ledger", "no column sate")]
    [InlineData("SELECT State FROM cpis.cpis_ledger", "no column State")]
    [InlineData("SELECT l.state FROM cpis.cpis_ledger AS L", "no table l")]
    [InlineData("SELECT state FROM cpis.CPIS_ledger", "no table cpis.CPIS_ledger")]
    [InlineData("UPDATE cpis.cpis_ledger SET sate = @state", "no column sate")]
    [InlineData("UPDATE cpis.cpis_ledger SET state = sate", "no column sate")]
    [InlineData("DELETE FROM cpis.cpis_ledger WHERE sate = @state", "no column sate")]
    [InlineData("CREATE INDEX i ON cpis.cpis_ledger (sate)", "no column sate")]
    [InlineData("CREATE INDEX i ON cpis.cpis_ledger (state) WHERE sate = 1", "no column sate")]
    [InlineData("CREATE TABLE cpis.t (a INT REFERENCES cpis.cpis_run (id))", "no column id in cpis.cpis_run")]
    [InlineData("CREATE TABLE cpis.t (a INT CHECK (b > 1))", "no column b")]
    public void A_name_that_is_not_there_is_found(string text, string problem) =>
        TSqlBinder.Bind(TSqlSchema.Shipped(), text).Problems[0].ShouldContain(problem);

    /// <summary>"user options" of a server and a client's library can have them otherwise, and some are needed by filtered indexes (error 1934).</summary>
    [Theory]
    [InlineData(SetOptions.AnsiNulls, true)]
    [InlineData(SetOptions.AnsiPadding, true)]
    [InlineData(SetOptions.AnsiWarnings, true)]
    [InlineData(SetOptions.ArithAbort, true)]
    [InlineData(SetOptions.ConcatNullYieldsNull, true)]
    [InlineData(SetOptions.QuotedIdentifier, true)]
    [InlineData(SetOptions.XactAbort, true)]
    [InlineData(SetOptions.NumericRoundAbort, false)]
    [InlineData(SetOptions.NoCount, false)]
    [InlineData(SetOptions.ImplicitTransactions, false)]
    public void A_session_begins_with_every_option_as_the_engine_needs_it(SetOptions option, bool isOn)
    {
        var sets = TSqlRules.Parse(Server.Named("connection/open")).Batches[0].Statements.OfType<PredicateSetStatement>();
        sets.Where(s => s.Options.HasFlag(option)).ShouldHaveSingleItem().IsOn.ShouldBe(isOn);
    }

    /// <summary>Views of schema cpis reach the care system's tables in dbo without rights of their own only if both belong to one owner.</summary>
    [Fact]
    public void The_schema_belongs_to_dbo_also_when_another_owner_of_the_database_makes_it() =>
        Server.Named("migrations/create").ShouldContain("IF SCHEMA_ID(N'cpis') IS NULL AND USER_NAME() <> N'dbo' AND IS_ROLEMEMBER(N'db_owner') = 1\n    EXEC (N'CREATE SCHEMA cpis AUTHORIZATION dbo');");

    /// <summary>On Babelfish such a lock belongs to all databases of the server.</summary>
    [Fact]
    public void An_application_lock_has_the_databases_name_in_its_own()
    {
        var texts = new[] { Server.Named("connection/lock"), Server.Named("connection/is_locked"), new Migrator(new Database("sqlserver", "Server=localhost;Database=care"), TimeProvider.System).Script() };
        foreach (var line in texts.SelectMany(t => t.Split('\n')).Where(l => l.Contains("applock", StringComparison.OrdinalIgnoreCase)))
        {
            (line.Contains("DB_NAME()", StringComparison.Ordinal) || line.Contains("@Resource = @name", StringComparison.Ordinal)).ShouldBeTrue(line);
        }
    }

    /// <summary>What takes a row away from others: an UPDATE that says what it took. It locks that row alone, and passes those that somebody else is taking.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void A_claim_is_an_UPDATE_over_a_keyed_subquery_that_locks_its_row_and_passes_locked_ones(string name) => Claims.Problems(Server.Named(name)).ShouldBeEmpty();

    [Fact]
    public void The_sending_of_a_file_begins_with_a_claim()
    {
        var begins = Server.Statements.Where(s => s.Value.Contains("SET status = N'sending'", StringComparison.Ordinal)).ToList();
        begins.ShouldHaveSingleItem().Value.ShouldContain("OUTPUT");
        Embedded.Named(begins[0].Key).ShouldContain("RETURNING");
    }

    [Theory]
    [InlineData("UPDATE cpis.cpis_file SET status = N'sending' OUTPUT INSERTED.file_number WHERE status = N'ready'", "no keyed subquery")]
    [InlineData("UPDATE cpis.cpis_file SET status = N'sending' OUTPUT INSERTED.file_number WHERE file_number IN (SELECT f.file_number FROM cpis.cpis_file AS f WITH (ROWLOCK, UPDLOCK))", "no keyed subquery")]
    [InlineData("UPDATE cpis.cpis_file SET status = N'sending' OUTPUT INSERTED.file_number WHERE file_number = (SELECT MIN(f.file_number) FROM cpis.cpis_file AS f WHERE f.status = N'ready')", "without ROWLOCK, UPDLOCK, READPAST")]
    [InlineData("UPDATE cpis.cpis_file SET status = N'sending' OUTPUT INSERTED.file_number WHERE file_number = (SELECT f.file_number FROM cpis.cpis_file AS f WITH (UPDLOCK, READPAST))", "without ROWLOCK")]
    [InlineData("SELECT file_number FROM cpis.cpis_file WITH (READPAST)", "READPAST outside of a claim")]
    public void A_claim_of_another_form_is_found(string text, string problem) => Claims.Problems(text).ShouldHaveSingleItem().ShouldContain(problem);

    [Fact]
    public void Both_databases_have_the_same_statements() =>
        Server.Statements.Keys.Where(IsShared).Order(StringComparer.Ordinal).ShouldBe(Embedded.Statements.Keys.Where(IsShared).Order(StringComparer.Ordinal));

    [Fact]
    public void Both_databases_have_the_same_migrations() =>
        Server.Migrations().Select(m => m.Name).ShouldBe(Embedded.Migrations().Select(m => m.Name));

    [Theory]
    [MemberData(nameof(Twins))]
    public void Both_twins_take_the_same_parameters(string name) =>
        TSqlBinder.Bind(TSqlSchema.Shipped(), Server.Named(name)).Parameters.Order(StringComparer.Ordinal)
            .ShouldBe(Parameter().Matches(Embedded.Named(name)).Select(m => m.Groups[1].Value).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public async Task Both_twins_give_the_same_columns()
    {
        await _folder.NewDatabaseAsync();
        await using var connection = new SqliteConnection($"Data Source={_folder.At("cpis.db")};Pooling=False");
        await connection.OpenAsync();
        foreach (var name in Embedded.Statements.Keys.Where(IsShared).Where(n => n != "migrations/create"))
        {
            var server = TSqlBinder.Bind(TSqlSchema.Shipped(), Server.Named(name)).Columns;
            var embedded = ResultOf(connection, Embedded.Named(name));
            (server?.Count ?? 0).ShouldBe(embedded.Count, name);
            foreach (var (mine, theirs) in (server ?? []).Zip(embedded))
            {
                if (mine is not null || embedded.Count > 1)
                {
                    mine.ShouldBe(theirs, name);
                }
            }
        }
    }

    [Fact]
    public async Task Both_databases_have_the_same_columns_in_the_same_order()
    {
        await _folder.NewDatabaseAsync();
        await using var connection = new SqliteConnection($"Data Source={_folder.At("cpis.db")};Pooling=False");
        await connection.OpenAsync();
        var embedded = new Dictionary<string, List<(string Name, bool IsNullable)>>(StringComparer.Ordinal);
        foreach (var row in Dapper.SqlMapper.Query<(string Table, string Name, long NotNull, long Key)>(
            connection,
            """
            SELECT t.name, c.name, c."notnull", c.pk FROM sqlite_schema t, pragma_table_info(t.name) c
            WHERE t.type = 'table' AND t.name LIKE 'cpis%' ORDER BY t.name, c.cid
            """))
        {
            (embedded.TryGetValue(row.Table, out var columns) ? columns : embedded[row.Table] = []).Add((row.Name, row is { NotNull: 0, Key: 0 }));
        }

        var server = TSqlSchema.Shipped().Tables.Where(t => t.Key != "cpis.cpis_run_lock").ToDictionary(t => t.Key["cpis.".Length..], t => t.Value);
        server.Keys.Order(StringComparer.Ordinal).ShouldBe(embedded.Keys.Order(StringComparer.Ordinal));
        foreach (var (table, columns) in server)
        {
            columns.Select(c => (c.Name, c.IsNullable)).ShouldBe(embedded[table], table);
        }
    }

    /// <summary>A text that is compared or ordered must be so by code point, whatever the database's collation is.</summary>
    [Fact]
    public void Ids_codes_and_keys_have_a_binary_collation()
    {
        var visitor = new Definitions();
        foreach (var text in Server.Migrations().Select(m => m.Text).Append(Server.Named("migrations/create")))
        {
            TSqlRules.Parse(text).Accept(visitor);
        }

        visitor.Keys.ShouldNotBeEmpty();
        visitor.Keys.Except(visitor.Binary).ShouldBeEmpty();
    }

    /// <summary>900 bytes for a primary key, which orders the table, and 1,700 for other indexes: a longer key is only found with the row that does not fit.</summary>
    [Fact]
    public void No_key_can_be_longer_than_an_index_holds()
    {
        var keys = new KeySizes();
        foreach (var text in Server.Migrations().Select(m => m.Text).Append(Server.Named("migrations/create")))
        {
            TSqlRules.Parse(text).Accept(keys);
        }

        keys.Found.Count.ShouldBeGreaterThan(20);
        keys.Found.Where(k => k.Bytes > (k.IsPrimary ? 900 : 1700)).ShouldBeEmpty();
    }

    [Fact]
    public void Constraints_have_names_that_nothing_else_has()
    {
        var visitor = new Definitions();
        foreach (var text in Server.Migrations().Select(m => m.Text).Append(Server.Named("migrations/create")))
        {
            TSqlRules.Parse(text).Accept(visitor);
        }

        visitor.Unnamed.ShouldBeEmpty();
        visitor.Names.GroupBy(n => n, StringComparer.OrdinalIgnoreCase).Where(g => g.Skip(1).Any()).Select(g => g.Key).ShouldBeEmpty();
    }

    private static bool IsShared(string name) => !OwnGroups.Any(g => name.StartsWith(g, StringComparison.Ordinal));

    private static List<string> ResultOf(SqliteConnection connection, string text)
    {
        using var transaction = connection.BeginTransaction();
        using var command = connection.CreateCommand();
        command.CommandText = text;
        foreach (Match parameter in Parameter().Matches(text))
        {
            if (!command.Parameters.Contains(parameter.Value))
            {
                command.Parameters.AddWithValue(parameter.Value, DBNull.Value);
            }
        }

        try
        {
            using var reader = command.ExecuteReader();
            return [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)];
        }
        catch (SqliteException e) when (e.SqliteErrorCode == SQLitePCL.raw.SQLITE_CONSTRAINT)
        {
            // Only writing statements meet a constraint; what they return stands behind RETURNING.
            return [.. Returning().Matches(text).Select(m => m.Groups[1].Value)];
        }
        catch (SqliteException e) when (e.SqliteErrorCode == SQLitePCL.raw.SQLITE_MISMATCH)
        {
            // LIMIT takes no null.
            command.Parameters.Cast<SqliteParameter>().ToList().ForEach(p => p.Value = 1);
            using var reader = command.ExecuteReader();
            return [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)];
        }
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "CpIs.Batch.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests do not run inside the repository.");
    }

    [GeneratedRegex(@"@([A-Za-z]\w*)")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"RETURNING (\w+)")]
    private static partial Regex Returning();

    private sealed class Claims : TSqlFragmentVisitor
    {
        private static readonly TableHintKind[] Wanted = [TableHintKind.Rowlock, TableHintKind.UpdLock, TableHintKind.ReadPast];
        private readonly List<string> _problems = [];
        private readonly List<NamedTableReference> _claimed = [];

        public static List<string> Problems(string text)
        {
            var claims = new Claims();
            TSqlRules.Parse(text).Accept(claims);
            return claims._problems;
        }

        public override void ExplicitVisit(UpdateSpecification node)
        {
            if (node.OutputClause is not null || node.OutputIntoClause is not null)
            {
                var keyed = new KeyedSubqueries();
                node.WhereClause?.Accept(keyed);
                if (keyed.Tables.Count != 1)
                {
                    _problems.Add("UPDATE with OUTPUT and no keyed subquery");
                }
                else if (Wanted.Except(keyed.Tables[0].TableHints.Select(h => h.HintKind)).ToList() is { Count: > 0 } missing)
                {
                    _problems.Add("a claim without " + string.Join(", ", missing).ToUpperInvariant());
                }

                _claimed.AddRange(keyed.Tables);
            }

            base.ExplicitVisit(node);
        }

        public override void Visit(NamedTableReference node)
        {
            if (node.TableHints.Any(h => h.HintKind == TableHintKind.ReadPast) && !_claimed.Contains(node))
            {
                _problems.Add("READPAST outside of a claim");
            }
        }
    }

    private sealed class KeySizes : TSqlFragmentVisitor
    {
        private readonly Dictionary<string, int> _bytes = new(StringComparer.Ordinal);
        private string _table = "";

        public List<(string Name, bool IsPrimary, int Bytes)> Found { get; } = [];

        public override void Visit(CreateTableStatement node)
        {
            _table = node.SchemaObjectName.BaseIdentifier.Value;
            foreach (var column in node.Definition.ColumnDefinitions)
            {
                var name = column.ColumnIdentifier.Value;
                _bytes[_table + "." + name] = column.DataType is SqlDataTypeReference { SqlDataTypeOption: SqlDataTypeOption.NVarChar, Parameters: [var length] }
                    ? length is MaxLiteral ? int.MaxValue / 100 : 2 * int.Parse(length.Value, System.Globalization.CultureInfo.InvariantCulture)
                    : 8;
                foreach (var key in column.Constraints.OfType<UniqueConstraintDefinition>())
                {
                    Found.Add((key.ConstraintIdentifier.Value, key.IsPrimaryKey, _bytes[_table + "." + name]));
                }
            }

            foreach (var key in node.Definition.TableConstraints.OfType<UniqueConstraintDefinition>())
            {
                Found.Add((key.ConstraintIdentifier.Value, key.IsPrimaryKey, Size(_table, key.Columns)));
            }
        }

        public override void Visit(CreateIndexStatement node) => Found.Add((node.Name.Value, false, Size(node.OnName.BaseIdentifier.Value, node.Columns)));

        private int Size(string table, IEnumerable<ColumnWithSortOrder> columns) => columns.Sum(c => _bytes[table + "." + c.Column.MultiPartIdentifier.Identifiers[^1].Value]);
    }

    /// <summary>What stands on the right of <c>column = (SELECT ...)</c>.</summary>
    private sealed class KeyedSubqueries : TSqlFragmentVisitor
    {
        public List<NamedTableReference> Tables { get; } = [];

        public override void Visit(BooleanComparisonExpression node)
        {
            if (node is { ComparisonType: BooleanComparisonType.Equals, FirstExpression: ColumnReferenceExpression, SecondExpression: ScalarSubquery { QueryExpression: QuerySpecification query } })
            {
                Tables.AddRange(query.FromClause.TableReferences.OfType<NamedTableReference>());
            }
        }
    }

    private sealed class Definitions : TSqlFragmentVisitor
    {
        private string _table = "";

        /// <summary>Text columns of keys, indexes and checks, as table and column.</summary>
        public HashSet<string> Keys { get; } = new(StringComparer.Ordinal);

        public HashSet<string> Binary { get; } = new(StringComparer.Ordinal);

        public List<string> Names { get; } = [];

        public List<string> Unnamed { get; } = [];

        public override void Visit(CreateTableStatement node)
        {
            _table = node.SchemaObjectName.BaseIdentifier.Value;
            Names.Add(_table);
            foreach (var column in node.Definition.ColumnDefinitions)
            {
                var name = _table + "." + column.ColumnIdentifier.Value;
                if (column.DataType is not SqlDataTypeReference { SqlDataTypeOption: SqlDataTypeOption.NVarChar } || column.Collation?.Value == "Latin1_General_100_BIN2")
                {
                    Binary.Add(name);
                }

                if (column.Constraints.Any(c => c is UniqueConstraintDefinition or ForeignKeyConstraintDefinition or CheckConstraintDefinition)
                    || column.ColumnIdentifier.Value.EndsWith("_id", StringComparison.Ordinal) && column.ColumnIdentifier.Value is not ("query_id" or "given_local_id")
                    || column.ColumnIdentifier.Value is "status" or "state" or "kind" or "outcome" or "checksum")
                {
                    Keys.Add(name);
                }
            }

            foreach (var key in node.Definition.TableConstraints.OfType<UniqueConstraintDefinition>().SelectMany(u => u.Columns))
            {
                Keys.Add(_table + "." + key.Column.MultiPartIdentifier.Identifiers[^1].Value);
            }
        }

        public override void Visit(CreateIndexStatement node) =>
            Keys.UnionWith(node.Columns.Select(c => node.OnName.BaseIdentifier.Value + "." + c.Column.MultiPartIdentifier.Identifiers[^1].Value));

        public override void Visit(ConstraintDefinition node)
        {
            if (node is NullableConstraintDefinition)
            {
                return;
            }

            if (node.ConstraintIdentifier is { } name)
            {
                Names.Add(name.Value);
            }
            else
            {
                Unnamed.Add($"{_table}: {node.GetType().Name}");
            }
        }
    }
}
