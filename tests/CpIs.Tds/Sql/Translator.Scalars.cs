using System.Globalization;
using CpIs.Tds.Protocol;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace CpIs.Tds.Sql;

internal sealed partial class Translator
{
    /// <summary>The value converted as an assignment or a comparison would.</summary>
    public Expr Convert(Expr e, SqlType to, bool isExplicit = false, int style = 0)
    {
        var from = e.Type;
        if (isExplicit)
        {
            Conversion.CheckExplicit(from, to);
        }
        else
        {
            Conversion.CheckImplicit(from, to);
        }

        var typed = e with { Type = to.IsText ? to with { Collation = to.Collation ?? from.Collation } : to, IsColumn = e.IsColumn && from.Id == to.Id };
        if (from.Id == TypeId.Null || to.Id is TypeId.Null or TypeId.Variant || IsWidening(from, to))
        {
            return typed;
        }

        if (from.IsInteger && to.IsFloating)
        {
            return typed with { Sql = $"CAST({e.Sql} AS REAL)", IsColumn = false };
        }

        if (from.Id == TypeId.Date && to.IsInstant)
        {
            return typed with { Sql = $"({e.Sql} || ' 00:00:00.0000000')", IsColumn = false };
        }

        return typed with { Sql = $"t_conv({e.Sql}, {session.Server.TypeNumber(from)}, {session.Server.TypeNumber(to)}, {style})", IsColumn = false };
    }

    /// <summary>The value as a column stores it: with SQL Server's errors for what does not fit.</summary>
    public string Store(Expr e, Column column, Relation relation)
    {
        Conversion.CheckImplicit(e.Type, column.Type);
        return e.Type.Id == TypeId.Null || IsWidening(e.Type, column.Type)
            ? e.Sql
            : $"t_store({e.Sql}, {session.Server.TypeNumber(e.Type)}, {session.Server.TypeNumber(column.Type)}, {Text($"{session.Database.Name}.{relation.FullName}")}, {Text(column.Name)})";
    }

    /// <summary>The expression with its collation said aloud, unless it is a column that has it anyway.</summary>
    public string Collated(Expr e) => e.IsColumn ? e.Sql : e.Sql + CollateSuffix(e.Type);

    public string CollateSuffix(SqlType type) => type.IsText
        ? " COLLATE " + Collations.Kind(type.Collation ?? DefaultCollation)
        : type.IsDecimal ? " COLLATE " + Collations.DecimalOrder : "";

    public Expr Scalar(ScalarExpression expression, Scope scope)
    {
        if (scope.HasGroupedExpressions && scope.InAggregate == 0 && scope.Unchecked == 0 && expression is not (ColumnReferenceExpression or Microsoft.SqlServer.TransactSql.ScriptDom.Literal))
        {
            scope.Unchecked++;
            var whole = ScalarCore(expression, scope);
            scope.Unchecked--;
            if (scope.GroupKeys!.Contains(whole.Sql))
            {
                return whole;
            }
        }

        return ScalarCore(expression, scope);
    }

    public string Condition(BooleanExpression expression, Scope scope)
    {
        switch (expression)
        {
            case BooleanParenthesisExpression p:
                return $"({Condition(p.Expression, scope)})";
            case BooleanNotExpression not:
                return $"(NOT {Condition(not.Expression, scope)})";
            case BooleanBinaryExpression binary:
                var word = binary.BinaryExpressionType == BooleanBinaryExpressionType.And ? "AND" : "OR";
                return $"({Condition(binary.FirstExpression, scope)} {word} {Condition(binary.SecondExpression, scope)})";
            case BooleanIsNullExpression isNull:
                return $"({Scalar(isNull.Expression, scope).Sql} IS {(isNull.IsNot ? "NOT " : "")}NULL)";
            case BooleanComparisonExpression comparison:
                return Compare(Scalar(comparison.FirstExpression, scope), Scalar(comparison.SecondExpression, scope), Operator(comparison.ComparisonType));
            case ExistsPredicate exists:
                return $"EXISTS ({Query(exists.Subquery.QueryExpression, scope, null).Sql})";
            case InPredicate @in:
                return In(@in, scope);
            case LikePredicate like:
                return Like(like, scope);
            case BooleanTernaryExpression between:
            {
                var value = Scalar(between.FirstExpression, scope);
                var low = Compare(value, Scalar(between.SecondExpression, scope), ">=");
                var high = Compare(value, Scalar(between.ThirdExpression, scope), "<=");
                return between.TernaryExpressionType == BooleanTernaryExpressionType.Between ? $"({low} AND {high})" : $"(NOT ({low} AND {high}))";
            }

            default:
                throw SqlError.Unsupported(expression.GetType().Name);
        }
    }

    private static bool IsWidening(SqlType from, SqlType to)
    {
        if (from.Id == to.Id)
        {
            return from.Id switch
            {
                TypeId.VarChar or TypeId.NVarChar or TypeId.VarBinary => Fits(from.Length, to.Length),
                TypeId.Char or TypeId.NChar or TypeId.Binary => from.Length == to.Length,
                TypeId.Decimal => from.Scale == to.Scale && from.Precision <= to.Precision,
                TypeId.Time or TypeId.DateTime2 or TypeId.DateTimeOffset => from.Scale <= to.Scale,
                _ => true,
            };
        }

        return (from.Id, to.Id) switch
        {
            (TypeId.Char or TypeId.VarChar or TypeId.NChar, TypeId.NVarChar) => Fits(from.Length, to.Length),
            (TypeId.Char, TypeId.VarChar) => Fits(from.Length, to.Length),
            (TypeId.Binary, TypeId.VarBinary) => Fits(from.Length, to.Length),
            (TypeId.Real, TypeId.Float) => true,
            (TypeId.DateTime, TypeId.DateTime2) => to.Scale >= 3,
            _ => from.IsInteger && to.IsInteger && to.Id != TypeId.Bit && from.Id < to.Id,
        };
    }

    private static bool Fits(int from, int to) => to == SqlType.Max || (from != SqlType.Max && from <= to);

    private static string Operator(BooleanComparisonType type) => type switch
    {
        BooleanComparisonType.Equals => "=",
        BooleanComparisonType.NotEqualToBrackets or BooleanComparisonType.NotEqualToExclamation => "<>",
        BooleanComparisonType.LessThan => "<",
        BooleanComparisonType.LessThanOrEqualTo or BooleanComparisonType.NotGreaterThan => "<=",
        BooleanComparisonType.GreaterThan => ">",
        BooleanComparisonType.GreaterThanOrEqualTo or BooleanComparisonType.NotLessThan => ">=",
        _ => throw SqlError.Unsupported($"comparison {type}"),
    };

    private (string Left, string Right, string Collate) Comparable(Expr a, Expr b)
    {
        var type = SqlType.Combine(a.Type, b.Type);
        if (type.IsText)
        {
            var collation = CommonCollation(a, b);
            return (a.Sql, b.Sql, " COLLATE " + Collations.Kind(collation));
        }

        var left = type.IsDecimal || a.Type.Id != b.Type.Id ? Convert(a, Wide(type)) : a;
        var right = type.IsDecimal || a.Type.Id != b.Type.Id ? Convert(b, Wide(type)) : b;
        return type.Id == TypeId.DateTimeOffset
            ? ($"substr({left.Sql}, 1, {Stored.InstantLength})", $"substr({right.Sql}, 1, {Stored.InstantLength})", "")
            : (left.Sql, right.Sql, type.IsDecimal ? " COLLATE " + Collations.DecimalOrder : "");
    }

    // For a comparison nothing is cut to the scale of either side.
    private static SqlType Wide(SqlType type) => type.Id switch
    {
        TypeId.DateTime2 or TypeId.DateTimeOffset or TypeId.Time => type with { Scale = 7 },
        _ => type,
    };

    private string CommonCollation(Expr a, Expr b)
    {
        var left = a.Type.IsText ? a.Type.Collation ?? DefaultCollation : DefaultCollation;
        var right = b.Type.IsText ? b.Type.Collation ?? DefaultCollation : DefaultCollation;
        if (a.Label == b.Label && a.Label != Coercibility.Default && !left.Equals(right, StringComparison.OrdinalIgnoreCase))
        {
            throw new SqlError(468, $"Cannot resolve the collation conflict between \"{right}\" and \"{left}\" in the equal to operation.", state: 9);
        }

        return a.Label >= b.Label ? left : right;
    }

    private string Compare(Expr a, Expr b, string op)
    {
        var (left, right, collate) = Comparable(a, b);
        return $"({left}{collate} {op} {right})";
    }

    private string In(InPredicate predicate, Scope scope)
    {
        var value = Scalar(predicate.Expression, scope);
        var not = predicate.NotDefined ? "NOT " : "";
        if (predicate.Subquery is { } subquery)
        {
            var query = Query(subquery.QueryExpression, scope, null);
            if (query.Columns.Length != 1)
            {
                throw new SqlError(116, "Only one expression can be specified in the select list when the subquery is not introduced with EXISTS.");
            }

            var type = SqlType.Combine(value.Type, query.Columns[0].Type);
            if (!type.IsText && (value.Type.Id != query.Columns[0].Type.Id || type.IsDecimal))
            {
                query = Query(subquery.QueryExpression, scope, (_, e) => Convert(e, Wide(type)));
                value = Convert(value, Wide(type));
            }

            var label = new Expr("", query.Columns[0].Type, true, Coercibility.Default);
            var collate = type.IsText ? " COLLATE " + Collations.Kind(CommonCollation(value, label)) : type.IsDecimal ? " COLLATE " + Collations.DecimalOrder : "";
            return $"({value.Sql}{collate} {not}IN ({query.Sql}))";
        }

        var items = predicate.Values.Select(v => Scalar(v, scope)).ToList();
        var all = items.Select(i => i.Type).Aggregate(value.Type, SqlType.Combine);
        if (items.TrueForAll(i => i.Type.Id == value.Type.Id || (i.Type.IsText && value.Type.IsText) || (i.Type.IsInteger && value.Type.IsInteger))
            && all.Id is not (TypeId.DateTimeOffset or TypeId.Decimal or TypeId.Money))
        {
            var collate = all.IsText ? " COLLATE " + Collations.Kind(items.Aggregate(value, (v, i) => v with { Type = v.Type with { Collation = CommonCollation(v, i) } }).Type.Collation) : "";
            return $"({value.Sql}{collate} {not}IN ({string.Join(", ", items.Select(i => i.Sql))}))";
        }

        var any = string.Join(" OR ", items.Select(i => Compare(value, i, "=")));
        return predicate.NotDefined ? $"(NOT ({any}))" : $"({any})";
    }

    private string Like(LikePredicate like, Scope scope)
    {
        if (like.OdbcEscape)
        {
            throw SqlError.Unsupported("ODBC escapes");
        }

        var value = Convert(Scalar(like.FirstExpression, scope), SqlType.NVarChar(SqlType.Max));
        var pattern = Convert(Scalar(like.SecondExpression, scope), SqlType.NVarChar(SqlType.Max));
        var escape = like.EscapeExpression is null ? "NULL" : Scalar(like.EscapeExpression, scope).Sql;
        var call = $"t_like({value.Sql}, {pattern.Sql}, {escape}, {Text(Collations.Kind(CommonCollation(value, pattern)))})";
        return like.NotDefined ? $"(NOT {call})" : call;
    }

    private Expr ScalarCore(ScalarExpression expression, Scope scope)
    {
        switch (expression)
        {
            case ParenthesisExpression p:
                var inner = Scalar(p.Expression, scope);
                return inner with { Sql = $"({inner.Sql})", IsColumn = false };
            case ColumnReferenceExpression column:
                return ColumnReference(column, scope);
            case VariableReference variable:
                return VariableValue(variable.Name);
            case GlobalVariableExpression global:
                return Global(global.Name);
            case Microsoft.SqlServer.TransactSql.ScriptDom.Literal literal:
                return LiteralValue(literal);
            case UnaryExpression unary:
                return Unary(unary, scope);
            case BinaryExpression binary:
                return Arithmetic(binary, scope);
            case CastCall cast:
                return Cast(Scalar(cast.Parameter, scope), Declared(cast.DataType), 0, cast.Collation, false);
            case TryCastCall cast:
                return Cast(Scalar(cast.Parameter, scope), Declared(cast.DataType), 0, cast.Collation, true);
            case ConvertCall convert:
                return Cast(Scalar(convert.Parameter, scope), Declared(convert.DataType), Style(convert.Style), convert.Collation, false);
            case TryConvertCall convert:
                return Cast(Scalar(convert.Parameter, scope), Declared(convert.DataType), Style(convert.Style), convert.Collation, true);
            case CoalesceExpression coalesce:
            {
                var items = coalesce.Expressions.Select(e => Scalar(e, scope)).ToList();
                if (items.TrueForAll(i => i.Type.Id == TypeId.Null))
                {
                    throw new SqlError(4127, "At least one of the arguments to COALESCE must be an expression that is not the NULL constant.");
                }

                var type = Common(items, out var label);
                return new($"coalesce({string.Join(", ", items.Select(i => Convert(i, type).Sql))})", type, items.TrueForAll(i => i.IsNullable), label);
            }

            case NullIfExpression nullIf:
            {
                var a = Scalar(nullIf.FirstExpression, scope);
                var b = Scalar(nullIf.SecondExpression, scope);
                return a with { Sql = $"(CASE WHEN {Compare(a, b, "=")} THEN NULL ELSE {a.Sql} END)", IsNullable = true, IsColumn = false };
            }

            case IIfCall iif:
                return Case([(Condition(iif.Predicate, scope), Scalar(iif.ThenExpression, scope))], Scalar(iif.ElseExpression, scope));
            case SearchedCaseExpression searched:
                return Case(
                    searched.WhenClauses.Select(w => (Condition(w.WhenExpression, scope), Scalar(w.ThenExpression, scope))).ToList(),
                    searched.ElseExpression is null ? null : Scalar(searched.ElseExpression, scope));
            case SimpleCaseExpression simple:
            {
                var input = Scalar(simple.InputExpression, scope);
                return Case(
                    simple.WhenClauses.Select(w => (Compare(input, Scalar(w.WhenExpression, scope), "="), Scalar(w.ThenExpression, scope))).ToList(),
                    simple.ElseExpression is null ? null : Scalar(simple.ElseExpression, scope));
            }

            case ScalarSubquery subquery:
                return Subquery(subquery, scope);
            case LeftFunctionCall left:
                return Function("LEFT", left.Parameters, scope);
            case RightFunctionCall right:
                return Function("RIGHT", right.Parameters, scope);
            case ParameterlessCall call:
                return call.ParameterlessCallType == ParameterlessCallType.CurrentTimestamp
                    ? Function("GETDATE", [], scope)
                    : Function("USER_NAME", [], scope);
            case FunctionCall call:
                return Call(call, scope);
            case AtTimeZoneCall zone:
            {
                var value = Scalar(zone.DateValue, scope);
                return new($"t_zone({value.Sql}, {session.Server.TypeNumber(value.Type)}, {Scalar(zone.TimeZone, scope).Sql})", SqlType.DateTimeOffset(value.Type.Scale), value.IsNullable);
            }

            default:
                throw SqlError.Unsupported(expression.GetType().Name);
        }
    }

    private Expr Explicitly(Expr e, Identifier? collation)
    {
        if (collation is null)
        {
            return e;
        }

        var name = CollationName(collation.Value);
        return e with
        {
            Type = e.Type with { Collation = name },
            Label = Coercibility.Explicit,
            IsColumn = false,
        };
    }

    public string CollationName(string name)
    {
        if (name.Equals("DATABASE_DEFAULT", StringComparison.OrdinalIgnoreCase) || name.Equals("CATALOG_DEFAULT", StringComparison.OrdinalIgnoreCase))
        {
            return DefaultCollation;
        }

        Collations.Kind(name);
        return name;
    }

    private static int Style(ScalarExpression? style) => style switch
    {
        null => 0,
        IntegerLiteral literal => int.Parse(literal.Value, CultureInfo.InvariantCulture),
        _ => throw SqlError.Unsupported("a CONVERT style that is not a literal"),
    };

    private Expr Cast(Expr value, SqlType type, int style, Identifier? collation, bool isTry)
    {
        if (type.IsText || type.IsBinary)
        {
            type = type.Length == 0 ? type with { Length = 30 } : type;
        }

        if (type.IsText)
        {
            type = type with { Collation = value.Type.IsText ? value.Type.Collation : null };
        }

        if (isTry && value.Type.Id != TypeId.Null)
        {
            Conversion.CheckExplicit(value.Type, type);
            return Explicitly(
                new($"t_try({value.Sql}, {session.Server.TypeNumber(value.Type)}, {session.Server.TypeNumber(type)}, {style})", type, true, value.Type.IsText && type.IsText ? value.Label : Coercibility.Default),
                collation);
        }

        var needsStyle = style != 0 && value.Type.Id != type.Id;
        var converted = needsStyle
            ? new Expr($"t_conv({value.Sql}, {session.Server.TypeNumber(value.Type)}, {session.Server.TypeNumber(type)}, {style})", type, value.IsNullable)
            : Convert(value, type, isExplicit: true);
        return Explicitly(converted with { IsColumn = false, Label = value.Type.IsText && type.IsText ? value.Label : Coercibility.Default }, collation);
    }

    private SqlType Common(List<Expr> items, out Coercibility label)
    {
        var type = items.Select(i => i.Type).Aggregate(SqlType.Combine);
        label = Coercibility.Default;
        if (type.IsText)
        {
            var all = items.Where(i => i.Type.IsText).Aggregate((a, b) => a with
            {
                Type = a.Type with { Collation = CommonCollation(a, b) },
                Label = a.Label >= b.Label ? a.Label : b.Label,
            });
            label = all.Label;
            type = type with { Collation = all.Type.Collation };
        }

        return type;
    }

    private Expr Case(List<(string When, Expr Then)> branches, Expr? otherwise)
    {
        var results = branches.Select(b => b.Then).Concat(otherwise is { } e ? [e] : []).ToList();
        if (results.TrueForAll(r => r.Type.Id == TypeId.Null))
        {
            throw new SqlError(8133, "At least one of the result expressions in a CASE specification must be an expression other than the NULL constant.");
        }

        var type = Common(results, out var label);
        var whens = string.Join(" ", branches.Select(b => $"WHEN {b.When} THEN {Convert(b.Then, type).Sql}"));
        var last = otherwise is { } o ? $" ELSE {Convert(o, type).Sql}" : "";
        return new($"(CASE {whens}{last} END)", type, otherwise is null || results.Exists(r => r.IsNullable), label);
    }

    private Expr Subquery(ScalarSubquery subquery, Scope scope)
    {
        var query = Query(subquery.QueryExpression, scope, null);
        if (query.Columns.Length != 1)
        {
            throw new SqlError(116, "Only one expression can be specified in the select list when the subquery is not introduced with EXISTS.");
        }

        var column = query.Columns[0];
        var label = column.Type.IsText ? Coercibility.Implicit : Coercibility.Default;
        var sql = query.IsSingle
            ? $"({query.Sql})"
            : $"(SELECT CASE WHEN count(*) > 1 THEN t_fail(512) ELSE max(c1) END FROM (SELECT c1 FROM ({query.Sql}) LIMIT 2))";
        return new(sql, column.Type, true, label);
    }

    private Expr VariableValue(string name)
    {
        if (IsStored)
        {
            throw new SqlError(137, $"Must declare the scalar variable \"{name}\".", 15, 2);
        }

        var variable = Variable(name);
        Parameters.Add(name);
        return new("@v_" + ParameterName(name), variable.Type);
    }

    public static string ParameterName(string name) => string.Concat(name.TrimStart('@').ToLowerInvariant().Select(c => char.IsLetterOrDigit(c) ? c.ToString() : $"_{(int)c}_"));

    private Expr Global(string name)
    {
        var type = name.ToUpperInvariant() switch
        {
            "@@ROWCOUNT" or "@@TRANCOUNT" or "@@ERROR" or "@@FETCH_STATUS" or "@@LOCK_TIMEOUT" or "@@MAX_PRECISION" or "@@OPTIONS" or "@@NESTLEVEL" => SqlType.Int,
            "@@SPID" => SqlType.SmallInt,
            "@@IDENTITY" => SqlType.Decimal(38, 0),
            "@@VERSION" or "@@SERVERNAME" or "@@LANGUAGE" or "@@SERVICENAME" => SqlType.NVarChar(300),
            _ => throw SqlError.Unsupported(name),
        };
        return SessionValue(name, type, isNullable: name.Equals("@@IDENTITY", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>A value that is the same throughout a statement.</summary>
    private Expr SessionValue(string name, SqlType type, bool isNullable = false)
    {
        if (IsStored)
        {
            return new($"t_session({Text(name)})", type, isNullable);
        }

        Parameters.Add("$" + name);
        return new("@s_" + ParameterName(name.Trim('(', ')')), type, isNullable);
    }

    private Expr LiteralValue(Microsoft.SqlServer.TransactSql.ScriptDom.Literal literal)
    {
        var value = literal.Value;
        switch (literal)
        {
            case NullLiteral:
                return new("NULL", SqlType.Null);
            case IntegerLiteral:
                return long.TryParse(value, CultureInfo.InvariantCulture, out var number) && number <= int.MaxValue
                    ? new(value, SqlType.Int, false)
                    : new(Text(value), SqlType.Decimal(Math.Max(1, value.TrimStart('0').Length), 0), false);
            case NumericLiteral:
            {
                var point = value.IndexOf('.', StringComparison.Ordinal);
                var scale = value.Length - point - 1;
                var whole = value[..point].TrimStart('0').Length;
                return new(Text(Stored.Decimal(decimal.Parse(value, CultureInfo.InvariantCulture), scale)), SqlType.Decimal(Math.Max(1, whole + scale), scale), false);
            }

            case MoneyLiteral:
                return new(Text(Stored.Decimal(decimal.Parse(value.TrimStart('$', '£'), CultureInfo.InvariantCulture), 4)), new(TypeId.Money, 0, 19, 4), false);
            case RealLiteral:
                return new(double.Parse(value, CultureInfo.InvariantCulture).ToString("R", CultureInfo.InvariantCulture) is var real && real.AsSpan().IndexOfAny('.', 'E') < 0 ? real + ".0" : real, SqlType.Float, false);
            case BinaryLiteral:
            {
                var hex = value[2..].Replace("\\\n", "", StringComparison.Ordinal);
                hex = hex.Length % 2 == 1 ? "0" + hex : hex;
                return new($"x'{hex}'", SqlType.VarBinary(Math.Max(1, hex.Length / 2)), false);
            }

            case StringLiteral text:
            {
                var length = value.Length > (text.IsNational ? 4000 : 8000) ? SqlType.Max : Math.Max(1, value.Length);
                var expr = text.IsNational
                    ? new Expr(Text(value), SqlType.NVarChar(length), false)
                    : new Expr(Text(Conversion.Ansi(value)), SqlType.VarChar(length), false);
                return Explicitly(expr, text.Collation);
            }

            default:
                throw SqlError.Unsupported(literal.GetType().Name);
        }
    }

    private Expr Unary(UnaryExpression unary, Scope scope)
    {
        var value = Scalar(unary.Expression, scope);
        if (unary.UnaryExpressionType == UnaryExpressionType.Positive)
        {
            return value;
        }

        if (!value.Type.IsNumber)
        {
            throw new SqlError(8117, $"Operand data type {value.Type.BaseName} is invalid for minus operator.");
        }

        return unary.UnaryExpressionType == UnaryExpressionType.BitwiseNot
            ? value with { Sql = value.Type.Id == TypeId.Bit ? $"(1 - {value.Sql})" : $"(~{value.Sql})", IsColumn = false }
            : value.Type.IsDecimal
                ? value with { Sql = $"t_dec('-', '0', {value.Sql}, {value.Type.Scale})", IsColumn = false }
                : value with { Sql = $"(-{value.Sql})", IsColumn = false };
    }

    private Expr Arithmetic(BinaryExpression binary, Scope scope)
    {
        var a = Scalar(binary.FirstExpression, scope);
        var b = Scalar(binary.SecondExpression, scope);
        var nullable = a.IsNullable || b.IsNullable;
        var kind = binary.BinaryExpressionType;
        var type = SqlType.Combine(a.Type, b.Type);
        if (kind == BinaryExpressionType.Add && type.IsText)
        {
            var sum = type with { Length = SqlType.Sum(LengthOf(a.Type), LengthOf(b.Type), type.IsUnicode ? 4000 : 8000), Id = type.IsUnicode ? TypeId.NVarChar : TypeId.VarChar };
            var joined = Common([a, b], out var label);
            return new($"({a.Sql} || {b.Sql})", sum with { Collation = joined.Collation }, nullable, label);
        }

        if (kind == BinaryExpressionType.Add && type.IsBinary)
        {
            return new($"t_bytes({a.Sql}, {b.Sql})", SqlType.VarBinary(SqlType.Sum(a.Type.Length, b.Type.Length, 8000)), nullable);
        }

        if (type.Id == TypeId.Null)
        {
            return new("NULL", SqlType.Int);
        }

        if (type.Id == TypeId.DateTime && kind is BinaryExpressionType.Add or BinaryExpressionType.Subtract && (a.Type.IsNumber || b.Type.IsNumber))
        {
            throw SqlError.Unsupported("arithmetic of datetime and number: use DATEADD");
        }

        if (!type.IsNumber || (type.Id == TypeId.Bit && kind is not (BinaryExpressionType.BitwiseAnd or BinaryExpressionType.BitwiseOr or BinaryExpressionType.BitwiseXor)))
        {
            throw type.Id == TypeId.Bit || type.IsText
                ? new SqlError(8117, $"Operand data type {type.BaseName} is invalid for {kind.ToString().ToLowerInvariant()} operator.")
                : new SqlError(206, $"Operand type clash: {a.Type.BaseName} is incompatible with {b.Type.BaseName}");
        }

        if (type.IsDecimal)
        {
            var (x, y) = (SqlType.AsDecimal(a.Type.Id == TypeId.Null ? type : a.Type), SqlType.AsDecimal(b.Type.Id == TypeId.Null ? type : b.Type));
            var result = DecimalResult(kind, x, y);
            var symbol = kind switch
            {
                BinaryExpressionType.Add => "+",
                BinaryExpressionType.Subtract => "-",
                BinaryExpressionType.Multiply => "*",
                BinaryExpressionType.Divide => "/",
                BinaryExpressionType.Modulo => "%",
                _ => throw SqlError.Unsupported("bit operators over decimal"),
            };
            return new($"t_dec('{symbol}', {Convert(a, x).Sql}, {Convert(b, y).Sql}, {result.Scale})", result, nullable);
        }

        var left = Convert(a, type).Sql;
        var right = Convert(b, type).Sql;
        var sql = kind switch
        {
            BinaryExpressionType.Add => $"({left} + {right})",
            BinaryExpressionType.Subtract => $"({left} - {right})",
            BinaryExpressionType.Multiply => $"({left} * {right})",
            BinaryExpressionType.Divide => $"t_div({left}, {right})",
            BinaryExpressionType.Modulo => $"t_mod({left}, {right})",
            BinaryExpressionType.BitwiseAnd => $"({left} & {right})",
            BinaryExpressionType.BitwiseOr => $"({left} | {right})",
            BinaryExpressionType.BitwiseXor => $"(({left} | {right}) - ({left} & {right}))",
            _ => throw SqlError.Unsupported(kind.ToString()),
        };
        return new(sql, type, nullable);
    }

    private static SqlType DecimalResult(BinaryExpressionType kind, SqlType a, SqlType b)
    {
        var (precision, scale) = kind switch
        {
            BinaryExpressionType.Multiply => (a.Precision + b.Precision + 1, a.Scale + b.Scale),
            BinaryExpressionType.Divide => (a.Precision - a.Scale + b.Scale + Math.Max(6, a.Scale + b.Precision + 1), Math.Max(6, a.Scale + b.Precision + 1)),
            _ => (Math.Max(a.Scale, b.Scale) + Math.Max(a.Precision - a.Scale, b.Precision - b.Scale) + 1, Math.Max((int)a.Scale, b.Scale)),
        };
        if (precision > 38)
        {
            scale = Math.Max(Math.Min(scale, 6), 38 - (precision - scale));
            precision = 38;
        }

        return SqlType.Decimal(precision, Math.Max(0, scale));
    }

    private static int LengthOf(SqlType type) => type.IsText ? type.Length : 0;

    /// <summary>A declared data type.</summary>
    public static SqlType Declared(DataTypeReference reference)
    {
        if (reference is UserDataTypeReference user)
        {
            return user.Name.BaseIdentifier.Value.Equals("sysname", StringComparison.OrdinalIgnoreCase)
                ? SqlType.NVarChar(128)
                : throw new SqlError(2715, $"Column, parameter, or variable #1: Cannot find data type {user.Name.BaseIdentifier.Value}.");
        }

        if (reference is not SqlDataTypeReference type)
        {
            throw SqlError.Unsupported($"data type {reference.Name?.BaseIdentifier.Value}");
        }

        int Parameter(int index, int otherwise) => type.Parameters.Count <= index ? otherwise
            : type.Parameters[index] is MaxLiteral ? SqlType.Max
            : int.Parse(type.Parameters[index].Value, CultureInfo.InvariantCulture);
        SqlType Sized(TypeId id, int limit)
        {
            var length = Parameter(0, 0);
            return length <= limit ? new(id, length) : throw new SqlError(2717, $"The size ({length}) given to the parameter exceeds the maximum allowed ({limit}).", 15);
        }

        return type.SqlDataTypeOption switch
        {
            SqlDataTypeOption.Bit => SqlType.Bit,
            SqlDataTypeOption.TinyInt => SqlType.TinyInt,
            SqlDataTypeOption.SmallInt => SqlType.SmallInt,
            SqlDataTypeOption.Int => SqlType.Int,
            SqlDataTypeOption.BigInt => SqlType.BigInt,
            SqlDataTypeOption.Decimal or SqlDataTypeOption.Numeric => SqlType.Decimal(Parameter(0, 18), Parameter(1, 0)),
            SqlDataTypeOption.Money => new(TypeId.Money, 0, 19, 4),
            SqlDataTypeOption.Float => Parameter(0, 53) <= 24 ? new(TypeId.Real) : SqlType.Float,
            SqlDataTypeOption.Real => new(TypeId.Real),
            SqlDataTypeOption.Date => SqlType.Date,
            SqlDataTypeOption.Time => SqlType.Time(Parameter(0, 7)),
            SqlDataTypeOption.DateTime => SqlType.DateTime,
            SqlDataTypeOption.SmallDateTime => new(TypeId.SmallDateTime),
            SqlDataTypeOption.DateTime2 => SqlType.DateTime2(Parameter(0, 7)),
            SqlDataTypeOption.DateTimeOffset => SqlType.DateTimeOffset(Parameter(0, 7)),
            SqlDataTypeOption.Char => Sized(TypeId.Char, 8000),
            SqlDataTypeOption.VarChar => Sized(TypeId.VarChar, 8000),
            SqlDataTypeOption.NChar => Sized(TypeId.NChar, 4000),
            SqlDataTypeOption.NVarChar => Sized(TypeId.NVarChar, 4000),
            SqlDataTypeOption.Binary => Sized(TypeId.Binary, 8000),
            SqlDataTypeOption.VarBinary => Sized(TypeId.VarBinary, 8000),
            SqlDataTypeOption.UniqueIdentifier => SqlType.Guid,
            SqlDataTypeOption.Sql_Variant => SqlType.Variant,
            _ => throw SqlError.Unsupported($"data type {type.SqlDataTypeOption}"),
        };
    }

    /// <summary>A type as a column or variable has it: text without a length has one character.</summary>
    public static SqlType DeclaredOrOne(DataTypeReference reference)
    {
        var type = Declared(reference);
        return (type.IsText || type.IsBinary) && type.Length == 0 ? type with { Length = 1 } : type;
    }
}
