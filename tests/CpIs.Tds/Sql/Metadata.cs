using System.Globalization;

namespace CpIs.Tds.Sql;

/// <summary>Functions about the database, the session and its rights.</summary>
internal static class Metadata
{
    private static readonly HashSet<string> RoleNames = new(StringComparer.OrdinalIgnoreCase)
    {
        "sysadmin", "serveradmin", "securityadmin", "processadmin", "setupadmin", "bulkadmin", "diskadmin", "dbcreator", "public",
    };

    public static object? Call(Session session, string name, object?[] args)
    {
        string? Arg(int i) => i < args.Length ? System.Convert.ToString(args[i], CultureInfo.InvariantCulture) : null;
        var database = session.Database;
        switch (name)
        {
            case "OBJECT_ID":
                return Arg(0) is { } id && Object(session, id) is { } found && KindFits(found, Arg(1)) ? (long)found.Id : null;
            case "OBJECT_NAME":
                return ById(session, args)?.Name;
            case "OBJECT_SCHEMA_NAME":
                return ById(session, args)?.Schema;
            case "OBJECT_DEFINITION":
                return ById(session, args)?.Definition;
            case "SCHEMA_ID":
                return session.Catalog.Schemas.TryGetValue(args.Length == 0 ? session.DefaultSchema : Arg(0) ?? "", out var schema) ? (long)schema : null;
            case "SCHEMA_NAME":
                return args.Length == 0
                    ? session.DefaultSchema
                    : session.Catalog.Schemas.FirstOrDefault(s => s.Value == (args[0] as long? ?? -1)).Key;
            case "DB_ID":
                return args.Length == 0 ? database.Id : session.Server.Find(Arg(0) ?? "")?.Id is { } number ? (long)number : null;
            case "DB_NAME":
                return args.Length == 0 ? database.Name : session.Server.Databases.FirstOrDefault(d => d.Id == (args[0] as long? ?? -1))?.Name;
            case "HAS_DBACCESS":
                return session.Server.Find(Arg(0) ?? "") is { } other ? session.Server.UserIn(other, session.Login) is null ? 0L : 1L : null;
            case "TYPE_ID":
                return SystemViews.TypeNumber(Arg(0) ?? "");
            case "TYPE_NAME":
                return args[0] is long type ? SystemViews.TypeName(type) : null;
            case "COL_LENGTH":
                return Arg(0) is { } table && Arg(1) is { } column && Object(session, table)?.Find(column) is { } c ? (long)c.Type.MaxLength : null;
            case "COL_NAME":
                return ById(session, args) is { } relation && args[1] is long index && index >= 1 && index <= relation.Columns.Length ? relation.Columns[(int)index - 1].Name : null;
            case "COLUMNPROPERTY":
                return ById(session, args)?.Find(Arg(1) ?? "") is { } property
                    ? Arg(2)?.ToUpperInvariant() switch
                    {
                        "ALLOWSNULL" => property.IsNullable ? 1L : 0L,
                        "ISIDENTITY" => property.IsIdentity ? 1L : 0L,
                        "ISCOMPUTED" => 0L,
                        _ => null,
                    }
                    : null;
            case "OBJECTPROPERTY" or "OBJECTPROPERTYEX":
                return ById(session, args) is { } o
                    ? Arg(1)?.ToUpperInvariant() switch
                    {
                        "ISTABLE" or "ISUSERTABLE" => o.IsView ? 0L : 1L,
                        "ISVIEW" => o.IsView ? 1L : 0L,
                        "TABLEHASIDENTITY" => o.Columns.Any(x => x.IsIdentity) ? 1L : 0L,
                        _ => null,
                    }
                    : null;
            case "USER_NAME":
                return session.User;
            case "USER_ID" or "DATABASE_PRINCIPAL_ID":
                return SystemViews.Principals(session.Catalog).FirstOrDefault(p => p.Name.Equals(Arg(0) ?? session.User, StringComparison.OrdinalIgnoreCase)).Id is var principal and > 0 ? (long)principal : null;
            case "SUSER_SNAME" or "SUSER_NAME" or "ORIGINAL_LOGIN" or "SYSTEM_USER":
                return session.Login;
            case "SUSER_ID":
                return 1L;
            case "HOST_NAME":
                return session.HostName;
            case "APP_NAME" or "PROGRAM_NAME":
                return session.ApplicationName;
            case "IS_SRVROLEMEMBER":
                return !RoleNames.Contains(Arg(0) ?? "") ? null : session.IsSysAdmin || (Arg(0) ?? "").Equals("public", StringComparison.OrdinalIgnoreCase) ? 1L : 0L;
            case "IS_ROLEMEMBER" or "IS_MEMBER":
                if (!session.Catalog.Roles.ContainsKey(Arg(0) ?? ""))
                {
                    return null;
                }

                return session.Catalog.RolesOf(Arg(1) ?? session.User).Contains(Arg(0)!)
                    || (Arg(0)!.Equals("db_owner", StringComparison.OrdinalIgnoreCase) && args.Length < 2 && session.IsOwner)
                    ? 1L
                    : 0L;
            case "HAS_PERMS_BY_NAME":
                return HasPermission(session, Arg(0), Arg(1), Arg(2), Arg(3));
            case "APPLOCK_MODE":
                return session.Server.AppLocks.ModeHeld(session, session.LockName(Arg(1) ?? "", Arg(0) ?? "public"));
            case "APPLOCK_TEST":
                return session.Server.AppLocks.WouldGrant(session, session.LockName(Arg(1) ?? "", Arg(0) ?? "public"), Arg(2) ?? "") ? 1L : 0L;
            case "DATABASEPROPERTYEX":
                return session.Server.Find(Arg(0) ?? "") is { } db ? DatabaseProperty(db, Arg(1) ?? "") : null;
            case "SERVERPROPERTY":
                return (Arg(0) ?? "").ToUpperInvariant() switch
                {
                    "PRODUCTVERSION" => "15.0.2000.5",
                    "PRODUCTMAJORVERSION" => "15",
                    "PRODUCTLEVEL" => "RTM",
                    "EDITION" => "Developer Edition (64-bit)",
                    "ENGINEEDITION" => 3L,
                    "SERVERNAME" or "MACHINENAME" => TdsServer.ServerName,
                    "COLLATION" => Collations.Default,
                    "ISINTEGRATEDSECURITYONLY" or "ISCLUSTERED" => 0L,
                    _ => null,
                };
            case "CONNECTIONPROPERTY":
                return (Arg(0) ?? "").ToUpperInvariant() switch { "NET_TRANSPORT" => "TCP", "PROTOCOL_TYPE" => "TSQL", "AUTH_SCHEME" => "SQL", _ => null };
            case "SESSIONPROPERTY":
                return 1L;
            default:
                throw SqlError.Unsupported($"function {name}");
        }
    }

    /// <summary>The relation that a name in a string means.</summary>
    public static Relation? Object(Session session, string name)
    {
        var parts = Names.Split(name);
        if (parts.Count > 2 && parts[^3].Length > 0 && !parts[^3].Equals(session.Database.Name, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var schema = parts.Count > 1 && parts[^2].Length > 0 ? parts[^2] : null;
        return schema is not null && (schema.Equals("sys", StringComparison.OrdinalIgnoreCase) || schema.Equals("INFORMATION_SCHEMA", StringComparison.OrdinalIgnoreCase))
            ? SystemViews.Find(session, schema, parts[^1])
            : session.FindRelation(schema, parts[^1]);
    }

    private static bool KindFits(Relation relation, string? kind) => kind?.Trim().ToUpperInvariant() switch
    {
        null => true,
        "U" => !relation.IsView,
        "V" => relation.IsView,
        _ => false,
    };

    private static Relation? ById(Session session, object?[] args) =>
        args.Length > 0 && args[0] is long id ? session.Catalog.Relations.Values.FirstOrDefault(r => r.Id == id) : null;

    private static object? DatabaseProperty(Database database, string property) => property.ToUpperInvariant() switch
    {
        "STATUS" => database.IsOffline ? "OFFLINE" : "ONLINE",
        "UPDATEABILITY" => database.IsReadOnly ? "READ_ONLY" : "READ_WRITE",
        "COLLATION" => database.Collation,
        "RECOVERY" => database.Recovery,
        "USERACCESS" => database.UserAccess,
        "VERSION" => 904L,
        "ISINSTANDBY" or "ISAUTOCLOSE" or "ISAUTOSHRINK" => 0L,
        "ISNULLCONCAT" or "ISANSINULLSENABLED" => 0L,
        _ => null,
    };

    private static long? HasPermission(Session session, string? securable, string? kind, string? permission, string? column)
    {
        if (permission is null)
        {
            return null;
        }

        switch (kind?.ToUpperInvariant())
        {
            case null:
                return session.IsSysAdmin ? 1L : 0L;
            case "DATABASE":
                return session.IsOwner || session.Has(permission, "DATABASE", null) ? 1L : 0L;
            case "SCHEMA":
                return session.Catalog.Schemas.ContainsKey(Names.Split(securable ?? "")[^1])
                    ? session.IsOwner || session.Has(permission, "SCHEMA::" + Names.Split(securable ?? "")[^1], null) ? 1L : 0L
                    : null;
            case "OBJECT":
                return Object(session, securable ?? "") is { } relation
                    ? session.IsOwner || session.Has(permission, relation, column) ? 1L : 0L
                    : null;
            case "SERVER":
                return session.IsSysAdmin ? 1L : 0L;
            default:
                throw SqlError.Unsupported($"HAS_PERMS_BY_NAME of {kind}");
        }
    }
}

internal static class Names
{
    /// <summary>Parts of a name with dots, brackets and quotes.</summary>
    public static IReadOnlyList<string> Split(string name)
    {
        var parts = new List<string>();
        var part = new System.Text.StringBuilder();
        for (var i = 0; i < name.Length; i++)
        {
            var c = name[i];
            if (c is '[' or '"')
            {
                var close = c == '[' ? ']' : '"';
                for (i++; i < name.Length; i++)
                {
                    if (name[i] != close)
                    {
                        part.Append(name[i]);
                    }
                    else if (i + 1 < name.Length && name[i + 1] == close)
                    {
                        part.Append(name[i++]);
                    }
                    else
                    {
                        break;
                    }
                }
            }
            else if (c == '.')
            {
                parts.Add(part.ToString());
                part.Clear();
            }
            else
            {
                part.Append(c);
            }
        }

        parts.Add(part.ToString().Trim());
        return parts;
    }
}
