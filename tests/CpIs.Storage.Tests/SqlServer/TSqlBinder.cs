using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace CpIs.Storage.Tests.SqlServer;

/// <summary>What the statements of one text read, and what is wrong with the names in it.</summary>
/// <param name="Problems">Names that the schema does not have, and numbers of columns and values that do not match.</param>
/// <param name="Parameters">Variables that the text uses and does not declare, without the @.</param>
/// <param name="Columns">Names of the first result's columns, null for one without a name; null when there is no result.</param>
internal sealed record Bound(IReadOnlyList<string> Problems, IReadOnlySet<string> Parameters, IReadOnlyList<string?>? Columns);

/// <summary>
/// Resolves every table and column that a text names, letter case counting, as it does in a database or on a server whose collation is so. A light
/// stand-in for what SQL Server does when it compiles a statement.
/// </summary>
internal sealed class TSqlBinder(TSqlSchema schema)
{
    private static readonly HashSet<string> DatePartFunctions = new(StringComparer.OrdinalIgnoreCase) { "DATEDIFF", "DATEDIFF_BIG", "DATEADD", "DATEPART" };
    private readonly List<string> _problems = [];
    private readonly Dictionary<string, IReadOnlyList<string>> _tableVariables = new(StringComparer.Ordinal);
    private IReadOnlyList<string?>? _columns;

    public static Bound Bind(TSqlSchema schema, string text)
    {
        var binder = new TSqlBinder(schema);
        var script = TSqlRules.Parse(text);
        var variables = new Variables();
        script.Accept(variables);
        script.Accept(new Statements(binder));
        return new Bound(binder._problems, variables.Used.Except(variables.Declared, StringComparer.Ordinal).ToHashSet(StringComparer.Ordinal), binder._columns);
    }

    private List<string?> Query(QueryExpression query, Scope? outer)
    {
        switch (query)
        {
            case QueryParenthesisExpression inner:
                return Query(inner.QueryExpression, outer);
            case BinaryQueryExpression both:
                var first = Query(both.FirstQueryExpression, outer);
                var second = Query(both.SecondQueryExpression, outer);
                if (first.Count != second.Count)
                {
                    _problems.Add($"a union of {first.Count} and {second.Count} columns");
                }

                return first;
            case QuerySpecification select:
                return Select(select, outer);
            default:
                _problems.Add("a query of kind " + query.GetType().Name);
                return [];
        }
    }

    private List<string?> Select(QuerySpecification select, Scope? outer)
    {
        var scope = new Scope(outer);
        foreach (var table in select.FromClause?.TableReferences ?? [])
        {
            From(table, scope);
        }

        var columns = new List<string?>();
        foreach (var element in select.SelectElements.OfType<SelectScalarExpression>())
        {
            Expression(element.Expression, scope);
            columns.Add(element.ColumnName?.Value ?? (element.Expression as ColumnReferenceExpression)?.MultiPartIdentifier.Identifiers[^1].Value);
        }

        foreach (var set in select.SelectElements.OfType<SelectSetVariable>())
        {
            Expression(set.Expression, scope);
        }

        Expression(select.TopRowFilter, scope);
        Expression(select.WhereClause, scope);
        Expression(select.GroupByClause, scope);
        Expression(select.HavingClause, scope);
        scope.Results = columns;
        Expression(select.OrderByClause, scope);
        return columns;
    }

    private void From(TableReference table, Scope scope)
    {
        switch (table)
        {
            case NamedTableReference named:
                Table(named, scope);
                break;
            case VariableTableReference variable:
                scope.Add(variable.Alias?.Value ?? variable.Variable.Name, TableVariable(variable));
                break;
            case QueryDerivedTable derived:
                scope.Add(derived.Alias.Value, Query(derived.QueryExpression, scope.Outer).OfType<string>());
                break;
            case QualifiedJoin join:
                From(join.FirstTableReference, scope);
                From(join.SecondTableReference, scope);
                Expression(join.SearchCondition, scope);
                break;
            case UnqualifiedJoin join:
                From(join.FirstTableReference, scope);
                From(join.SecondTableReference, scope);
                break;
            case InlineDerivedTable values:
                foreach (var value in values.RowValues.SelectMany(r => r.ColumnValues))
                {
                    Expression(value, scope.Outer ?? new Scope(null));
                }

                scope.Add(values.Alias.Value, values.Columns.Select(c => c.Value));
                break;
            default:
                _problems.Add("a table of kind " + table.GetType().Name);
                break;
        }
    }

    private IReadOnlyList<string> Table(NamedTableReference table, Scope scope)
    {
        var name = $"{table.SchemaObject.SchemaIdentifier?.Value}.{table.SchemaObject.BaseIdentifier.Value}";
        var columns = schema.Columns(name);
        if (columns is null)
        {
            _problems.Add("no table " + name);
        }

        scope.Add(table.Alias?.Value ?? table.SchemaObject.BaseIdentifier.Value, columns ?? []);
        return columns ?? [];
    }

    private IReadOnlyList<string> TableVariable(VariableTableReference table)
    {
        if (_tableVariables.TryGetValue(table.Variable.Name, out var columns))
        {
            return columns;
        }

        _problems.Add("no table " + table.Variable.Name);
        return [];
    }

    private void Expression(TSqlFragment? expression, Scope scope) => expression?.Accept(new Expressions(this, scope));

    private void Insert(InsertSpecification insert)
    {
        var scope = new Scope(null);
        var target = (NamedTableReference)insert.Target;
        var known = Table(target, scope);
        var named = insert.Columns.Select(c => c.MultiPartIdentifier.Identifiers[^1].Value).ToList();
        foreach (var column in named.Except(known, StringComparer.Ordinal))
        {
            _problems.Add($"no column {column} in {target.SchemaObject.BaseIdentifier.Value}");
        }

        foreach (var twice in named.GroupBy(c => c, StringComparer.Ordinal).Where(g => g.Skip(1).Any()))
        {
            _problems.Add($"column {twice.Key} twice in INSERT");
        }

        if (schema.Tables.TryGetValue("cpis." + target.SchemaObject.BaseIdentifier.Value, out var definition))
        {
            foreach (var column in definition.Where(c => !c.IsNullable && !c.IsIdentity && !named.Contains(c.Name, StringComparer.Ordinal)))
            {
                _problems.Add($"INSERT without {column.Name}, which takes no null");
            }
        }

        switch (insert.InsertSource)
        {
            case ValuesInsertSource values:
                foreach (var row in values.RowValues)
                {
                    Count(row.ColumnValues.Count);
                    foreach (var value in row.ColumnValues)
                    {
                        Expression(value, new Scope(null));
                    }
                }

                break;
            case SelectInsertSource query:
                Count(Query(query.Select, null).Count);
                break;
            default:
                _problems.Add("an INSERT of kind " + insert.InsertSource.GetType().Name);
                break;
        }

        Output(insert.OutputClause, known);
        OutputInto(insert.OutputIntoClause, known);

        void Count(int values)
        {
            if (values != named.Count)
            {
                _problems.Add($"INSERT of {values} values into {named.Count} columns");
            }
        }
    }

    private void Update(UpdateSpecification update)
    {
        var scope = new Scope(null);
        var known = Table((NamedTableReference)update.Target, scope);
        foreach (var set in update.SetClauses.OfType<AssignmentSetClause>())
        {
            var column = set.Column.MultiPartIdentifier.Identifiers[^1].Value;
            if (!known.Contains(column, StringComparer.Ordinal))
            {
                _problems.Add("no column " + column);
            }

            Expression(set.NewValue, scope);
        }

        Expression(update.WhereClause, scope);
        Output(update.OutputClause, known);
        OutputInto(update.OutputIntoClause, known);
    }

    private void Delete(DeleteSpecification delete)
    {
        var scope = new Scope(null);
        var known = Table((NamedTableReference)delete.Target, scope);
        Expression(delete.WhereClause, scope);
        Output(delete.OutputClause, known);
        OutputInto(delete.OutputIntoClause, known);
    }

    private void Output(OutputClause? output, IReadOnlyList<string> known)
    {
        if (output is not null)
        {
            var scope = new Scope(null);
            scope.Add("INSERTED", known);
            scope.Add("DELETED", known);
            foreach (var element in output.SelectColumns.OfType<SelectScalarExpression>())
            {
                Expression(element.Expression, scope);
            }

            _columns ??= [.. output.SelectColumns.OfType<SelectScalarExpression>().Select(e => e.ColumnName?.Value ?? (e.Expression as ColumnReferenceExpression)?.MultiPartIdentifier.Identifiers[^1].Value)];
        }
    }

    private void OutputInto(OutputIntoClause? output, IReadOnlyList<string> known)
    {
        if (output is null)
        {
            return;
        }

        var scope = new Scope(null);
        scope.Add("INSERTED", known);
        scope.Add("DELETED", known);
        foreach (var element in output.SelectColumns.OfType<SelectScalarExpression>())
        {
            Expression(element.Expression, scope);
        }

        var columns = output.IntoTable is VariableTableReference variable ? TableVariable(variable) : Table((NamedTableReference)output.IntoTable, scope);
        var named = output.IntoTableColumns.Select(c => c.MultiPartIdentifier.Identifiers[^1].Value).ToList();
        _problems.AddRange(named.Except(columns, StringComparer.Ordinal).Select(c => $"no column {c} in OUTPUT INTO"));
        if (named.Count != output.SelectColumns.Count)
        {
            _problems.Add($"OUTPUT of {output.SelectColumns.Count} values into {named.Count} columns");
        }
    }

    private sealed class Scope(Scope? outer)
    {
        private readonly List<(string Alias, HashSet<string> Columns)> _tables = [];

        public Scope? Outer { get; } = outer;

        /// <summary>What ORDER BY may name besides columns.</summary>
        public IReadOnlyList<string?> Results { get; set; } = [];

        public void Add(string alias, IEnumerable<string> columns) => _tables.Add((alias, columns.ToHashSet(StringComparer.Ordinal)));

        public string? Problem(string? alias, string column)
        {
            for (var scope = this; scope is not null; scope = scope.Outer)
            {
                if (alias is null)
                {
                    var owners = scope._tables.Count(t => t.Columns.Contains(column));
                    if (owners > 0 || scope.Results.Contains(column, StringComparer.Ordinal))
                    {
                        return owners > 1 ? $"column {column} of more than one table" : null;
                    }
                }
                else if (scope._tables.FirstOrDefault(t => string.Equals(t.Alias, alias, StringComparison.Ordinal)) is { Alias: not null } table)
                {
                    return table.Columns.Contains(column) ? null : $"no column {column} in {alias}";
                }
            }

            return alias is null ? "no column " + column : $"no table {alias}";
        }
    }

    private sealed class Expressions(TSqlBinder binder, Scope scope) : TSqlFragmentVisitor
    {
        public override void ExplicitVisit(ScalarSubquery node) => binder.Query(node.QueryExpression, scope);

        public override void ExplicitVisit(FunctionCall node)
        {
            foreach (var parameter in DatePartFunctions.Contains(node.FunctionName.Value) ? node.Parameters.Skip(1) : node.Parameters)
            {
                parameter.Accept(this);
            }
        }

        public override void Visit(ColumnReferenceExpression node)
        {
            if (node.ColumnType == ColumnType.Regular)
            {
                var parts = node.MultiPartIdentifier.Identifiers;
                if (scope.Problem(parts.Count > 1 ? parts[^2].Value : null, parts[^1].Value) is { } problem)
                {
                    binder._problems.Add(problem);
                }
            }
        }
    }

    private sealed class Statements(TSqlBinder binder) : TSqlFragmentVisitor
    {
        public override void ExplicitVisit(SelectStatement node)
        {
            var columns = binder.Query(node.QueryExpression, null);
            if (node.QueryExpression is not QuerySpecification { SelectElements: [SelectSetVariable, ..] })
            {
                binder._columns ??= columns;
            }
        }

        public override void ExplicitVisit(DeclareTableVariableStatement node) =>
            binder._tableVariables.Add(node.Body.VariableName.Value, [.. node.Body.Definition.ColumnDefinitions.Select(c => c.ColumnIdentifier.Value)]);

        public override void ExplicitVisit(InsertStatement node) => binder.Insert(node.InsertSpecification);

        public override void ExplicitVisit(UpdateStatement node) => binder.Update(node.UpdateSpecification);

        public override void ExplicitVisit(DeleteStatement node) => binder.Delete(node.DeleteSpecification);

        public override void ExplicitVisit(ScalarSubquery node) => binder.Query(node.QueryExpression, null);

        public override void ExplicitVisit(CreateIndexStatement node)
        {
            var scope = new Scope(null);
            var name = $"{node.OnName.SchemaIdentifier?.Value}.{node.OnName.BaseIdentifier.Value}";
            if (binder.TableColumns(name) is { } columns)
            {
                scope.Add(node.OnName.BaseIdentifier.Value, columns);
                foreach (var column in node.Columns.Select(c => c.Column).Concat(node.IncludeColumns))
                {
                    binder.Expression(column, scope);
                }

                binder.Expression(node.FilterPredicate, scope);
            }
        }

        public override void ExplicitVisit(CreateTableStatement node)
        {
            var scope = new Scope(null);
            scope.Add("", node.Definition.ColumnDefinitions.Select(c => c.ColumnIdentifier.Value));
            foreach (var check in node.Definition.TableConstraints.Concat(node.Definition.ColumnDefinitions.SelectMany(c => c.Constraints)).OfType<CheckConstraintDefinition>())
            {
                binder.Expression(check.CheckCondition, scope);
            }

            foreach (var key in node.Definition.TableConstraints.Concat(node.Definition.ColumnDefinitions.SelectMany(c => c.Constraints)).OfType<ForeignKeyConstraintDefinition>())
            {
                var name = $"{key.ReferenceTableName.SchemaIdentifier?.Value}.{key.ReferenceTableName.BaseIdentifier.Value}";
                foreach (var column in key.ReferencedTableColumns.Select(c => c.Value).Except(binder.TableColumns(name) ?? [], StringComparer.Ordinal))
                {
                    binder._problems.Add($"no column {column} in {name}");
                }
            }
        }
    }

    private IReadOnlyList<string>? TableColumns(string name)
    {
        var columns = schema.Columns(name);
        if (columns is null)
        {
            _problems.Add("no table " + name);
        }

        return columns;
    }

    private sealed class Variables : TSqlFragmentVisitor
    {
        public HashSet<string> Used { get; } = new(StringComparer.Ordinal);

        public HashSet<string> Declared { get; } = new(StringComparer.Ordinal);

        public override void Visit(VariableReference node) => Used.Add(node.Name[1..]);

        public override void Visit(DeclareVariableElement node) => Declared.Add(node.VariableName.Value[1..]);

        public override void Visit(DeclareTableVariableBody node) => Declared.Add(node.VariableName.Value[1..]);

        public override void ExplicitVisit(ExecuteParameter node) => node.ParameterValue?.Accept(this);
    }
}
