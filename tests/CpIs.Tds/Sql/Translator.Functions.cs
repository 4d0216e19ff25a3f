using CpIs.Tds.Protocol;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace CpIs.Tds.Sql;

internal sealed partial class Translator
{
    private static readonly HashSet<string> Aggregates = new(StringComparer.OrdinalIgnoreCase) { "COUNT", "COUNT_BIG", "SUM", "MIN", "MAX", "AVG", "STRING_AGG" };

    private static bool IsAggregate(string name) => Aggregates.Contains(name);

    private static SqlType Name128 => SqlType.NVarChar(128);

    private Expr Call(FunctionCall call, Scope scope)
    {
        var name = call.FunctionName.Value.ToUpperInvariant();
        if (call.CallTarget is not null)
        {
            throw SqlError.Unsupported($"function {name} of a schema or value");
        }

        if (call.OverClause is { } over)
        {
            return Window(call, over, name, scope);
        }

        return IsAggregate(name) ? Aggregate(call, name, scope) : Function(name, call.Parameters, scope);
    }

    private Expr Aggregate(FunctionCall call, string name, Scope scope)
    {
        if (scope.GroupKeys is null)
        {
            throw new SqlError(147, "An aggregate may not appear in the WHERE clause unless it is in a subquery contained in a HAVING clause or a select list, and the column being aggregated is an outer reference.");
        }

        if (scope.InAggregate > 0)
        {
            throw new SqlError(130, "Cannot perform an aggregate function on an expression containing an aggregate or a subquery.");
        }

        scope.InAggregate++;
        try
        {
            return AggregateCore(call, name, scope);
        }
        finally
        {
            scope.InAggregate--;
        }
    }

    private Expr AggregateCore(FunctionCall call, string name, Scope scope)
    {
        if (call.Parameters is [ColumnReferenceExpression { ColumnType: ColumnType.Wildcard }])
        {
            return new("count(*)", name == "COUNT_BIG" ? SqlType.BigInt : SqlType.Int, false);
        }

        var value = Scalar(call.Parameters[0], scope);
        var distinct = call.UniqueRowFilter == UniqueRowFilter.Distinct ? "DISTINCT " : "";
        var type = value.Type;
        if (type.Id == TypeId.Null && name is not "STRING_AGG")
        {
            throw new SqlError(8117, $"Operand data type NULL is invalid for {name.ToLowerInvariant()} operator.");
        }

        switch (name)
        {
            case "COUNT" or "COUNT_BIG":
                return new($"count({distinct}{Collated(value)})", name == "COUNT_BIG" ? SqlType.BigInt : SqlType.Int, false);
            case "MIN" or "MAX":
                return type.Id == TypeId.Bit
                    ? throw new SqlError(8117, $"Operand data type bit is invalid for {name.ToLowerInvariant()} operator.")
                    : new($"{name.ToLowerInvariant()}({Collated(value)}{(value.IsColumn ? CollateSuffix(type) : "")})", type, true, value.Label);
            case "SUM" or "AVG":
                if (!type.IsNumber || type.Id == TypeId.Bit)
                {
                    throw new SqlError(8117, $"Operand data type {type.BaseName} is invalid for {name.ToLowerInvariant()} operator.");
                }

                if (type.IsDecimal)
                {
                    return name == "SUM"
                        ? new($"t_sum({distinct}{value.Sql})", SqlType.Decimal(38, type.Scale))
                        : throw SqlError.Unsupported("AVG of decimal");
                }

                var result = type.Id is TypeId.TinyInt or TypeId.SmallInt ? SqlType.Int : type.IsFloating ? SqlType.Float : type;
                return name == "SUM" ? new($"sum({distinct}{value.Sql})", result)
                    : type.IsFloating ? new($"avg({distinct}{value.Sql})", result)
                    : new($"CAST(avg({distinct}{value.Sql}) AS INTEGER)", result);
            default:
                var text = Convert(value, type.IsText ? type : SqlType.NVarChar(4000));
                var order = call.WithinGroupClause?.OrderByClause is { } by
                    ? " ORDER BY " + string.Join(", ", by.OrderByElements.Select(e => Collated(Scalar(e.Expression, scope)) + (e.SortOrder == SortOrder.Descending ? " DESC" : "")))
                    : "";
                return new($"group_concat({text.Sql}, {Scalar(call.Parameters[1], scope).Sql}{order})", text.Type with { Length = text.Type.Length == SqlType.Max ? SqlType.Max : text.Type.IsUnicode ? 4000 : 8000 }, true, text.Label);
        }
    }

    private Expr Window(FunctionCall call, OverClause over, string name, Scope scope)
    {
        if (!scope.IsWindowAllowed)
        {
            throw new SqlError(4108, "Windowed functions can only appear in the SELECT or ORDER BY clauses.", 15);
        }

        var partition = over.Partitions.Count == 0 ? "" : "PARTITION BY " + string.Join(", ", over.Partitions.Select(p => Collated(Scalar(p, scope))));
        var order = over.OrderByClause is null ? "" : " ORDER BY " + string.Join(", ", over.OrderByClause.OrderByElements.Select(e =>
            (e.Expression is ScalarSubquery ? "(SELECT NULL)" : Collated(Scalar(e.Expression, scope))) + (e.SortOrder == SortOrder.Descending ? " DESC" : "")));
        if (over.WindowFrameClause is not null)
        {
            throw SqlError.Unsupported("window frames");
        }

        var window = $" OVER ({partition}{order})";
        switch (name)
        {
            case "ROW_NUMBER" or "RANK" or "DENSE_RANK":
                return order.Length == 0
                    ? throw new SqlError(4112, $"The function '{name}' must have an OVER clause with ORDER BY.", 15)
                    : new($"{name.ToLowerInvariant()}(){window}", SqlType.BigInt, false);
            case "LAG" or "LEAD":
                var value = Scalar(call.Parameters[0], scope);
                var rest = string.Concat(call.Parameters.Skip(1).Select((p, i) => ", " + (i == 0 ? Scalar(p, scope) : Convert(Scalar(p, scope), value.Type)).Sql));
                return new($"{name.ToLowerInvariant()}({value.Sql}{rest}){window}", value.Type, true, value.Label);
            case "FIRST_VALUE" or "LAST_VALUE":
                var first = Scalar(call.Parameters[0], scope);
                return new($"{name.ToLowerInvariant()}({first.Sql}){window}", first.Type, true, first.Label);
            default:
                if (!IsAggregate(name))
                {
                    throw SqlError.Unsupported($"window function {name}");
                }

                var aggregate = AggregateCore(call, name, scope);
                return aggregate with { Sql = aggregate.Sql + window };
        }
    }

    private Expr Function(string name, IList<ScalarExpression> parameters, Scope scope)
    {
        Expr Arg(int i) => i < parameters.Count
            ? Scalar(parameters[i], scope)
            : throw new SqlError(174, $"The {name.ToLowerInvariant()} function requires more arguments.", 15);
        Expr TextArg(int i)
        {
            var e = Arg(i);
            return e.Type.IsText ? e : Convert(e, e.Type.IsBinary ? throw new SqlError(8116, $"Argument data type {e.Type.BaseName} is invalid for argument {i + 1} of {name.ToLowerInvariant()} function.") : SqlType.NVarChar(4000));
        }

        string IntArg(int i) => Convert(Arg(i), SqlType.BigInt).Sql;
        string TypeNumber(Expr e) => session.Server.TypeNumber(e.Type).ToString(null, null);
        Expr Variable(Expr e) => e with { Type = e.Type with { Id = e.Type.IsUnicode ? TypeId.NVarChar : TypeId.VarChar }, IsColumn = false };
        Expr Meta(SqlType type) => new($"t_meta({string.Join(", ", Enumerable.Range(0, parameters.Count).Select(i => Arg(i).Sql).Prepend(Text(name)))})", type);
        string Part() => parameters[0] switch
        {
            IdentifierLiteral part => Text(DateParts.Normalise(part.Value)),
            ColumnReferenceExpression { MultiPartIdentifier.Identifiers: [var part] } => Text(DateParts.Normalise(part.Value)),
            _ => throw new SqlError(1023, $"Invalid parameter 1 specified for {name.ToLowerInvariant()}.", 15),
        };
        string Kind(Expr e) => Text(Collations.Kind(e.Type.Collation ?? DefaultCollation));

        switch (name)
        {
            case "ISNULL":
            {
                var first = Arg(0);
                var second = Arg(1);
                if (first.Type.Id == TypeId.Null)
                {
                    return second;
                }

                var type = first.Type;
                return first with { Sql = $"ifnull({first.Sql}, {Convert(second, type).Sql})", IsNullable = first.IsNullable && second.IsNullable, IsColumn = false };
            }

            case "LEN":
            {
                var e = TextArg(0);
                return new($"t_len({e.Sql})", e.Type.Length == SqlType.Max ? SqlType.BigInt : SqlType.Int, e.IsNullable);
            }

            case "DATALENGTH":
            {
                var e = Arg(0);
                return new($"t_datalength({e.Sql}, {TypeNumber(e)})", e.Type.Length == SqlType.Max ? SqlType.BigInt : SqlType.Int, e.IsNullable);
            }

            case "UPPER" or "LOWER" or "LTRIM" or "RTRIM" or "TRIM" or "REVERSE":
            {
                var e = Variable(TextArg(0));
                return e with { Sql = $"t_text({Text(name)}, {e.Sql})" };
            }

            case "SUBSTRING":
            {
                var e = Arg(0);
                e = e.Type.IsBinary ? e : Variable(TextArg(0));
                return e with { Sql = $"t_substring({e.Sql}, {IntArg(1)}, {IntArg(2)})", IsColumn = false };
            }

            case "LEFT" or "RIGHT":
            {
                var e = Variable(TextArg(0));
                return e with { Sql = $"t_{name.ToLowerInvariant()}({e.Sql}, {IntArg(1)})" };
            }

            case "REPLACE":
            {
                var e = TextArg(0);
                return new($"t_replace({e.Sql}, {TextArg(1).Sql}, {TextArg(2).Sql}, {Kind(e)})", e.Type with { Length = e.Type.Length == SqlType.Max ? SqlType.Max : e.Type.IsUnicode ? 4000 : 8000 }, true, e.Label);
            }

            case "STUFF":
            {
                var e = TextArg(0);
                return new($"t_stuff({e.Sql}, {IntArg(1)}, {IntArg(2)}, {TextArg(3).Sql})", e.Type with { Length = e.Type.Length == SqlType.Max ? SqlType.Max : 4000 }, true, e.Label);
            }

            case "REPLICATE":
            {
                var e = TextArg(0);
                return new($"t_replicate({e.Sql}, {IntArg(1)})", e.Type with { Length = e.Type.Length == SqlType.Max ? SqlType.Max : e.Type.IsUnicode ? 4000 : 8000 }, true, e.Label);
            }

            case "SPACE":
                return new($"t_replicate(' ', {IntArg(0)})", SqlType.VarChar(8000));
            case "CHARINDEX":
            {
                var (find, text) = (TextArg(0), TextArg(1));
                return new($"t_charindex({find.Sql}, {text.Sql}, {(parameters.Count > 2 ? IntArg(2) : "1")}, {Text(Collations.Kind(CommonCollation(find, text)))})", SqlType.Int, find.IsNullable || text.IsNullable);
            }

            case "CONCAT" or "CONCAT_WS":
            {
                var items = Enumerable.Range(0, parameters.Count).Select(Arg).ToList();
                var unicode = items.Exists(i => i.Type.IsUnicode);
                var target = unicode ? SqlType.NVarChar(4000) : SqlType.VarChar(8000);
                var texts = items.Select(i => i.Type.IsText || i.Type.Id == TypeId.Null ? i.Sql : Convert(i, target).Sql).ToList();
                var length = items.Select(i => i.Type.IsText ? i.Type.Length : 40).Aggregate((x, y) => SqlType.Sum(x, y, unicode ? 4000 : 8000));
                return name == "CONCAT"
                    ? new("(" + string.Join(" || ", texts.Select(t => $"ifnull({t}, '')")) + ")", target with { Length = Math.Max(length, length == SqlType.Max ? SqlType.Max : 1) }, false)
                    : new($"t_concat_ws({string.Join(", ", texts)})", target, false);
            }

            case "QUOTENAME":
                return new($"t_text('QUOTENAME', {TextArg(0).Sql})", SqlType.NVarChar(258));
            case "CHAR" or "NCHAR":
                return new($"t_char({IntArg(0)})", name == "CHAR" ? SqlType.VarChar(1) : SqlType.NVarChar(1));
            case "ASCII" or "UNICODE":
                return new($"t_code({TextArg(0).Sql}, {(name == "ASCII" ? 1 : 0)})", SqlType.Int);
            case "ABS" or "SIGN" or "FLOOR" or "CEILING" or "ROUND":
            {
                var e = Arg(0);
                return e.Type.IsNumber
                    ? new($"t_math({Text(name)}, {e.Sql}, {(parameters.Count > 1 ? IntArg(1) : "0")}, {TypeNumber(e)})", e.Type, e.IsNullable)
                    : throw new SqlError(8117, $"Operand data type {e.Type.BaseName} is invalid for {name.ToLowerInvariant()} operator.");
            }

            case "SYSUTCDATETIME" or "SYSDATETIME":
                return SessionValue("SYSUTCDATETIME", SqlType.DateTime2(7));
            case "GETUTCDATE" or "GETDATE":
                return SessionValue("GETUTCDATE", SqlType.DateTime);
            case "SYSDATETIMEOFFSET":
                return SessionValue("SYSDATETIMEOFFSET", SqlType.DateTimeOffset(7));
            case "DATEADD":
            {
                var value = Arg(2);
                if (value.Type.IsText)
                {
                    value = Convert(value, SqlType.DateTime);
                }

                return value with { Sql = $"t_dateadd({Part()}, {Convert(Arg(1), SqlType.Int).Sql}, {value.Sql}, {TypeNumber(value)})", IsColumn = false, IsNullable = true };
            }

            case "DATEDIFF" or "DATEDIFF_BIG":
            {
                var (from, to) = (Temporal(Arg(1)), Temporal(Arg(2)));
                return new($"t_datediff({Part()}, {from.Sql}, {TypeNumber(from)}, {to.Sql}, {TypeNumber(to)})", name == "DATEDIFF" ? SqlType.Int : SqlType.BigInt, from.IsNullable || to.IsNullable);
            }

            case "DATEPART":
            {
                var value = Temporal(Arg(1));
                return new($"t_datepart({Part()}, {value.Sql}, {TypeNumber(value)})", SqlType.Int, value.IsNullable);
            }

            case "YEAR" or "MONTH" or "DAY":
            {
                var value = Temporal(Arg(0));
                return new($"t_datepart('{name.ToLowerInvariant()}', {value.Sql}, {TypeNumber(value)})", SqlType.Int, value.IsNullable);
            }

            case "EOMONTH":
                return new($"t_eomonth({Convert(Arg(0), SqlType.Date).Sql}, {(parameters.Count > 1 ? IntArg(1) : "0")})", SqlType.Date);
            case "DATEFROMPARTS":
                return new($"t_dateparts({IntArg(0)}, {IntArg(1)}, {IntArg(2)})", SqlType.Date);
            case "SWITCHOFFSET" or "TODATETIMEOFFSET":
            {
                var value = name == "SWITCHOFFSET" ? Convert(Arg(0), SqlType.DateTimeOffset(7)) : Convert(Arg(0), SqlType.DateTime2(7));
                return new($"t_offset({Text(name)}, {value.Sql}, {TextArg(1).Sql})", SqlType.DateTimeOffset(7));
            }

            case "NEWID":
                return new("t_guid()", SqlType.Guid, false);
            case "HASHBYTES":
            {
                var value = Arg(1);
                return new($"t_hash({TextArg(0).Sql}, {value.Sql}, {TypeNumber(value)})", SqlType.VarBinary(8000));
            }

            case "SCOPE_IDENTITY":
                return SessionValue("SCOPE_IDENTITY", SqlType.Decimal(38, 0), true);
            case "XACT_STATE":
                return SessionValue("XACT_STATE", SqlType.SmallInt);
            case "ERROR_NUMBER" or "ERROR_SEVERITY" or "ERROR_STATE" or "ERROR_LINE":
                return SessionValue(name, SqlType.Int, true);
            case "ERROR_MESSAGE":
                return SessionValue(name, SqlType.NVarChar(4000), true);
            case "ERROR_PROCEDURE":
                return SessionValue(name, Name128, true);
            case "OBJECT_ID" or "SCHEMA_ID" or "DB_ID" or "TYPE_ID" or "COLUMNPROPERTY" or "OBJECTPROPERTY" or "HAS_PERMS_BY_NAME" or "IS_ROLEMEMBER" or "IS_MEMBER" or "IS_SRVROLEMEMBER"
                or "DATABASE_PRINCIPAL_ID" or "APPLOCK_TEST" or "INDEXPROPERTY" or "HAS_DBACCESS" or "USER_ID" or "SUSER_ID" or "OBJECTPROPERTYEX":
                return Meta(SqlType.Int);
            case "COL_LENGTH":
                return Meta(SqlType.SmallInt);
            case "OBJECT_NAME" or "OBJECT_SCHEMA_NAME" or "SCHEMA_NAME" or "DB_NAME" or "USER_NAME" or "SUSER_SNAME" or "SUSER_NAME" or "ORIGINAL_LOGIN" or "SYSTEM_USER" or "TYPE_NAME"
                or "HOST_NAME" or "APP_NAME" or "PROGRAM_NAME" or "COL_NAME" or "APPLOCK_MODE":
                return Meta(Name128);
            case "OBJECT_DEFINITION":
                return Meta(SqlType.NVarChar(SqlType.Max));
            case "DATABASEPROPERTYEX" or "SERVERPROPERTY" or "SESSIONPROPERTY" or "CONNECTIONPROPERTY":
                return Meta(SqlType.Variant);
            case "CURRENT_USER" or "SESSION_USER":
                return new("t_meta('USER_NAME')", Name128);
            default:
                throw new SqlError(195, $"'{name}' is not a recognized built-in function name (or not supported by this stand-in).", 15, 10);
        }
    }

    private Expr Temporal(Expr e) => e.Type.IsText ? Convert(e, SqlType.DateTimeOffset(7)) : e;
}
