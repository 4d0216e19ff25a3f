using System.Collections.Immutable;
using System.Globalization;
using CpIs.Tds.Protocol;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace CpIs.Tds.Sql;

/// <summary>How strongly an expression has its collation ("Collation precedence" of the T-SQL reference).</summary>
internal enum Coercibility
{
    Default,
    Implicit,
    Explicit,
}

/// <summary>A translated scalar expression.</summary>
internal readonly record struct Expr(string Sql, SqlType Type, bool IsNullable = true, Coercibility Label = Coercibility.Default, bool IsColumn = false);

/// <summary>A translated query: its columns are named c1, c2, ... in SQLite.</summary>
internal sealed record Query(string Sql, ImmutableArray<Column> Columns, bool IsSingle);

/// <summary>A table expression in FROM.</summary>
internal sealed record Source(string? Name, string? Schema, string Alias, IReadOnlyList<Column> Columns)
{
    public Relation? Relation { get; init; }

    /// <summary>What stands for the columns where they are not columns in SQLite.</summary>
    public IReadOnlyList<Expr>? Substitutes { get; init; }

    public bool IsOuter { get; set; }
}

/// <summary>The names that an expression can see.</summary>
internal sealed class Scope(Scope? parent)
{
    public Scope? Parent => parent;

    public List<Source> Sources { get; } = [];

    public HashSet<string>? GroupKeys { get; set; }

    public bool HasGroupedExpressions { get; set; }

    public int InAggregate { get; set; }

    public int Unchecked { get; set; }

    public bool IsWindowAllowed { get; set; }
}

/// <summary>Translates parsed T-SQL to SQLite, with the types that SQL Server would give to every expression.</summary>
internal sealed partial class Translator(Session session, IReadOnlyDictionary<string, Variable> variables)
{
    private readonly Dictionary<string, (string Alias, ImmutableArray<Column> Columns)> _ctes = new(StringComparer.OrdinalIgnoreCase);
    private int _aliases;

    /// <summary>Parameters that the translated text names, by their names in T-SQL.</summary>
    public HashSet<string> Parameters { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>A hint asked for locks that a writer takes.</summary>
    public bool NeedsWriter { get; private set; }

    /// <summary>The text reads what is made anew for each statement.</summary>
    public bool IsVolatile { get; private set; }

    /// <summary>Inside a view or a constraint, where there are no variables.</summary>
    public bool IsStored { get; init; }

    private Catalog Catalog => session.Catalog;

    private string DefaultCollation => session.Database.Collation;

    public static string Quote(string name) => Relation.Quote(name);

    public static string Text(string value) => "'" + value.Replace("'", "''", StringComparison.Ordinal) + "'";

    public Query Select(SelectStatement statement)
    {
        if (statement.ComputeClauses.Count > 0)
        {
            throw SqlError.Unsupported("COMPUTE");
        }

        var with = With(statement.WithCtesAndXmlNamespaces);
        var query = Query(statement.QueryExpression, null, null, isTop: true);
        return query with { Sql = with + query.Sql };
    }

    /// <summary>The query of a view, its columns named as the view names them.</summary>
    public Query View(ViewStatementBody body)
    {
        var name = body.SchemaObjectName.BaseIdentifier.Value;
        var with = With(body.SelectStatement.WithCtesAndXmlNamespaces);
        var query = Query(body.SelectStatement.QueryExpression, null, null);
        return query with { Sql = with + query.Sql, Columns = Named(query.Columns, body.Columns, name) };
    }

    public string With(WithCtesAndXmlNamespaces? with)
    {
        if (with is null)
        {
            return "";
        }

        if (with.XmlNamespaces is not null || with.ChangeTrackingContext is not null)
        {
            throw SqlError.Unsupported("WITH XMLNAMESPACES");
        }

        var texts = new List<string>();
        foreach (var cte in with.CommonTableExpressions)
        {
            var name = cte.ExpressionName.Value;
            if (_ctes.ContainsKey(name))
            {
                throw new SqlError(239, $"Duplicate common table expression name '{name}' was specified.");
            }

            var alias = $"w{++_aliases}";
            if (cte.QueryExpression is BinaryQueryExpression { All: true, BinaryQueryExpressionType: BinaryQueryExpressionType.Union } union
                && Mentions(union.SecondQueryExpression, name))
            {
                var anchor = Query(union.FirstQueryExpression, null, null);
                _ctes[name] = (alias, Named(anchor.Columns, cte.Columns, name));
            }

            var query = Query(cte.QueryExpression, null, null);
            var columns = Named(query.Columns, cte.Columns, name);
            _ctes[name] = (alias, columns);
            texts.Add($"{alias}({string.Join(", ", columns.Select(c => c.SqlName))}) AS ({query.Sql})");
        }

        return $"WITH RECURSIVE {string.Join(", ", texts)} ";
    }

    /// <param name="query">A query expression.</param>
    /// <param name="outer">Names of the query around it.</param>
    /// <param name="shape">Changes the expressions of the select list, by position.</param>
    /// <param name="isTop">The result goes to the client, so that columns need no names and an order is allowed.</param>
    /// <param name="isInsert">The query feeds an INSERT, where an order is allowed too.</param>
    public Query Query(QueryExpression query, Scope? outer, Func<int, Expr, Expr>? shape, bool isTop = false, bool isInsert = false) => query switch
    {
        QuerySpecification specification => Specification(specification, outer, shape, isTop || isInsert),
        QueryParenthesisExpression parenthesis => parenthesis.OrderByClause is null && parenthesis.OffsetClause is null
            ? Query(parenthesis.QueryExpression, outer, shape)
            : Ordered(Query(parenthesis.QueryExpression, outer, shape), parenthesis.OrderByClause, parenthesis.OffsetClause, isTop || isInsert),
        BinaryQueryExpression binary => Binary(binary, outer, shape, isTop || isInsert),
        _ => throw SqlError.Unsupported(query.GetType().Name),
    };

    private static bool Mentions(TSqlFragment fragment, string name)
    {
        var finder = new TableFinder(name);
        fragment.Accept(finder);
        return finder.IsFound;
    }

    private static ImmutableArray<Column> Named(ImmutableArray<Column> columns, IList<Identifier> names, string table)
    {
        if (names.Count > columns.Length)
        {
            throw new SqlError(8159, $"'{table}' has fewer columns than were specified in the column list.");
        }

        if (names.Count > 0 && names.Count < columns.Length)
        {
            throw new SqlError(8158, $"'{table}' has more columns than were specified in the column list.");
        }

        var named = names.Count == 0 ? columns : [.. columns.Select((c, i) => c with { Name = names[i].Value })];
        for (var i = 0; i < named.Length; i++)
        {
            if (named[i].Name.Length == 0)
            {
                throw new SqlError(8155, $"No column name was specified for column {i + 1} of '{table}'.");
            }

            if (named.Take(i).Any(c => c.Name.Equals(named[i].Name, StringComparison.OrdinalIgnoreCase)))
            {
                throw new SqlError(8156, $"The column '{named[i].Name}' was specified multiple times for '{table}'.");
            }
        }

        return named;
    }

    private Query Binary(BinaryQueryExpression binary, Scope? outer, Func<int, Expr, Expr>? shape, bool mayOrder)
    {
        var left = Query(binary.FirstQueryExpression, outer, null);
        var right = Query(binary.SecondQueryExpression, outer, null);
        if (left.Columns.Length != right.Columns.Length)
        {
            throw new SqlError(205, "All queries combined using a UNION, INTERSECT or EXCEPT operator must have an equal number of expressions in their target lists.");
        }

        var types = left.Columns.Zip(right.Columns, (a, b) =>
        {
            var type = SqlType.Combine(a.Type, b.Type);
            Conversion.CheckImplicit(a.Type, type);
            Conversion.CheckImplicit(b.Type, type);
            return type;
        }).ToList();
        var isSet = !(binary.All && binary.BinaryQueryExpressionType == BinaryQueryExpressionType.Union);
        Expr Shape(int i, Expr e)
        {
            e = Convert(e, types[i]);
            if (isSet)
            {
                e = e with { Sql = Collated(e) };
            }

            return shape?.Invoke(i, e) ?? e;
        }

        left = Query(binary.FirstQueryExpression, outer, Shape);
        right = Query(binary.SecondQueryExpression, outer, Shape);
        var word = binary.BinaryQueryExpressionType switch
        {
            BinaryQueryExpressionType.Union => binary.All ? "UNION ALL" : "UNION",
            BinaryQueryExpressionType.Except => "EXCEPT",
            _ => "INTERSECT",
        };
        var columns = left.Columns.Zip(right.Columns, (a, b) => a with { IsNullable = a.IsNullable || b.IsNullable }).ToImmutableArray();
        var needsWrap = Unparenthesised(binary.SecondQueryExpression) is BinaryQueryExpression;
        var sql = $"{left.Sql} {word} {(needsWrap ? $"SELECT * FROM ({right.Sql})" : right.Sql)}";
        return Ordered(new(sql, columns, false), binary.OrderByClause, binary.OffsetClause, mayOrder);
    }

    private static QueryExpression Unparenthesised(QueryExpression query) =>
        query is QueryParenthesisExpression { OrderByClause: null } p ? Unparenthesised(p.QueryExpression) : query;

    private Query Ordered(Query query, OrderByClause? order, OffsetClause? offset, bool mayOrder)
    {
        if (order is null)
        {
            return query;
        }

        if (!mayOrder && offset is null)
        {
            throw new SqlError(1033, "The ORDER BY clause is invalid in views, inline functions, derived tables, subqueries, and common table expressions, unless TOP, OFFSET or FOR XML is also specified.");
        }

        var items = order.OrderByElements.Select(e =>
        {
            var index = e.Expression switch
            {
                IntegerLiteral literal => int.Parse(literal.Value, CultureInfo.InvariantCulture) - 1,
                ColumnReferenceExpression { MultiPartIdentifier.Identifiers: [var name] } =>
                    query.Columns.ToList().FindIndex(c => c.Name.Equals(name.Value, StringComparison.OrdinalIgnoreCase)),
                _ => -1,
            };
            if (index < 0 || index >= query.Columns.Length)
            {
                throw new SqlError(104, "ORDER BY items must appear in the select list if the statement contains a UNION, INTERSECT or EXCEPT operator.");
            }

            var column = query.Columns[index];
            return $"u.{column.SqlName}{CollateSuffix(column.Type)}{(e.SortOrder == SortOrder.Descending ? " DESC" : "")}";
        });
        return query with { Sql = $"SELECT * FROM ({query.Sql}) AS u ORDER BY {string.Join(", ", items)}{Offset(offset, null)}" };
    }

    private Query Specification(QuerySpecification q, Scope? outer, Func<int, Expr, Expr>? shape, bool mayOrder)
    {
        if (q.ForClause is not null)
        {
            throw SqlError.Unsupported("FOR XML and FOR JSON");
        }

        var scope = new Scope(outer);
        var from = q.FromClause is null ? "" : " FROM " + From(q.FromClause, scope);
        var where = q.WhereClause is null ? "" : " WHERE " + Condition(q.WhereClause.SearchCondition, scope);
        var group = "";
        var aggregates = new AggregateFinder();
        foreach (var element in q.SelectElements)
        {
            element.Accept(aggregates);
        }

        q.HavingClause?.Accept(aggregates);
        q.OrderByClause?.Accept(aggregates);
        var isGrouped = q.GroupByClause is not null || aggregates.IsFound || q.HavingClause is not null;
        if (q.GroupByClause is { } groups)
        {
            if (groups.GroupByOption != GroupByOption.None || groups.All)
            {
                throw SqlError.Unsupported("GROUP BY with ROLLUP, CUBE or ALL");
            }

            var keys = groups.GroupingSpecifications.Select(g => g is ExpressionGroupingSpecification e
                ? Scalar(e.Expression, scope)
                : throw SqlError.Unsupported("GROUPING SETS")).ToList();
            group = " GROUP BY " + string.Join(", ", keys.Select(Collated));
            scope.GroupKeys = [.. keys.Select(k => k.Sql)];
            scope.HasGroupedExpressions = keys.Any(k => !k.IsColumn);
        }
        else if (isGrouped)
        {
            scope.GroupKeys = [];
        }

        scope.IsWindowAllowed = true;
        var isDistinct = q.UniqueRowFilter == UniqueRowFilter.Distinct;
        var items = new List<(Expr Expr, string Name)>();
        foreach (var element in q.SelectElements)
        {
            switch (element)
            {
                case SelectScalarExpression scalar:
                    var expr = Scalar(scalar.Expression, scope);
                    items.Add((expr, scalar.ColumnName?.Value ?? NameOf(scalar.Expression)));
                    break;
                case SelectStarExpression star:
                    items.AddRange(Star(star, scope));
                    break;
                case SelectSetVariable assignment when mayOrder:
                    items.Add((AssignmentValue(assignment, scope), assignment.Variable.Name));
                    break;
                default:
                    throw SqlError.Unsupported(element.GetType().Name);
            }
        }

        for (var i = 0; i < items.Count; i++)
        {
            var expr = shape?.Invoke(i, items[i].Expr) ?? items[i].Expr;
            items[i] = (isDistinct ? expr with { Sql = Collated(expr) } : expr, items[i].Name);
        }

        var having = q.HavingClause is null ? "" : " HAVING " + Condition(q.HavingClause.SearchCondition, scope);
        var order = "";
        if (q.OrderByClause is { } ordering)
        {
            if (!mayOrder && q.TopRowFilter is null && q.OffsetClause is null)
            {
                throw new SqlError(1033, "The ORDER BY clause is invalid in views, inline functions, derived tables, subqueries, and common table expressions, unless TOP, OFFSET or FOR XML is also specified.");
            }

            order = " ORDER BY " + string.Join(", ", ordering.OrderByElements.Select(e => OrderItem(e, items, scope, isDistinct)));
        }

        var columns = items.Select((item, i) => new Column(item.Name, item.Expr.Type, item.Expr.IsNullable, $"c{i + 1}")).ToImmutableArray();
        var list = string.Join(", ", items.Select((item, i) => $"{item.Expr.Sql} AS c{i + 1}"));
        if (ReferenceEquals(q, _wantsRowId))
        {
            list += $", {scope.Sources[0].Alias}.rowid AS rid";
        }

        var limit = Offset(q.OffsetClause, scope);
        var isOne = isGrouped && q.GroupByClause is null;
        if (q.TopRowFilter is { } top)
        {
            if (top.Percent || top.WithTies)
            {
                throw SqlError.Unsupported("TOP with PERCENT or TIES");
            }

            limit = " LIMIT " + Convert(Scalar(top.Expression, scope), SqlType.BigInt).Sql;
            isOne |= Literal(top.Expression) is "1" or "0";
        }

        var sql = $"SELECT {(isDistinct ? "DISTINCT " : "")}{list}{from}{where}{group}{having}{order}{limit}";
        if (limit.Length > 0 && !mayOrder)
        {
            // A limit cannot stand inside a compound query.
            sql = $"SELECT * FROM ({sql})";
        }

        return new(sql, columns, isOne || (q.FromClause is null));
    }

    private static string? Literal(ScalarExpression expression) => expression switch
    {
        ParenthesisExpression p => Literal(p.Expression),
        IntegerLiteral i => i.Value,
        _ => null,
    };

    private Expr AssignmentValue(SelectSetVariable assignment, Scope scope)
    {
        if (assignment.AssignmentKind != AssignmentKind.Equals)
        {
            throw SqlError.Unsupported("compound assignment in SELECT");
        }

        var variable = Variable(assignment.Variable.Name);
        return Convert(Scalar(assignment.Expression, scope), variable.Type);
    }

    private string Offset(OffsetClause? offset, Scope? scope)
    {
        if (offset is null)
        {
            return "";
        }

        var skip = Convert(Scalar(offset.OffsetExpression, scope ?? new(null)), SqlType.BigInt).Sql;
        var take = offset.FetchExpression is null ? "-1" : Convert(Scalar(offset.FetchExpression, scope ?? new(null)), SqlType.BigInt).Sql;
        return $" LIMIT {take} OFFSET {skip}";
    }

    private string OrderItem(ExpressionWithSortOrder element, List<(Expr Expr, string Name)> items, Scope scope, bool isDistinct)
    {
        var suffix = element.SortOrder == SortOrder.Descending ? " DESC" : "";
        var index = element.Expression switch
        {
            IntegerLiteral literal => int.Parse(literal.Value, CultureInfo.InvariantCulture) - 1,
            ColumnReferenceExpression { MultiPartIdentifier.Identifiers: [var name] } =>
                items.FindIndex(i => i.Name.Equals(name.Value, StringComparison.OrdinalIgnoreCase)),
            _ => -1,
        };
        if (element.Expression is IntegerLiteral && (index < 0 || index >= items.Count))
        {
            throw new SqlError(108, $"The ORDER BY position number {index + 1} is out of range of the number of items in the select list.");
        }

        if (index >= 0)
        {
            return $"{index + 1}{CollateSuffix(items[index].Expr.Type)}{suffix}";
        }

        var expr = Scalar(element.Expression, scope);
        if (isDistinct)
        {
            index = items.FindIndex(i => i.Expr.Sql == Collated(expr));
            return index >= 0
                ? $"{index + 1}{CollateSuffix(expr.Type)}{suffix}"
                : throw new SqlError(145, "ORDER BY items must appear in the select list if SELECT DISTINCT is specified.");
        }

        return Collated(expr) + suffix;
    }

    private static IEnumerable<(Expr Expr, string Name)> Star(SelectStarExpression star, Scope scope)
    {
        var qualifier = star.Qualifier?.Identifiers.Select(i => i.Value).ToList();
        var sources = qualifier is null ? scope.Sources : [.. scope.Sources.Where(s => Matches(s, qualifier))];
        if (sources.Count == 0)
        {
            throw qualifier is null
                ? new SqlError(263, "Must specify table to select from.")
                : new SqlError(107, $"The column prefix '{string.Join('.', qualifier)}' does not match with a table name or alias name used in the query.");
        }

        return sources.SelectMany(s => s.Columns.Select((c, i) => (Checked(ColumnOf(s, i), scope, c.Name), c.Name)));
    }

    private static string NameOf(ScalarExpression expression) => expression switch
    {
        ColumnReferenceExpression { MultiPartIdentifier: { } parts } => parts.Identifiers[^1].Value,
        _ => "",
    };

    private string From(FromClause clause, Scope scope)
    {
        var texts = new List<string>();
        foreach (var reference in clause.TableReferences)
        {
            texts.Add(Table(reference, scope));
        }

        foreach (var name in scope.Sources.Where(s => s.Name is not null).GroupBy(s => (s.Schema is null ? "" : s.Schema + ".") + s.Name, StringComparer.OrdinalIgnoreCase))
        {
            if (name.Count() > 1)
            {
                throw new SqlError(1013, $"The objects \"{name.Key}\" and \"{name.Key}\" in the FROM clause have the same exposed names. Use correlation names to distinguish them.");
            }
        }

        return string.Join(" JOIN ", texts);
    }

    private string Table(TableReference reference, Scope scope)
    {
        switch (reference)
        {
            case NamedTableReference named:
                return NamedTable(named, scope);
            case VariableTableReference variable:
            {
                var relation = session.TableVariable(variable.Variable.Name);
                var source = Add(scope, variable.Alias?.Value ?? variable.Variable.Name, null, relation.Columns, relation);
                return $"{relation.SqlName} AS {source.Alias}";
            }

            case QueryDerivedTable derived:
            {
                var query = Query(derived.QueryExpression, scope.Parent, null);
                var columns = Named(query.Columns, derived.Columns, derived.Alias.Value);
                var source = Add(scope, derived.Alias.Value, null, columns, null);
                return $"({query.Sql}) AS {source.Alias}";
            }

            case InlineDerivedTable inline:
                return Inline(inline, scope);
            case JoinParenthesisTableReference parenthesis:
                return $"({Table(parenthesis.Join, scope)})";
            case QualifiedJoin join:
                return Join(join, scope);
            case UnqualifiedJoin { UnqualifiedJoinType: UnqualifiedJoinType.CrossJoin } cross:
                return $"{Table(cross.FirstTableReference, scope)} JOIN {Table(cross.SecondTableReference, scope)}";
            case UnqualifiedJoin apply:
                return Apply(apply, scope);
            default:
                throw SqlError.Unsupported($"{reference.GetType().Name} in FROM");
        }
    }

    private string Join(QualifiedJoin join, Scope scope)
    {
        var before = scope.Sources.Count;
        var first = Table(join.FirstTableReference, scope);
        var middle = scope.Sources.Count;
        var second = Table(join.SecondTableReference, scope);
        if (join.SecondTableReference is QualifiedJoin)
        {
            second = $"({second})";
        }

        var end = scope.Sources.Count;
        var condition = Condition(join.SearchCondition, scope);
        if (join.QualifiedJoinType is QualifiedJoinType.LeftOuter or QualifiedJoinType.FullOuter)
        {
            scope.Sources[middle..end].ForEach(s => s.IsOuter = true);
        }

        if (join.QualifiedJoinType is QualifiedJoinType.RightOuter or QualifiedJoinType.FullOuter)
        {
            scope.Sources[before..middle].ForEach(s => s.IsOuter = true);
        }

        var word = join.QualifiedJoinType switch
        {
            QualifiedJoinType.Inner => "JOIN",
            QualifiedJoinType.LeftOuter => "LEFT JOIN",
            QualifiedJoinType.RightOuter => "RIGHT JOIN",
            _ => "FULL JOIN",
        };
        return $"{first} {word} {second} ON {condition}";
    }

    private string Inline(InlineDerivedTable inline, Scope scope)
    {
        var rows = inline.RowValues.Select(r => r.ColumnValues.Select(v => Scalar(v, scope)).ToList()).ToList();
        var types = Enumerable.Range(0, rows[0].Count).Select(i => rows.Select(r => r[i].Type).Aggregate(SqlType.Combine)).ToList();
        var columns = inline.Columns.Select((c, i) => new Column(c.Value, types[i], true, $"c{i + 1}")).ToImmutableArray();
        var sql = string.Join(" UNION ALL ", rows.Select(r => "SELECT " + string.Join(", ", r.Select((e, i) => $"{Convert(e, types[i]).Sql} AS c{i + 1}"))));
        var source = Add(scope, inline.Alias.Value, null, columns, null);
        return $"({sql}) AS {source.Alias}";
    }

    /// <summary>An APPLY whose query gives at most one row: each column becomes a subquery of its own.</summary>
    private string Apply(UnqualifiedJoin apply, Scope scope)
    {
        var first = Table(apply.FirstTableReference, scope);
        var isOuter = apply.UnqualifiedJoinType == UnqualifiedJoinType.OuterApply;
        if (apply.SecondTableReference is InlineDerivedTable { RowValues.Count: 1 } values)
        {
            var single = values.RowValues[0].ColumnValues.Select(v => Scalar(v, scope)).ToList();
            var named = values.Columns.Select((c, i) => new Column(c.Value, single[i].Type, single[i].IsNullable, c.Value)).ToImmutableArray();
            scope.Sources.Add(new(values.Alias.Value, null, $"a{++_aliases}", named) { Substitutes = single });
            return first;
        }

        if (apply.SecondTableReference is not QueryDerivedTable derived)
        {
            throw SqlError.Unsupported($"APPLY of {apply.SecondTableReference.GetType().Name}");
        }

        var query = Query(derived.QueryExpression, scope, null);
        var columns = Named(query.Columns, derived.Columns, derived.Alias.Value);
        if (query.IsSingle)
        {
            var substitutes = columns.Select(c => new Expr(
                $"(SELECT {c.SqlName} FROM ({query.Sql}))", c.Type, true, c.Type.IsText ? Coercibility.Implicit : Coercibility.Default)).ToList();
            scope.Sources.Add(new(derived.Alias.Value, null, $"a{++_aliases}", columns) { Substitutes = substitutes });
            var isAlwaysOne = derived.QueryExpression is QuerySpecification { TopRowFilter: null };
            return isOuter || isAlwaysOne ? first : $"{first} JOIN (SELECT 1) ON EXISTS ({query.Sql})";
        }

        if (derived.QueryExpression is QuerySpecification
            {
                GroupByClause: null, HavingClause: null, TopRowFilter: null, OrderByClause: null, UniqueRowFilter: UniqueRowFilter.NotSpecified, FromClause: { } from,
            } plain)
        {
            var inner = new Scope(scope);
            var tables = From(from, inner);
            var condition = plain.WhereClause is null ? "1" : Condition(plain.WhereClause.SearchCondition, inner);
            var items = plain.SelectElements.SelectMany(e => e switch
            {
                SelectScalarExpression s => [Scalar(s.Expression, inner)],
                SelectStarExpression s => Star(s, inner).Select(i => i.Expr),
                _ => throw SqlError.Unsupported("assignment in APPLY"),
            }).ToList();
            if (inner.Sources.Count == 1)
            {
                scope.Sources.Add(new(derived.Alias.Value, null, $"a{++_aliases}", columns) { Substitutes = items, IsOuter = isOuter });
                return $"{first} {(isOuter ? "LEFT JOIN" : "JOIN")} {tables} ON {condition}";
            }
        }

        throw SqlError.Unsupported("this form of APPLY");
    }

    private string NamedTable(NamedTableReference named, Scope scope)
    {
        if (named.TableSampleClause is not null || named.TemporalClause is not null)
        {
            throw SqlError.Unsupported("TABLESAMPLE and FOR SYSTEM_TIME");
        }

        Hints(named.TableHints);
        var name = named.SchemaObject;
        var alias = named.Alias?.Value;
        if (name.Identifiers.Count == 1 && _ctes.TryGetValue(name.BaseIdentifier.Value, out var cte))
        {
            var cteSource = Add(scope, alias ?? name.BaseIdentifier.Value, null, cte.Columns, null);
            return $"{cte.Alias} AS {cteSource.Alias}";
        }

        var relation = Resolve(name);
        session.Demand(relation, "SELECT");
        var source = Add(scope, alias ?? relation.Name, alias is null ? relation.Schema : null, relation.Columns, relation);
        return $"{relation.SqlName} AS {source.Alias}";
    }

    public void Hints(IList<TableHint> hints)
    {
        foreach (var hint in hints)
        {
            switch (hint.HintKind)
            {
                case TableHintKind.UpdLock or TableHintKind.HoldLock or TableHintKind.Serializable or TableHintKind.XLock or TableHintKind.TabLockX or TableHintKind.RepeatableRead:
                    NeedsWriter = true;
                    break;
                case TableHintKind.Rowlock or TableHintKind.ReadPast or TableHintKind.NoLock or TableHintKind.ReadCommitted or TableHintKind.ReadCommittedLock
                    or TableHintKind.ReadUncommitted or TableHintKind.TabLock or TableHintKind.PagLock or TableHintKind.NoWait or TableHintKind.Index or TableHintKind.ForceSeek
                    or TableHintKind.ForceScan or TableHintKind.Snapshot or TableHintKind.KeepIdentity:
                    break;
                default:
                    throw SqlError.Unsupported($"table hint {hint.HintKind}");
            }
        }
    }

    /// <summary>The table or view of this name.</summary>
    /// <exception cref="SqlError">208.</exception>
    public Relation Resolve(SchemaObjectName name)
    {
        var text = string.Join('.', name.Identifiers.Select(i => i.Value));
        if (name.ServerIdentifier is not null)
        {
            throw SqlError.Unsupported("linked servers");
        }

        var schema = name.SchemaIdentifier?.Value;
        var isSystem = schema is not null
            && (schema.Equals("sys", StringComparison.OrdinalIgnoreCase) || schema.Equals("INFORMATION_SCHEMA", StringComparison.OrdinalIgnoreCase));
        if (isSystem)
        {
            IsVolatile = true;
            return SystemViews.Find(session, schema!, name.BaseIdentifier.Value) ?? throw SqlError.InvalidObject(text);
        }

        if (name.DatabaseIdentifier is { Value.Length: > 0 } database && !database.Value.Equals(session.Database.Name, StringComparison.OrdinalIgnoreCase))
        {
            throw session.Server.Find(database.Value) is null ? SqlError.InvalidObject(text) : SqlError.Unsupported("objects of another database");
        }

        return session.FindRelation(schema, name.BaseIdentifier.Value) ?? throw SqlError.InvalidObject(text);
    }

    private Source Add(Scope scope, string? name, string? schema, IReadOnlyList<Column> columns, Relation? relation)
    {
        var source = new Source(name, schema, $"a{++_aliases}", columns) { Relation = relation };
        scope.Sources.Add(source);
        return source;
    }

    private static bool Matches(Source source, List<string> qualifier) =>
        source.Name is not null
        && source.Name.Equals(qualifier[^1], StringComparison.OrdinalIgnoreCase)
        && (qualifier.Count == 1
            || (source.Schema is not null && source.Schema.Equals(qualifier[^2].Length == 0 ? source.Schema : qualifier[^2], StringComparison.OrdinalIgnoreCase)));

    private static Expr ColumnOf(Source source, int index)
    {
        var column = source.Columns[index];
        if (source.Substitutes is { } substitutes)
        {
            return substitutes[index] with { IsNullable = source.IsOuter || substitutes[index].IsNullable };
        }

        var sql = source.Alias.Length == 0 ? Quote(column.SqlName) : $"{source.Alias}.{Quote(column.SqlName)}";
        return new(sql, column.Type, column.IsNullable || source.IsOuter, column.Type.IsText ? Coercibility.Implicit : Coercibility.Default, IsColumn: true);
    }

    private static Expr Checked(Expr expr, Scope owner, string name)
    {
        if (owner.GroupKeys is { } keys && owner.InAggregate == 0 && owner.Unchecked == 0 && !keys.Contains(expr.Sql))
        {
            throw new SqlError(8120, $"Column '{name}' is invalid in the select list because it is not contained in either an aggregate function or the GROUP BY clause.");
        }

        return expr;
    }

    private static Expr ColumnReference(ColumnReferenceExpression reference, Scope scope)
    {
        if (reference.ColumnType != ColumnType.Regular)
        {
            throw SqlError.Unsupported($"column {reference.ColumnType}");
        }

        var parts = reference.MultiPartIdentifier.Identifiers.Select(i => i.Value).ToList();
        var name = parts[^1];
        var qualifier = parts[..^1];
        for (var s = scope; s is not null; s = s.Parent)
        {
            var sources = qualifier.Count == 0 ? s.Sources : [.. s.Sources.Where(x => Matches(x, qualifier))];
            var found = sources
                .SelectMany(x => x.Columns.Select((c, i) => (Source: x, Column: c, Index: i)))
                .Where(x => x.Column.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                .ToList();
            if (found.Count > 1)
            {
                throw new SqlError(209, $"Ambiguous column name '{name}'.");
            }

            if (found.Count == 1)
            {
                return Checked(ColumnOf(found[0].Source, found[0].Index), s, string.Join('.', parts));
            }

            if (qualifier.Count > 0 && sources.Count > 0)
            {
                throw SqlError.InvalidColumn(name);
            }
        }

        throw qualifier.Count == 0
            ? SqlError.InvalidColumn(name)
            : new SqlError(4104, $"The multi-part identifier \"{string.Join('.', parts)}\" could not be bound.");
    }

    private Variable Variable(string name) => variables.TryGetValue(name, out var variable)
        ? variable
        : throw new SqlError(137, $"Must declare the scalar variable \"{name}\".", 15, 2);

    /// <summary>Finds a table of this name in FROM.</summary>
    private sealed class TableFinder(string name) : TSqlFragmentVisitor
    {
        public bool IsFound { get; private set; }

        public override void Visit(NamedTableReference node) =>
            IsFound |= node.SchemaObject.Identifiers.Count == 1 && node.SchemaObject.BaseIdentifier.Value.Equals(name, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Finds aggregates of a query itself, not those of its subqueries or windows.</summary>
    private sealed class AggregateFinder : TSqlFragmentVisitor
    {
        public bool IsFound { get; private set; }

        public override void ExplicitVisit(FunctionCall node)
        {
            if (node.OverClause is null)
            {
                IsFound |= IsAggregate(node.FunctionName.Value);
            }

            base.ExplicitVisit(node);
        }

        public override void ExplicitVisit(ScalarSubquery node)
        {
        }
    }
}
