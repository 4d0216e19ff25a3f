using System.Collections.Immutable;
using CpIs.Tds.Protocol;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace CpIs.Tds.Sql;

/// <summary>A translated INSERT, UPDATE or DELETE.</summary>
/// <param name="Target">What is changed.</param>
/// <param name="Sql">The change.</param>
/// <param name="Output">Columns of the OUTPUT clause; empty if there is none.</param>
internal sealed record Change(Relation Target, string Sql, ImmutableArray<Column> Output)
{
    /// <summary>Stands before the change.</summary>
    public string? Prepare { get; init; }

    /// <summary>Reads the output after the change, where SQLite cannot return it.</summary>
    public string? OutputQuery { get; init; }

    public string? CleanUp { get; init; }

    /// <summary>Where OUTPUT INTO sends its rows.</summary>
    public (Relation Table, IReadOnlyList<Column> Columns)? Into { get; init; }

    public bool InsertsIdentity { get; init; }
}

internal sealed partial class Translator
{
    private const string ChangeTable = "temp.t_change";
    private QuerySpecification? _wantsRowId;

    public Change Insert(InsertStatement statement)
    {
        var with = With(statement.WithCtesAndXmlNamespaces);
        var insert = statement.InsertSpecification;
        var target = Target(insert.Target);
        if (insert.TopRowFilter is not null)
        {
            throw SqlError.Unsupported("INSERT TOP");
        }

        session.Demand(target, "INSERT");
        if (target.IsView)
        {
            throw SqlError.Unsupported("INSERT into a view");
        }

        var columns = insert.Columns.Count == 0
            ? target.Columns.Where(c => !c.IsIdentity || session.IdentityInsert == target.Id).ToList()
            : insert.Columns.Select(c => Find(target, c.MultiPartIdentifier.Identifiers[^1].Value)).ToList();
        if (columns.Distinct().Count() < columns.Count)
        {
            throw new SqlError(264, "The column name is specified more than once in the SET clause or column list of an INSERT.");
        }

        var identity = target.Columns.FirstOrDefault(c => c.IsIdentity);
        if (identity is not null)
        {
            var isGiven = columns.Contains(identity);
            if (isGiven && session.IdentityInsert != target.Id)
            {
                throw new SqlError(544, $"Cannot insert explicit value for identity column in table '{target.Name}' when IDENTITY_INSERT is set to OFF.");
            }

            if (!isGiven && session.IdentityInsert == target.Id)
            {
                throw new SqlError(545, $"Explicit value must be specified for identity column in table '{target.Name}' either when IDENTITY_INSERT is set to ON or when a replication user is inserting into a NOT FOR REPLICATION identity column.");
            }
        }

        var defaults = target.Columns.Where(c => c.Default is not null && !columns.Contains(c)).ToList();
        var defaultTexts = defaults.ConvertAll(c => Store(Scalar(c.Default!, new(null)), c, target));
        var names = string.Join(", ", columns.Concat(defaults).Select(c => Quote(c.SqlName)));
        string source;
        switch (insert.InsertSource)
        {
            case ValuesInsertSource { IsDefaultValues: true }:
                source = defaults.Count == 0 ? "" : $"VALUES ({string.Join(", ", defaultTexts)})";
                names = string.Join(", ", defaults.Select(c => Quote(c.SqlName)));
                break;
            case ValuesInsertSource values:
                source = "VALUES " + string.Join(", ", values.RowValues.Select(r => Row(r, columns, defaultTexts, target)));
                break;
            case SelectInsertSource select:
            {
                var query = Query(select.Select, null, null, isInsert: true);
                if (query.Columns.Length != columns.Count)
                {
                    throw query.Columns.Length < columns.Count
                        ? new SqlError(120, "The select list for the INSERT statement contains fewer items than the insert list. The number of SELECT values must match the number of INSERT columns.", 15)
                        : new SqlError(121, "The select list for the INSERT statement contains more items than the insert list. The number of SELECT values must match the number of INSERT columns.", 15);
                }

                // The rows are read first and stored after, so that a subquery over the target sees it as it was.
                var items = query.Columns.Select((c, i) => Store(new($"q.{c.SqlName}", c.Type, c.IsNullable), columns[i], target));
                source = $"SELECT {string.Join(", ", items.Concat(defaultTexts))} FROM ({query.Sql}) AS q WHERE true";
                break;
            }

            default:
                throw SqlError.Unsupported("INSERT from EXECUTE");
        }

        var text = source.Length == 0 ? $"INSERT INTO {target.SqlName} DEFAULT VALUES" : $"INSERT INTO {target.SqlName} ({names}) {source}";
        var change = Output(new(target, text, []), insert.OutputClause, insert.OutputIntoClause, [new Source("inserted", null, "", target.Columns)]);
        return change with { Sql = with + change.Sql, InsertsIdentity = identity is not null };
    }

    public Change Update(UpdateStatement statement)
    {
        var ctes = statement.WithCtesAndXmlNamespaces;
        var update = statement.UpdateSpecification;
        var with = With(ctes);
        var scope = new Scope(null);
        var place = ChangePlace(update.Target, update.FromClause, ctes, scope, "UPDATE");
        var (target, from, rowId) = (place.Target, place.From, place.RowId);
        var sets = new List<(Column Column, string Value)>();
        foreach (var clause in update.SetClauses)
        {
            if (clause is not AssignmentSetClause { Variable: null, Column: { } reference } assignment)
            {
                throw SqlError.Unsupported("a variable in UPDATE SET");
            }

            var column = Find(target, place.BaseName(reference.MultiPartIdentifier.Identifiers[^1].Value));
            if (column.IsIdentity)
            {
                throw new SqlError(8102, $"Cannot update identity column '{column.Name}'.");
            }

            if (sets.Exists(s => s.Column == column))
            {
                throw new SqlError(264, $"The column name '{column.Name}' is specified more than once in the SET clause or column list of an INSERT.");
            }

            var value = assignment.AssignmentKind == AssignmentKind.Equals
                ? assignment.NewValue
                : new BinaryExpression
                {
                    FirstExpression = reference,
                    SecondExpression = assignment.NewValue,
                    BinaryExpressionType = assignment.AssignmentKind switch
                    {
                        AssignmentKind.AddEquals => BinaryExpressionType.Add,
                        AssignmentKind.SubtractEquals => BinaryExpressionType.Subtract,
                        AssignmentKind.MultiplyEquals => BinaryExpressionType.Multiply,
                        _ => throw SqlError.Unsupported($"{assignment.AssignmentKind} in UPDATE"),
                    },
                };
            sets.Add((column, value is DefaultLiteral
                ? column.Default is null ? "NULL" : Store(Scalar(column.Default, new(null)), column, target)
                : Store(Scalar(value, scope), column, target)));
        }

        session.DemandUpdate(target, sets.Select(s => s.Column.Name));
        var where = Where(update.WhereClause, scope, target);
        var limit = Top(update.TopRowFilter);
        var names = sets.Select((s, i) => $"{Quote(s.Column.SqlName)} = s.v{i + 1}");
        var readsDeleted = Mentions(update.OutputClause, update.OutputIntoClause, "deleted");
        Change change;
        if (readsDeleted)
        {
            var old = place.View.Select((c, i) => $"{place.Prefix}{Quote(c.SqlName)} AS d{i + 1}");
            var deleted = new Source("deleted", null, "d", [.. place.View.Select((c, i) => c with { SqlName = $"d{i + 1}" })]);
            change = new(target, $"UPDATE {target.SqlName} AS t SET {string.Join(", ", names)} FROM {ChangeTable} AS s WHERE t.rowid = s.rid", [])
            {
                Prepare = $"CREATE TEMP TABLE t_change AS {with}SELECT {string.Join(", ", sets.Select((s, i) => $"{s.Value} AS v{i + 1}").Concat(old).Prepend($"{rowId} AS rid"))} FROM {from}{where}{limit}",
                CleanUp = $"DROP TABLE {ChangeTable}",
            };
            return Output(change, update.OutputClause, update.OutputIntoClause, [new("inserted", null, "i", place.View.Select(c => c with { SqlName = place.BaseSqlName(c) }).ToList()), deleted], $" FROM {target.SqlName} AS i JOIN {ChangeTable} AS d ON i.rowid = d.rid");
        }

        if (update.FromClause is null && limit.Length == 0 && !place.IsCte)
        {
            change = new(target, $"{with}UPDATE {from} SET {string.Join(", ", sets.Select(s => $"{Quote(s.Column.SqlName)} = {s.Value}"))}{where}", []);
        }
        else
        {
            var inner = $"SELECT {string.Join(", ", sets.Select((s, i) => $"{s.Value} AS v{i + 1}").Prepend($"{rowId} AS rid"))} FROM {from}{where}{limit}";
            change = new(target, $"{with}UPDATE {target.SqlName} AS t SET {string.Join(", ", names)} FROM ({inner}) AS s WHERE t.rowid = s.rid", []);
        }

        return Output(change, update.OutputClause, update.OutputIntoClause, [new("inserted", null, "", place.View.Select(c => c with { SqlName = place.BaseSqlName(c) }).ToList())]);
    }

    public Change Delete(DeleteStatement statement)
    {
        var ctes = statement.WithCtesAndXmlNamespaces;
        var delete = statement.DeleteSpecification;
        var with = With(ctes);
        var scope = new Scope(null);
        var place = ChangePlace(delete.Target, delete.FromClause, ctes, scope, "DELETE");
        session.Demand(place.Target, "DELETE");
        var where = Where(delete.WhereClause, scope, place.Target);
        var limit = Top(delete.TopRowFilter);
        var sql = delete.FromClause is null && limit.Length == 0 && !place.IsCte
            ? $"{with}DELETE FROM {place.From}{where}"
            : $"{with}DELETE FROM {place.Target.SqlName} WHERE rowid IN (SELECT {place.RowId} FROM {place.From}{where}{limit})";
        return Output(new(place.Target, sql, []), delete.OutputClause, delete.OutputIntoClause, [new("deleted", null, "", place.View.Select(c => c with { SqlName = place.BaseSqlName(c) }).ToList())]);
    }

    private sealed record Place(Relation Target, string From, string RowId, string Prefix, IReadOnlyList<Column> View, bool IsCte, IReadOnlyDictionary<string, string> BaseNames)
    {
        /// <summary>The target's own name of a column that a common table expression may have renamed.</summary>
        public string BaseName(string name) => BaseNames.GetValueOrDefault(name, name);

        public string BaseSqlName(Column column) => Target.Find(BaseName(column.Name))!.SqlName;
    }

    private Place ChangePlace(TableReference reference, FromClause? fromClause, WithCtesAndXmlNamespaces? ctes, Scope scope, string permission)
    {
        var none = new Dictionary<string, string>();
        if (reference is VariableTableReference variable)
        {
            var table = session.TableVariable(variable.Variable.Name);
            var own = Add(scope, variable.Variable.Name, null, table.Columns, table);
            return new(table, $"{table.SqlName} AS {own.Alias}", $"{own.Alias}.rowid", own.Alias + ".", table.Columns, false, none);
        }

        if (reference is not NamedTableReference named)
        {
            throw SqlError.Unsupported(reference.GetType().Name);
        }

        Hints(named.TableHints);
        var parts = named.SchemaObject.Identifiers.Select(i => i.Value).ToList();
        var cte = parts.Count == 1
            ? ctes?.CommonTableExpressions.FirstOrDefault(c => c.ExpressionName.Value.Equals(parts[0], StringComparison.OrdinalIgnoreCase))
            : null;
        if (fromClause is not null)
        {
            var from = From(fromClause, scope);
            var source = scope.Sources.FirstOrDefault(s => Matches(s, parts))
                ?? scope.Sources.FirstOrDefault(s => s.Relation is not null && s.Relation == session.FindRelation(named.SchemaObject.SchemaIdentifier?.Value, parts[^1]));
            return source?.Relation is { } relation
                ? new(relation, from, $"{source.Alias}.rowid", source.Alias + ".", relation.Columns, false, none)
                : throw SqlError.InvalidObject(string.Join('.', parts));
        }

        if (cte is not null)
        {
            return CtePlace(cte, scope);
        }

        var target = Resolve(named.SchemaObject);
        if (target.IsView)
        {
            session.Demand(target, permission);
            throw SqlError.Unsupported("a change through a view");
        }

        var plain = Add(scope, named.Alias?.Value ?? target.Name, named.Alias is null ? target.Schema : null, target.Columns, target);
        return new(target, $"{target.SqlName} AS {plain.Alias}", $"{plain.Alias}.rowid", plain.Alias + ".", target.Columns, false, none);
    }

    private Place CtePlace(CommonTableExpression cte, Scope scope)
    {
        if (cte.QueryExpression is not QuerySpecification { FromClause.TableReferences: [NamedTableReference table], GroupByClause: null, UniqueRowFilter: UniqueRowFilter.NotSpecified } specification)
        {
            throw SqlError.Unsupported("a change through a common table expression that is not over one table");
        }

        _wantsRowId = specification;
        var query = Query(specification, null, null);
        _wantsRowId = null;
        var columns = Named(query.Columns, cte.Columns, cte.ExpressionName.Value);
        var relation = Resolve(table.SchemaObject);
        var names = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var index = 0;
        foreach (var element in specification.SelectElements)
        {
            if (element is SelectStarExpression)
            {
                foreach (var column in relation.Columns)
                {
                    names[columns[index++].Name] = column.Name;
                }
            }
            else if (element is SelectScalarExpression { Expression: ColumnReferenceExpression { MultiPartIdentifier.Identifiers: [.., var last] } })
            {
                names[columns[index++].Name] = last.Value;
            }
            else
            {
                index++;
            }
        }

        var source = Add(scope, cte.ExpressionName.Value, null, columns, null);
        return new(relation, $"({query.Sql}) AS {source.Alias}", $"{source.Alias}.rid", source.Alias + ".", [.. columns.Where(c => names.ContainsKey(c.Name))], true, names);
    }

    private string Row(RowValue row, List<Column> columns, List<string> defaults, Relation target)
    {
        if (row.ColumnValues.Count != columns.Count)
        {
            throw row.ColumnValues.Count < columns.Count
                ? new SqlError(109, "There are more columns in the INSERT statement than values specified in the VALUES clause. The number of values in the VALUES clause must match the number of columns specified in the INSERT statement.", 15)
                : new SqlError(110, "There are fewer columns in the INSERT statement than values specified in the VALUES clause. The number of values in the VALUES clause must match the number of columns specified in the INSERT statement.", 15);
        }

        var scope = new Scope(null);
        var values = row.ColumnValues.Select((v, i) => v is DefaultLiteral
            ? columns[i].Default is { } d ? Store(Scalar(d, scope), columns[i], target) : "NULL"
            : Store(Scalar(v, scope), columns[i], target));
        return $"({string.Join(", ", values.Concat(defaults))})";
    }

    private string Where(WhereClause? clause, Scope scope, Relation target)
    {
        if (clause is null)
        {
            return "";
        }

        if (clause.Cursor is not null)
        {
            throw SqlError.Unsupported("WHERE CURRENT OF");
        }

        session.Demand(target, "SELECT");
        return " WHERE " + Condition(clause.SearchCondition, scope);
    }

    private string Top(TopRowFilter? top) => top is null ? "" : top.Percent || top.WithTies
        ? throw SqlError.Unsupported("TOP with PERCENT or TIES")
        : " LIMIT " + Convert(Scalar(top.Expression, new(null)), SqlType.BigInt).Sql;

    public Relation Target(TableReference reference)
    {
        switch (reference)
        {
            case VariableTableReference variable:
                return session.TableVariable(variable.Variable.Name);
            case NamedTableReference named:
                Hints(named.TableHints);
                return Resolve(named.SchemaObject);
            default:
                throw SqlError.Unsupported(reference.GetType().Name);
        }
    }

    private static Column Find(Relation relation, string name) => relation.Find(name) ?? throw SqlError.InvalidColumn(name);

    private static bool Mentions(OutputClause? output, OutputIntoClause? into, string name)
    {
        var finder = new PrefixFinder(name);
        output?.Accept(finder);
        into?.Accept(finder);
        return finder.IsFound;
    }

    private Change Output(Change change, OutputClause? output, OutputIntoClause? into, List<Source> sources, string? from = null)
    {
        if (output is null && into is null)
        {
            return change;
        }

        if (output is not null && change.Target.Triggers.Length > 0)
        {
            throw new SqlError(334, $"The target table '{change.Target.FullName}' of the DML statement cannot have any enabled triggers if the statement contains an OUTPUT clause without INTO clause.");
        }

        if (output is not null && into is not null)
        {
            throw SqlError.Unsupported("OUTPUT together with OUTPUT INTO");
        }

        var scope = new Scope(null);
        scope.Sources.AddRange(sources);
        var items = new List<(Expr Expr, string Name)>();
        foreach (var element in output?.SelectColumns ?? into!.SelectColumns)
        {
            if (element is SelectStarExpression star)
            {
                items.AddRange(Star(star, scope));
            }
            else if (element is SelectScalarExpression scalar)
            {
                items.Add((Scalar(scalar.Expression, scope), scalar.ColumnName?.Value ?? NameOf(scalar.Expression)));
            }
        }

        var columns = items.Select((x, i) => new Column(x.Name, x.Expr.Type, x.Expr.IsNullable, $"c{i + 1}")).ToImmutableArray();
        var list = string.Join(", ", items.Select((x, i) => $"{x.Expr.Sql} AS c{i + 1}"));
        change = from is null
            ? change with { Sql = $"{change.Sql} RETURNING {list}", Output = columns }
            : change with { OutputQuery = $"SELECT {list}{from}", Output = columns };
        if (into is null)
        {
            return change;
        }

        var table = Target(into.IntoTable);
        var intoColumns = into.IntoTableColumns.Count == 0
            ? table.Columns.Where(c => !c.IsIdentity).ToList()
            : into.IntoTableColumns.Select(c => Find(table, c.MultiPartIdentifier.Identifiers[^1].Value)).ToList();
        return intoColumns.Count == columns.Length
            ? change with { Into = (table, intoColumns) }
            : throw new SqlError(213, "Column name or number of supplied values does not match table definition.");
    }

    private sealed class PrefixFinder(string name) : TSqlFragmentVisitor
    {
        public bool IsFound { get; private set; }

        public override void Visit(MultiPartIdentifier node) => IsFound |= node.Identifiers[0].Value.Equals(name, StringComparison.OrdinalIgnoreCase);
    }
}
