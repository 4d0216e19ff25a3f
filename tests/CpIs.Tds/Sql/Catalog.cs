using System.Collections.Immutable;
using CpIs.Tds.Protocol;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace CpIs.Tds.Sql;

/// <summary>A column of a table, a view or an intermediate result.</summary>
/// <param name="SqlName">Its name in SQLite.</param>
internal sealed record Column(string Name, SqlType Type, bool IsNullable, string SqlName)
{
    public bool IsIdentity { get; init; }

    public long Seed { get; init; } = 1;

    public long Increment { get; init; } = 1;

    public ScalarExpression? Default { get; init; }

    public string? DefaultName { get; init; }
}

internal sealed record IndexColumn(string Name, bool IsDescending);

/// <summary>An index; a primary key and a UNIQUE constraint are indexes too.</summary>
internal sealed record Index(string Name, ImmutableArray<IndexColumn> Columns, bool IsUnique)
{
    public bool IsPrimaryKey { get; init; }

    public bool IsConstraint { get; init; }

    public bool IsClustered { get; init; }

    public BooleanExpression? Filter { get; init; }

    public ImmutableArray<string> Included { get; init; } = [];
}

internal sealed record Check(string Name, BooleanExpression Condition);

internal sealed record ForeignKey(
    string Name, ImmutableArray<string> Columns, string ParentSchema, string ParentName, ImmutableArray<string> ParentColumns, bool Cascades);

/// <summary>An AFTER trigger whose body changes rows and looks at nothing.</summary>
internal sealed record Trigger(string Name, ImmutableArray<TriggerActionType> Actions, ImmutableArray<TSqlStatement> Body);

/// <summary>A table or a view.</summary>
internal sealed record Relation(int Id, string Schema, string Name, ImmutableArray<Column> Columns)
{
    public bool IsView { get; init; }

    public string? Definition { get; init; }

    public ImmutableArray<Index> Indexes { get; init; } = [];

    public ImmutableArray<Check> Checks { get; init; } = [];

    public ImmutableArray<ForeignKey> ForeignKeys { get; init; } = [];

    public ImmutableArray<Trigger> Triggers { get; init; } = [];

    public DateTime CreatedAt { get; init; }

    /// <summary>Where it lies in SQLite; a temporary table in the schema <c>temp</c>.</summary>
    public string SqlName => IsTemporary ? $"temp.{Quote(Name)}" : Quote($"{Schema}.{Name}");

    public bool IsTemporary => Name.StartsWith('#') || Name.StartsWith('@') || Schema == "temp";

    public string FullName => $"{Schema}.{Name}";

    public Column? Find(string name) => Columns.FirstOrDefault(c => c.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    public static string Quote(string name) => "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";
}

internal sealed record Grant(string Principal, string Permission, string Securable, string? Column, bool IsDeny);

internal sealed record User(string Name, string? Login, string DefaultSchema);

internal sealed record TableType(string Schema, string Name, ImmutableArray<Column> Columns);

/// <summary>What a database holds, at one moment. A transaction that changes it has its own until it commits.</summary>
internal sealed record Catalog
{
    private static readonly StringComparer Names = StringComparer.OrdinalIgnoreCase;

    public ImmutableDictionary<string, Relation> Relations { get; init; } = ImmutableDictionary.Create<string, Relation>(Names);

    public ImmutableDictionary<string, int> Schemas { get; init; } = ImmutableDictionary.CreateRange(Names,
        new KeyValuePair<string, int>[] { new("dbo", 1), new("guest", 2), new("INFORMATION_SCHEMA", 3), new("sys", 4) });

    public ImmutableDictionary<string, User> Users { get; init; } =
        ImmutableDictionary.CreateRange(Names, new KeyValuePair<string, User>[] { new("dbo", new("dbo", null, "dbo")) });

    /// <summary>Database roles and their members.</summary>
    public ImmutableDictionary<string, ImmutableHashSet<string>> Roles { get; init; } = ImmutableDictionary.CreateRange(
        Names,
        new[] { "public", "db_owner", "db_datareader", "db_datawriter", "db_ddladmin", "db_securityadmin", "db_accessadmin", "db_backupoperator", "db_denydatareader", "db_denydatawriter" }
            .Select(r => new KeyValuePair<string, ImmutableHashSet<string>>(r, ImmutableHashSet.Create<string>(Names))));

    public ImmutableList<Grant> Grants { get; init; } = [];

    public ImmutableDictionary<string, TableType> TableTypes { get; init; } = ImmutableDictionary.Create<string, TableType>(Names);

    public int LastId { get; init; } = 100;

    public Relation? Find(string schema, string name) => Relations.GetValueOrDefault($"{schema}.{name}");

    public Catalog With(Relation relation) => this with { Relations = Relations.SetItem(relation.FullName, relation), LastId = Math.Max(LastId, relation.Id) };

    public Catalog Without(Relation relation) => this with { Relations = Relations.Remove(relation.FullName) };

    /// <summary>Roles of a user, through other roles too.</summary>
    public ISet<string> RolesOf(string user)
    {
        var found = new HashSet<string>(Names) { "public" };
        var queue = new Queue<string>([user]);
        while (queue.TryDequeue(out var member))
        {
            foreach (var role in Roles.Where(r => r.Value.Contains(member) && found.Add(r.Key)))
            {
                queue.Enqueue(role.Key);
            }
        }

        return found;
    }
}
