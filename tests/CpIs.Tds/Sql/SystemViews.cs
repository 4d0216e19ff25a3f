using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using CpIs.Tds.Protocol;

namespace CpIs.Tds.Sql;

/// <summary>The catalog views: made anew as temporary tables whenever the catalog has changed.</summary>
internal static class SystemViews
{
    private static readonly (string Name, int System, int User, TypeId Id)[] Types =
    [
        ("tinyint", 48, 48, TypeId.TinyInt), ("date", 40, 40, TypeId.Date), ("time", 41, 41, TypeId.Time), ("datetime2", 42, 42, TypeId.DateTime2),
        ("datetimeoffset", 43, 43, TypeId.DateTimeOffset), ("smallint", 52, 52, TypeId.SmallInt), ("int", 56, 56, TypeId.Int), ("smalldatetime", 58, 58, TypeId.SmallDateTime),
        ("real", 59, 59, TypeId.Real), ("money", 60, 60, TypeId.Money), ("datetime", 61, 61, TypeId.DateTime), ("float", 62, 62, TypeId.Float), ("bit", 104, 104, TypeId.Bit),
        ("decimal", 106, 106, TypeId.Decimal), ("numeric", 108, 108, TypeId.Decimal), ("bigint", 127, 127, TypeId.BigInt), ("varbinary", 165, 165, TypeId.VarBinary),
        ("varchar", 167, 167, TypeId.VarChar), ("binary", 173, 173, TypeId.Binary), ("char", 175, 175, TypeId.Char), ("nvarchar", 231, 231, TypeId.NVarChar),
        ("nchar", 239, 239, TypeId.NChar), ("uniqueidentifier", 36, 36, TypeId.UniqueIdentifier), ("sql_variant", 98, 98, TypeId.Variant), ("sysname", 231, 256, TypeId.Null),
    ];

    private static readonly SqlType Name = SqlType.NVarChar(128, Collations.Default);
    private static readonly SqlType Code = new(TypeId.Char, 2, Collation: Collations.Default);
    private static readonly SqlType Long = SqlType.NVarChar(SqlType.Max, Collations.Default);
    private static readonly ConditionalWeakTable<Session, Dictionary<string, object>> Made = [];

    private delegate IEnumerable<object?[]> Rows(Session session);

    private static readonly Dictionary<string, ((string Name, SqlType Type)[] Columns, Rows Rows)> Views = new(StringComparer.OrdinalIgnoreCase)
    {
        ["sys.schemas"] = ([("name", Name), ("schema_id", SqlType.Int), ("principal_id", SqlType.Int)],
            s => s.Catalog.Schemas.Select(x => new object?[] { x.Key, (long)x.Value, 1L })),
        ["sys.types"] = ([("name", Name), ("system_type_id", SqlType.TinyInt), ("user_type_id", SqlType.Int), ("schema_id", SqlType.Int), ("is_user_defined", SqlType.Bit), ("is_nullable", SqlType.Bit), ("is_table_type", SqlType.Bit)],
            _ => Types.Select(t => new object?[] { t.Name, (long)t.System, (long)t.User, 4L, 0L, 1L, 0L })),
        ["sys.databases"] = ([("name", Name), ("database_id", SqlType.Int), ("collation_name", Name), ("is_read_committed_snapshot_on", SqlType.Bit), ("snapshot_isolation_state", SqlType.TinyInt),
            ("snapshot_isolation_state_desc", Name), ("is_read_only", SqlType.Bit), ("state", SqlType.TinyInt), ("state_desc", Name), ("recovery_model_desc", Name), ("user_access_desc", Name), ("compatibility_level", SqlType.TinyInt), ("create_date", SqlType.DateTime)],
            s => s.Server.Databases.Select(d => new object?[]
            {
                d.Name, (long)d.Id, d.Collation, d.ReadCommittedSnapshot ? 1L : 0L, d.AllowsSnapshot ? 1L : 0L, d.AllowsSnapshot ? "ON" : "OFF", d.IsReadOnly ? 1L : 0L, d.IsOffline ? 6L : 0L,
                d.IsOffline ? "OFFLINE" : "ONLINE", d.Recovery, d.UserAccess, 150L, Stored.Instant(d.CreatedAt),
            })),
        ["sys.objects"] = ([("name", Name), ("object_id", SqlType.Int), ("schema_id", SqlType.Int), ("parent_object_id", SqlType.Int), ("type", Code), ("type_desc", Name), ("create_date", SqlType.DateTime), ("is_ms_shipped", SqlType.Bit)], Objects),
        ["sys.all_objects"] = ([("name", Name), ("object_id", SqlType.Int), ("schema_id", SqlType.Int), ("parent_object_id", SqlType.Int), ("type", Code), ("type_desc", Name), ("create_date", SqlType.DateTime), ("is_ms_shipped", SqlType.Bit)], Objects),
        ["sys.tables"] = ([("name", Name), ("object_id", SqlType.Int), ("schema_id", SqlType.Int), ("type", Code), ("type_desc", Name), ("create_date", SqlType.DateTime)],
            s => Relations(s).Where(r => !r.IsView).Select(r => new object?[] { r.Name, (long)r.Id, SchemaId(s, r.Schema), "U ", "USER_TABLE", Stored.Instant(r.CreatedAt) })),
        ["sys.views"] = ([("name", Name), ("object_id", SqlType.Int), ("schema_id", SqlType.Int), ("type", Code), ("type_desc", Name), ("create_date", SqlType.DateTime)],
            s => Relations(s).Where(r => r.IsView).Select(r => new object?[] { r.Name, (long)r.Id, SchemaId(s, r.Schema), "V ", "VIEW", Stored.Instant(r.CreatedAt) })),
        ["sys.columns"] = (ColumnColumns(), ColumnRows),
        ["sys.all_columns"] = (ColumnColumns(), ColumnRows),
        ["sys.identity_columns"] = ([("object_id", SqlType.Int), ("name", Name), ("column_id", SqlType.Int), ("seed_value", SqlType.BigInt), ("increment_value", SqlType.BigInt)],
            s => Relations(s).SelectMany(r => r.Columns.Select((c, i) => (r, c, i)).Where(x => x.c.IsIdentity).Select(x => new object?[] { (long)x.r.Id, x.c.Name, x.i + 1L, x.c.Seed, x.c.Increment }))),
        ["sys.indexes"] = ([("object_id", SqlType.Int), ("name", Name), ("index_id", SqlType.Int), ("type", SqlType.TinyInt), ("type_desc", Name), ("is_unique", SqlType.Bit), ("is_primary_key", SqlType.Bit), ("is_unique_constraint", SqlType.Bit), ("has_filter", SqlType.Bit)],
            s => Relations(s).SelectMany(r => r.Indexes.Select((x, i) => new object?[]
            {
                (long)r.Id, x.Name, x.IsClustered ? 1L : i + 2L, x.IsClustered ? 1L : 2L, x.IsClustered ? "CLUSTERED" : "NONCLUSTERED", x.IsUnique ? 1L : 0L, x.IsPrimaryKey ? 1L : 0L,
                x.IsConstraint && !x.IsPrimaryKey ? 1L : 0L, x.Filter is null ? 0L : 1L,
            }))),
        ["sys.index_columns"] = ([("object_id", SqlType.Int), ("index_id", SqlType.Int), ("index_column_id", SqlType.Int), ("column_id", SqlType.Int), ("key_ordinal", SqlType.TinyInt), ("is_descending_key", SqlType.Bit), ("is_included_column", SqlType.Bit)],
            s => Relations(s).SelectMany(r => r.Indexes.SelectMany((x, i) =>
                x.Columns.Select((c, n) => (c.Name, Ordinal: n + 1L, c.IsDescending, IsIncluded: false)).Concat(x.Included.Select(n => (n, 0L, false, true)))
                .Select((c, n) => new object?[] { (long)r.Id, x.IsClustered ? 1L : i + 2L, n + 1L, r.Columns.IndexOf(r.Find(c.Item1)!) + 1L, c.Item2, c.Item3 ? 1L : 0L, c.Item4 ? 1L : 0L })))),
        ["sys.check_constraints"] = ([("name", Name), ("object_id", SqlType.Int), ("parent_object_id", SqlType.Int)],
            s => Relations(s).SelectMany(r => r.Checks.Select((c, i) => new object?[] { c.Name, (r.Id * 1000L) + i, (long)r.Id }))),
        ["sys.foreign_keys"] = ([("name", Name), ("object_id", SqlType.Int), ("parent_object_id", SqlType.Int), ("referenced_object_id", SqlType.Int), ("schema_id", SqlType.Int)],
            s => Relations(s).SelectMany(r => r.ForeignKeys.Select((f, i) => new object?[] { f.Name, (r.Id * 1000L) + 500 + i, (long)r.Id, (long?)s.Catalog.Find(f.ParentSchema, f.ParentName)?.Id, SchemaId(s, r.Schema) }))),
        ["sys.default_constraints"] = ([("name", Name), ("object_id", SqlType.Int), ("parent_object_id", SqlType.Int), ("parent_column_id", SqlType.Int)],
            s => Relations(s).SelectMany(r => r.Columns.Select((c, i) => (c, i)).Where(x => x.c.Default is not null).Select(x => new object?[] { x.c.DefaultName, (r.Id * 1000L) + 800 + x.i, (long)r.Id, x.i + 1L }))),
        ["sys.sql_modules"] = ([("object_id", SqlType.Int), ("definition", Long)],
            s => Relations(s).Where(r => r.IsView).Select(r => new object?[] { (long)r.Id, r.Definition })),
        ["sys.database_principals"] = ([("name", Name), ("principal_id", SqlType.Int), ("type", new(TypeId.Char, 1, Collation: Collations.Default)), ("type_desc", Name), ("default_schema_name", Name), ("is_fixed_role", SqlType.Bit)],
            s => Principals(s.Catalog).Select(p => new object?[] { p.Name, (long)p.Id, p.IsRole ? "R" : "S", p.IsRole ? "DATABASE_ROLE" : "SQL_USER", s.Catalog.Users.GetValueOrDefault(p.Name)?.DefaultSchema, p.Name.StartsWith("db_", StringComparison.OrdinalIgnoreCase) ? 1L : 0L })),
        ["sys.database_role_members"] = ([("role_principal_id", SqlType.Int), ("member_principal_id", SqlType.Int)],
            s =>
            {
                var ids = Principals(s.Catalog).ToDictionary(p => p.Name, p => (long)p.Id, StringComparer.OrdinalIgnoreCase);
                return s.Catalog.Roles.SelectMany(r => r.Value.Where(ids.ContainsKey).Select(m => new object?[] { ids[r.Key], ids[m] }));
            }),
        ["sys.database_permissions"] = ([("class", SqlType.TinyInt), ("class_desc", Name), ("major_id", SqlType.Int), ("minor_id", SqlType.Int), ("grantee_principal_id", SqlType.Int), ("permission_name", Name), ("state", new(TypeId.Char, 1, Collation: Collations.Default)), ("state_desc", Name)], Permissions),
        ["sys.dm_exec_sessions"] = ([("session_id", SqlType.SmallInt), ("login_name", Name), ("program_name", Name), ("host_name", Name), ("is_user_process", SqlType.Bit), ("database_id", SqlType.SmallInt), ("open_transaction_count", SqlType.Int)],
            s => s.Server.Sessions.Select(x => new object?[] { (long)x.Id, x.Login, x.ApplicationName, x.HostName, 1L, (long)x.Database.Id, (long)x.TransactionCount })),
        ["INFORMATION_SCHEMA.TABLES"] = ([("TABLE_CATALOG", Name), ("TABLE_SCHEMA", Name), ("TABLE_NAME", Name), ("TABLE_TYPE", SqlType.VarChar(10, Collations.Default))],
            s => Relations(s).Select(r => new object?[] { s.Database.Name, r.Schema, r.Name, r.IsView ? "VIEW" : "BASE TABLE" })),
        ["INFORMATION_SCHEMA.VIEWS"] = ([("TABLE_CATALOG", Name), ("TABLE_SCHEMA", Name), ("TABLE_NAME", Name), ("VIEW_DEFINITION", SqlType.NVarChar(4000, Collations.Default))],
            s => Relations(s).Where(r => r.IsView).Select(r => new object?[] { s.Database.Name, r.Schema, r.Name, r.Definition })),
        ["INFORMATION_SCHEMA.SCHEMATA"] = ([("CATALOG_NAME", Name), ("SCHEMA_NAME", Name)],
            s => s.Catalog.Schemas.Select(x => new object?[] { s.Database.Name, x.Key })),
        ["INFORMATION_SCHEMA.COLUMNS"] = ([("TABLE_CATALOG", Name), ("TABLE_SCHEMA", Name), ("TABLE_NAME", Name), ("COLUMN_NAME", Name), ("ORDINAL_POSITION", SqlType.Int), ("IS_NULLABLE", SqlType.VarChar(3, Collations.Default)), ("DATA_TYPE", Name),
            ("CHARACTER_MAXIMUM_LENGTH", SqlType.Int), ("NUMERIC_PRECISION", SqlType.TinyInt), ("NUMERIC_SCALE", SqlType.Int), ("DATETIME_PRECISION", SqlType.SmallInt), ("COLLATION_NAME", Name)],
            s => Relations(s).SelectMany(r => r.Columns.Select((c, i) => new object?[]
            {
                s.Database.Name, r.Schema, r.Name, c.Name, i + 1L, c.IsNullable ? "YES" : "NO", TypeName(c.Type), c.Type.IsText || c.Type.IsBinary ? (long)c.Type.Length : null,
                c.Type.IsNumber && c.Type.Id != TypeId.Bit ? (long)Precision(c.Type) : null, c.Type.IsExact && c.Type.Id != TypeId.Bit ? (long)c.Type.Scale : null,
                c.Type.IsTemporal ? c.Type.Id == TypeId.Date ? 0L : (long)c.Type.Scale : null, c.Type.IsText ? c.Type.Collation : null,
            }))),
    };

    /// <returns>The view as a temporary table of the session, or null if there is none.</returns>
    public static Relation? Find(Session session, string schema, string name)
    {
        var key = $"{schema}.{name}";
        if (!Views.TryGetValue(key, out var view))
        {
            return null;
        }

        var columns = view.Columns.Select(c => new Column(c.Name, c.Type, true, c.Name)).ToImmutableArray();
        var relation = new Relation(-1000, "temp", key.ToLowerInvariant(), columns);
        session.Materialise(relation, view.Rows(session), Made.GetOrCreateValue(session));
        return relation;
    }

    public static object? TypeNumber(string name) => Types.FirstOrDefault(t => t.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is { Name: not null } type ? (long)type.User : null;

    public static string? TypeName(long number) => Types.FirstOrDefault(t => t.User == number).Name;

    public static IEnumerable<(string Name, int Id, bool IsRole)> Principals(Catalog catalog) => catalog.Roles.Keys
        .Select(r => (Name: r, IsRole: true))
        .Concat(catalog.Users.Keys.Select(u => (Name: u, IsRole: false)))
        .OrderBy(p => p.Name != "public").ThenBy(p => p.Name != "dbo").ThenBy(p => p.Name, StringComparer.OrdinalIgnoreCase)
        .Select((p, i) => (p.Name, i, p.IsRole));

    private static string TypeName(SqlType type) => type.Id == TypeId.Decimal ? "decimal" : type.BaseName;

    private static IEnumerable<Relation> Relations(Session session) => session.Catalog.Relations.Values
        .Where(r => session.IsOwner || session.Catalog.Grants.Exists(g => !g.IsDeny) && new[] { "SELECT", "INSERT", "UPDATE", "DELETE", "VIEW DEFINITION" }.Any(p => session.Has(p, r, null)))
        .OrderBy(r => r.Id);

    private static long SchemaId(Session session, string schema) => session.Catalog.Schemas.GetValueOrDefault(schema, 1);

    private static int Precision(SqlType type) => type.Id switch
    {
        TypeId.TinyInt => 3,
        TypeId.SmallInt => 5,
        TypeId.Int => 10,
        TypeId.BigInt => 19,
        TypeId.Float => 53,
        TypeId.Real => 24,
        TypeId.Money => 19,
        TypeId.Decimal => type.Precision,
        _ => 0,
    };

    private static (string Name, SqlType Type)[] ColumnColumns() =>
    [
        ("object_id", SqlType.Int), ("name", Name), ("column_id", SqlType.Int), ("system_type_id", SqlType.TinyInt), ("user_type_id", SqlType.Int), ("max_length", SqlType.SmallInt), ("precision", SqlType.TinyInt),
        ("scale", SqlType.TinyInt), ("collation_name", Name), ("is_nullable", SqlType.Bit), ("is_identity", SqlType.Bit), ("is_computed", SqlType.Bit), ("default_object_id", SqlType.Int),
    ];

    private static IEnumerable<object?[]> ColumnRows(Session session) => Relations(session).SelectMany(r => r.Columns.Select((c, i) =>
    {
        var type = Types.First(t => t.Id == c.Type.Id);
        return new object?[]
        {
            (long)r.Id, c.Name, i + 1L, (long)type.System, (long)type.User, (long)c.Type.MaxLength, c.Type.IsTemporal ? c.Type.Id == TypeId.Date ? 10L : 20L + c.Type.Scale : (long)Precision(c.Type), (long)c.Type.Scale,
            c.Type.IsText ? c.Type.Collation : null, c.IsNullable ? 1L : 0L, c.IsIdentity ? 1L : 0L, 0L, c.Default is null ? 0L : (r.Id * 1000L) + 800 + i,
        };
    }));

    private static IEnumerable<object?[]> Objects(Session session)
    {
        foreach (var r in Relations(session))
        {
            object?[] Row(string name, long id, long parent, string code, string description) => [name, id, SchemaId(session, r.Schema), parent, code, description, Stored.Instant(r.CreatedAt), 0L];
            yield return Row(r.Name, r.Id, 0, r.IsView ? "V " : "U ", r.IsView ? "VIEW" : "USER_TABLE");
            for (var i = 0; i < r.Checks.Length; i++)
            {
                yield return Row(r.Checks[i].Name, (r.Id * 1000L) + i, r.Id, "C ", "CHECK_CONSTRAINT");
            }

            for (var i = 0; i < r.ForeignKeys.Length; i++)
            {
                yield return Row(r.ForeignKeys[i].Name, (r.Id * 1000L) + 500 + i, r.Id, "F ", "FOREIGN_KEY_CONSTRAINT");
            }

            for (var i = 0; i < r.Indexes.Length; i++)
            {
                if (r.Indexes[i].IsConstraint)
                {
                    yield return Row(r.Indexes[i].Name, (r.Id * 1000L) + 600 + i, r.Id, r.Indexes[i].IsPrimaryKey ? "PK" : "UQ", r.Indexes[i].IsPrimaryKey ? "PRIMARY_KEY_CONSTRAINT" : "UNIQUE_CONSTRAINT");
                }
            }
        }
    }

    private static IEnumerable<object?[]> Permissions(Session session)
    {
        var ids = Principals(session.Catalog).ToDictionary(p => p.Name, p => (long)p.Id, StringComparer.OrdinalIgnoreCase);
        foreach (var grant in session.Catalog.Grants.Where(g => ids.ContainsKey(g.Principal)))
        {
            var isSchema = grant.Securable.StartsWith("SCHEMA::", StringComparison.Ordinal);
            var relation = session.Catalog.Relations.GetValueOrDefault(grant.Securable);
            var (number, name, id) = grant.Securable == "DATABASE" ? (0L, "DATABASE", 0L)
                : isSchema ? (3L, "SCHEMA", (long)session.Catalog.Schemas.GetValueOrDefault(grant.Securable[8..]))
                : (1L, "OBJECT_OR_COLUMN", (long)(relation?.Id ?? 0));
            var column = grant.Column is null || relation?.Find(grant.Column) is not { } found ? 0L : relation.Columns.IndexOf(found) + 1L;
            yield return [number, name, id, column, ids[grant.Principal], grant.Permission, grant.IsDeny ? "D" : "G", grant.IsDeny ? "DENY" : "GRANT"];
        }
    }
}
