using CpIs.Storage.Source;
using Microsoft.SqlServer.TransactSql.ScriptDom;
using Shouldly;

namespace CpIs.Storage.Tests.SqlServer;

/// <summary>The scripts that a DBA runs: rights, example views, removal, and what <c>db init --script</c> writes.</summary>
public sealed class SqlServerInstallTests
{
    private static readonly string[] Bulk = ["cpis.cpis_set_aside", "cpis.cpis_file_record", "cpis.cpis_file_record_child", "cpis.cpis_access_audit", "cpis.cpis_alert"];
    private static readonly Database Server = new("sqlserver", "Server=localhost;Database=care;Integrated Security=true");

    /// <summary>No right that no statement needs, and none missing.</summary>
    [Fact]
    public void The_engine_has_exactly_the_rights_that_its_statements_need()
    {
        var needed = new Needs();
        foreach (var (name, text) in new Sql("sqlserver").Statements.Where(s => s.Key is not ("migrations/create" or "migrations/record")))
        {
            TSqlRules.Parse(text).Accept(needed);
        }

        needed.Rights.UnionWith(Bulk.Select(t => (t, "INSERT")));
        needed.Rights.UnionWith(TSqlSchema.Shipped().Tables.Keys.Select(t => (t, "SELECT")));
        var granted = Grants("cpis_engine");
        needed.Rights.Except(granted).ShouldBeEmpty();
        granted.Except(needed.Rights).ShouldBeEmpty();
    }

    [Fact]
    public void The_care_system_may_read_trays_and_audit_and_complete_alerts_and_nothing_else() =>
        Grants("cpis_care_system").Order().ShouldBe(
            [("cpis.cpis_access_audit", "SELECT"), ("cpis.cpis_alert", "SELECT"), ("cpis.cpis_alert", "UPDATE(status,completed_at,completed_by)")]);

    [Fact]
    public void Uninstalling_drops_every_table_and_none_before_those_that_refer_to_it()
    {
        var dropped = new Drops();
        TSqlRules.Parse(Sql.Text("sqlserver/install/uninstall.sql")).Accept(dropped);
        dropped.Tables.Order(StringComparer.Ordinal).ShouldBe(TSqlSchema.Shipped().Tables.Keys.Order(StringComparer.Ordinal));
        var references = new References();
        foreach (var migration in new Sql("sqlserver").Migrations())
        {
            TSqlRules.Parse(migration.Text).Accept(references);
        }

        references.Pairs.ShouldNotBeEmpty();
        references.Pairs.Where(p => dropped.Tables.IndexOf(p.From) > dropped.Tables.IndexOf(p.To)).ShouldBeEmpty();
    }

    /// <summary>All tables that the engine writes, and those are all but the list of migrations.</summary>
    [Fact]
    public void Db_check_asks_for_the_rights_on_every_table_that_the_engine_writes()
    {
        var asked = new Listed();
        TSqlRules.Parse(new Sql("sqlserver").Named("check/advice")).Accept(asked);
        asked.Tables.ShouldBe(TSqlSchema.Shipped().Tables.Keys.Where(t => t != "cpis.cpis_migration"), ignoreOrder: true);
        asked.Tables.ShouldBe(Grants("cpis_engine").Where(g => g.Right == "INSERT").Select(g => g.Table), ignoreOrder: true);
    }

    [Theory]
    [InlineData("example-source-views-lcs.sql")]
    [InlineData("example-source-views-mosaic.sql")]
    public void Example_views_have_the_columns_and_types_of_the_contract_and_say_that_they_are_examples(string file)
    {
        var text = Sql.Text("sqlserver/install/" + file);
        text.ShouldStartWith("-- EXAMPLE, not to be run as it is.");
        var views = new Views();
        TSqlRules.Parse(text).Accept(views);
        views.Columns.Keys.ShouldBe(TableLayout.All.Select(t => "cpis." + t.View));
        foreach (var layout in TableLayout.All)
        {
            views.Columns["cpis." + layout.View].ShouldBe(layout.Columns.Select(c => (c, Wanted(c))));
        }

        static string Wanted(string column) => column switch
        {
            "date_of_birth" or "expected_date_of_birth" or "start_date" or "end_date" => "DATE",
            "is_unborn" or "held_by_other_authority" or "recorded_in_error" or "is_active" => "BIT",
            "changed_at" => "DATETIME2(3)",
            _ when column.EndsWith("_id", StringComparison.Ordinal) => "NVARCHAR(64)",
            _ => "NVARCHAR(200)",
        };
    }

    [Fact]
    public void The_script_for_a_DBA_parses_keeps_the_rules_and_applies_what_db_init_would()
    {
        var script = new Migrator(Server, TimeProvider.System).Script();
        TSqlRules.Problems(script).ShouldBeEmpty();
        TSqlSchema.Of(script).Tables.Keys.ShouldBe(TSqlSchema.Shipped().Tables.Keys);
        foreach (var migration in new Sql("sqlserver").Migrations())
        {
            script.ShouldContain($"VALUES ({migration.Number}, N'{migration.Name}', N'{migration.Checksum}', SYSUTCDATETIME());");
        }
    }

    [Theory]
    [InlineData("SELECT 1;\nGO\nSELECT 2;", 2)]
    [InlineData("SELECT 1;\ngo  \nSELECT N'GO';\nGO\n", 2)]
    [InlineData("SELECT 1;", 1)]
    public void A_script_is_cut_at_GO(string script, int batches) => Server.Provider.Batches(script).Count.ShouldBe(batches);

    private static HashSet<(string Table, string Right)> Grants(string role)
    {
        var grants = new GrantReader(role);
        TSqlRules.Parse(Sql.Text("sqlserver/install/roles.sql")).Accept(grants);
        return grants.Rights;
    }

    private static string NameOf(SchemaObjectName name) => $"{name.SchemaIdentifier?.Value}.{name.BaseIdentifier.Value}";

    private sealed class GrantReader(string role) : TSqlFragmentVisitor
    {
        public HashSet<(string, string)> Rights { get; } = [];

        public override void Visit(GrantStatement node)
        {
            if (node.Principals.Any(p => p.Identifier?.Value == role))
            {
                var table = string.Join('.', node.SecurityTargetObject.ObjectName.MultiPartIdentifier.Identifiers.Select(i => i.Value));
                node.SecurityTargetObject.Columns.ShouldBeEmpty("columns stand behind the right: behind the table not every server knows them");
                Rights.UnionWith(node.Permissions.Select(p => (
                    table,
                    string.Join(' ', p.Identifiers.Select(i => i.Value.ToUpperInvariant())) + (p.Columns.Count == 0 ? "" : "(" + string.Join(',', p.Columns.Select(c => c.Value)) + ")"))));
            }
        }
    }

    private sealed class Needs : TSqlFragmentVisitor
    {
        public HashSet<(string Table, string Right)> Rights { get; } = [];

        public override void Visit(NamedTableReference node)
        {
            if (node.SchemaObject.SchemaIdentifier?.Value == "cpis")
            {
                Rights.Add((NameOf(node.SchemaObject), "SELECT"));
            }
        }

        public override void Visit(InsertSpecification node) => Add(node.Target, "INSERT");

        public override void Visit(UpdateSpecification node) => Add(node.Target, "UPDATE");

        public override void Visit(DeleteSpecification node) => Add(node.Target, "DELETE");

        private void Add(TableReference table, string right) => Rights.Add((NameOf(((NamedTableReference)table).SchemaObject), right));
    }

    private sealed class Drops : TSqlFragmentVisitor
    {
        public List<string> Tables { get; } = [];

        public override void Visit(DropTableStatement node) => Tables.AddRange(node.Objects.Select(NameOf));
    }

    private sealed class Listed : TSqlFragmentVisitor
    {
        public List<string> Tables { get; } = [];

        public override void Visit(InlineDerivedTable node)
        {
            if (node.Alias.Value == "t")
            {
                Tables.AddRange(node.RowValues.Select(r => ((StringLiteral)r.ColumnValues[0]).Value));
            }
        }
    }

    private sealed class References : TSqlFragmentVisitor
    {
        private string _table = "";

        public List<(string From, string To)> Pairs { get; } = [];

        public override void Visit(CreateTableStatement node) => _table = NameOf(node.SchemaObjectName);

        public override void Visit(ForeignKeyConstraintDefinition node) => Pairs.Add((_table, NameOf(node.ReferenceTableName)));
    }

    private sealed class Views : TSqlFragmentVisitor
    {
        public Dictionary<string, List<(string Column, string Type)>> Columns { get; } = [];

        public override void Visit(CreateOrAlterViewStatement node) => Columns.Add(
            NameOf(node.SchemaObjectName),
            [.. ((QuerySpecification)node.SelectStatement.QueryExpression).SelectElements.Cast<SelectScalarExpression>().Select(e => (e.ColumnName.Value, TypeOf(e.Expression)))]);

        private static string TypeOf(ScalarExpression expression) => expression switch
        {
            CastCall cast => TextOf(cast.DataType),
            SearchedCaseExpression { WhenClauses: [{ ThenExpression: CastCall cast }, ..] } => TextOf(cast.DataType),
            SearchedCaseExpression { ElseExpression: CastCall cast } => TextOf(cast.DataType),
            _ => expression.GetType().Name,
        };

        private static string TextOf(TSqlFragment node) =>
            string.Concat(node.ScriptTokenStream.Skip(node.FirstTokenIndex).Take(node.LastTokenIndex - node.FirstTokenIndex + 1).Select(t => t.Text));
    }
}
