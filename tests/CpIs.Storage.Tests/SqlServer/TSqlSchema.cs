using CpIs.Storage.Source;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace CpIs.Storage.Tests.SqlServer;

/// <summary>A column as a migration makes it.</summary>
internal sealed record TSqlColumn(string Name, string Type, bool IsNullable, bool IsIdentity);

/// <summary>The tables that scripts create, with those views that the council gives and the few system views that are used.</summary>
internal sealed class TSqlSchema
{
    private static readonly Dictionary<string, string[]> SystemViews = new(StringComparer.Ordinal)
    {
        ["sys.tables"] = ["object_id", "name", "schema_id"],
        ["sys.objects"] = ["object_id", "name", "schema_id", "type"],
        ["sys.columns"] = ["object_id", "column_id", "name", "system_type_id", "user_type_id", "max_length"],
        ["sys.databases"] = ["database_id", "name", "is_read_committed_snapshot_on", "snapshot_isolation_state"],
    };

    private readonly Dictionary<string, IReadOnlyList<TSqlColumn>> _tables = new(StringComparer.Ordinal);

    /// <summary>Tables with their schema.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<TSqlColumn>> Tables => _tables;

    public static TSqlSchema Shipped()
    {
        var sql = new Sql("sqlserver");
        return Of([sql.Named("migrations/create"), .. sql.Migrations().Select(m => m.Text)]);
    }

    public static TSqlSchema Of(params IEnumerable<string> scripts)
    {
        var schema = new TSqlSchema();
        foreach (var script in scripts)
        {
            TSqlRules.Parse(script).Accept(new Reader(schema._tables));
        }

        return schema;
    }

    /// <summary>The names of a table's columns; null when there is no such table.</summary>
    public IReadOnlyList<string>? Columns(string name) =>
        _tables.TryGetValue(name, out var table) ? [.. table.Select(c => c.Name)]
        : SystemViews.TryGetValue(name, out var view) ? view
        : TableLayout.All.FirstOrDefault(t => "cpis." + t.View == name)?.Columns;

    private sealed class Reader(Dictionary<string, IReadOnlyList<TSqlColumn>> tables) : TSqlFragmentVisitor
    {
        public override void Visit(CreateTableStatement node)
        {
            var name = $"{node.SchemaObjectName.SchemaIdentifier?.Value}.{node.SchemaObjectName.BaseIdentifier.Value}";
            if (!tables.TryAdd(name, [.. node.Definition.ColumnDefinitions.Select(Column)]))
            {
                throw new InvalidDataException($"{name} is created twice");
            }
        }

        public override void Visit(AlterTableAddTableElementStatement node)
        {
            var name = $"{node.SchemaObjectName.SchemaIdentifier?.Value}.{node.SchemaObjectName.BaseIdentifier.Value}";
            tables[name] = [.. tables[name], .. node.Definition.ColumnDefinitions.Select(Column)];
        }

        private static TSqlColumn Column(ColumnDefinition column) => new(
            column.ColumnIdentifier.Value,
            string.Concat(column.DataType.ScriptTokenStream.Skip(column.DataType.FirstTokenIndex).Take(column.DataType.LastTokenIndex - column.DataType.FirstTokenIndex + 1).Select(t => t.Text)),
            column.Constraints.OfType<NullableConstraintDefinition>().FirstOrDefault()?.Nullable ?? true,
            column.IdentityOptions is not null);
    }
}
