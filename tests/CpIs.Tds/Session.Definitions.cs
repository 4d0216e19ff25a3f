using System.Collections.Immutable;
using System.Globalization;
using CpIs.Tds.Protocol;
using CpIs.Tds.Sql;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace CpIs.Tds;

/// <summary>Statements that define objects, databases and rights.</summary>
internal sealed partial class Session
{
    private const int MostKeyColumns = 32;

    private void RunDefinition(TSqlStatement statement)
    {
        switch (statement)
        {
            case CreateTableStatement create:
                if (create.SelectStatement is not null || create.FileStreamOn is not null || create.Options.Count > 0)
                {
                    throw SqlError.Unsupported("options of CREATE TABLE");
                }

                DemandTable(create.SchemaObjectName, "CREATE TABLE");
                Write(create.SchemaObjectName.BaseIdentifier.Value.StartsWith('#'), () => CreateTable(create));
                break;
            case AlterTableStatement alter:
                AlterTable(alter);
                break;
            case DropTableStatement drop:
                foreach (var name in drop.Objects)
                {
                    Drop(name, drop.IsIfExists, isView: false);
                }

                break;
            case DropViewStatement drop:
                foreach (var name in drop.Objects)
                {
                    Drop(name, drop.IsIfExists, isView: true);
                }

                break;
            case TruncateTableStatement truncate:
                Truncate(truncate.TableName);
                break;
            case CreateViewStatement create:
                View(create, isAlter: false, mayExist: false);
                break;
            case AlterViewStatement alter:
                View(alter, isAlter: true, mayExist: true);
                break;
            case CreateOrAlterViewStatement either:
                View(either, isAlter: false, mayExist: true);
                break;
            case CreateIndexStatement index:
                CreateIndex(index);
                break;
            case CreateTriggerStatement trigger:
                CreateTrigger(trigger);
                break;
            case DropIndexStatement drop:
                DropIndexes(drop);
                break;
            case CreateSchemaStatement schema:
                DemandDefinition("CREATE SCHEMA");
                if (Catalog.Schemas.ContainsKey(schema.Name.Value))
                {
                    throw new SqlError(2714, $"There is already an object named '{schema.Name.Value}' in the database.", state: 6);
                }

                Change(c => c with { Schemas = c.Schemas.Add(schema.Name.Value, c.Schemas.Values.Max() + 1) });
                RunAll(schema.StatementList?.Statements ?? []);
                break;
            case DropSchemaStatement schema:
                DropSchema(schema);
                break;
            case CreateTypeTableStatement type:
                DemandDefinition("CREATE TYPE");
                Change(c => c with
                {
                    TableTypes = c.TableTypes.Add(
                        $"{SchemaOf(type.Name)}.{type.Name.BaseIdentifier.Value}",
                        new(SchemaOf(type.Name), type.Name.BaseIdentifier.Value, [.. type.Definition.ColumnDefinitions.Select(d => ColumnFrom(d, NewTranslator()))])),
                });
                break;
            case DropTypeStatement type:
                Change(c => c with { TableTypes = c.TableTypes.Remove($"{SchemaOf(type.Name)}.{type.Name.BaseIdentifier.Value}") });
                break;
            default:
                if (!RunRights(statement) && !RunDatabase(statement))
                {
                    throw SqlError.Unsupported(statement.GetType().Name.Replace("Statement", "", StringComparison.Ordinal));
                }

                break;
        }
    }

    /// <summary>Changes the catalog, in the open transaction or at once.</summary>
    private void Change(Func<Catalog, Catalog> change) => Write(false, () => _ownCatalog = change(Catalog));

    private string SchemaOf(SchemaObjectName name)
    {
        if (name.DatabaseIdentifier is { Value.Length: > 0 } database && !database.Value.Equals(Database.Name, StringComparison.OrdinalIgnoreCase))
        {
            throw SqlError.Unsupported("objects of another database");
        }

        var schema = name.SchemaIdentifier is { Value.Length: > 0 } given ? given.Value : DefaultSchema;
        return Catalog.Schemas.TryGetKey(schema, out var key)
            ? key
            : throw new SqlError(2760, $"The specified schema name \"{schema}\" either does not exist or you do not have permission to use it.");
    }

    private void DemandTable(SchemaObjectName name, string permission)
    {
        if (!name.BaseIdentifier.Value.StartsWith('#'))
        {
            DemandDefinition(permission, name.SchemaIdentifier?.Value ?? DefaultSchema);
        }
    }

    private Relation NewRelation(SchemaObjectName name, ImmutableArray<Column> columns)
    {
        var text = name.BaseIdentifier.Value;
        if (text.StartsWith('#'))
        {
            return _temporary.ContainsKey(text)
                ? throw new SqlError(2714, $"There is already an object named '{text}' in the database.", state: 6)
                : new(-_temporary.Count - 1, "temp", text, columns);
        }

        var schema = SchemaOf(name);
        return Catalog.Find(schema, text) is not null
            ? throw new SqlError(2714, $"There is already an object named '{text}' in the database.", state: 6)
            : new(Catalog.LastId + 1, schema, text, columns) { CreatedAt = Server.Time.GetUtcNow().UtcDateTime };
    }

    private Relation Create(SchemaObjectName name, ImmutableArray<Column> columns)
    {
        var relation = NewRelation(name, columns);
        Build(relation);
        Keep(relation);
        return relation;
    }

    private void Keep(Relation relation)
    {
        if (relation.IsTemporary)
        {
            _temporary[relation.Name] = relation;
        }
        else
        {
            _ownCatalog = Catalog.With(relation);
        }
    }

    private void CreateTable(CreateTableStatement create)
    {
        var relation = Defined(NewRelation(create.SchemaObjectName, []), create.Definition);
        Build(relation);
        Keep(relation);
        foreach (var key in relation.ForeignKeys)
        {
            BuildParentTriggers(relation, key);
        }
    }

    private void DeclareTable(DeclareTableVariableStatement declare)
    {
        var name = declare.Body.VariableName.Value;
        var relation = Defined(new Relation(0, "temp", $"{name}_{_nesting}", []), declare.Body.Definition);
        Write(true, () => Build(relation));
        _frame.Tables[name] = relation;
    }

    private Relation Defined(Relation relation, TableDefinition definition)
    {
        var translator = NewTranslator();
        if (definition.SystemTimePeriod is not null)
        {
            throw SqlError.Unsupported("system-versioned tables");
        }

        foreach (var column in definition.ColumnDefinitions)
        {
            relation = WithColumn(relation, column, translator);
        }

        foreach (var constraint in definition.TableConstraints)
        {
            relation = WithConstraint(relation, constraint, null, translator);
        }

        foreach (var index in definition.Indexes)
        {
            relation = WithIndex(relation, new(index.Name.Value, Keys(index.Columns), index.Unique) { Filter = index.FilterPredicate, Included = [.. index.IncludeColumns.Select(c => c.MultiPartIdentifier.Identifiers[^1].Value)] });
        }

        return relation;
    }

    private Column ColumnFrom(ColumnDefinition definition, Translator translator)
    {
        if (definition.ComputedColumnExpression is not null || definition.DataType is null)
        {
            throw SqlError.Unsupported("computed columns");
        }

        if (definition.IsRowGuidCol || definition.GeneratedAlways is not null || definition.Encryption is not null || definition.StorageOptions is not null)
        {
            throw SqlError.Unsupported("ROWGUIDCOL, GENERATED ALWAYS, ENCRYPTED and SPARSE columns");
        }

        var type = Translator.DeclaredOrOne(definition.DataType);
        if (type.IsText)
        {
            type = type with { Collation = definition.Collation is null ? Database.Collation : translator.CollationName(definition.Collation.Value) };
        }
        else if (definition.Collation is not null)
        {
            throw new SqlError(446, $"Cannot apply a collation to type {type.BaseName}.");
        }

        var name = definition.ColumnIdentifier.Value;
        var nullability = definition.Constraints.OfType<NullableConstraintDefinition>().FirstOrDefault();
        var column = new Column(name, type, nullability?.Nullable ?? true, name);
        if (definition.IdentityOptions is { } identity)
        {
            if (!type.IsExact || type.Id == TypeId.Bit || definition.DefaultConstraint is not null)
            {
                throw new SqlError(2749, $"Identity column '{name}' must be of data type int, bigint, smallint, tinyint, or decimal or numeric with a scale of 0, unencrypted, and constrained to be nonnullable.", state: 2);
            }

            column = column with
            {
                IsIdentity = true,
                IsNullable = false,
                Seed = identity.IdentitySeed is null ? 1 : (long)Evaluate(identity.IdentitySeed).Value!,
                Increment = identity.IdentityIncrement is null ? 1 : (long)Evaluate(identity.IdentityIncrement).Value!,
            };
            if (column.Increment != 1)
            {
                throw SqlError.Unsupported("IDENTITY with an increment other than 1");
            }
        }

        if (definition.DefaultConstraint is { } @default)
        {
            column = WithDefault(column, @default);
        }

        return column;
    }

    private Column WithDefault(Column column, DefaultConstraintDefinition constraint)
    {
        var value = new Translator(this, new Dictionary<string, Variable>()) { IsStored = true }.Scalar(constraint.Expression, new(null));
        Conversion.CheckImplicit(value.Type, column.Type);
        return column with { Default = constraint.Expression, DefaultName = constraint.ConstraintIdentifier?.Value ?? $"DF__{column.Name}" };
    }

    private Relation WithColumn(Relation relation, ColumnDefinition definition, Translator translator)
    {
        var column = ColumnFrom(definition, translator);
        if (relation.Find(column.Name) is not null)
        {
            throw new SqlError(2705, $"Column names in each table must be unique. Column name '{column.Name}' in table '{relation.Name}' is specified more than once.", state: 3);
        }

        if (column.IsIdentity && relation.Columns.Any(c => c.IsIdentity))
        {
            throw new SqlError(2744, $"Multiple identity columns specified for table '{relation.Name}'. Only one identity column per table is allowed.", state: 2);
        }

        relation = relation with { Columns = relation.Columns.Add(column) };
        foreach (var constraint in definition.Constraints)
        {
            relation = WithConstraint(relation, constraint, definition, translator);
        }

        return definition.Index is { } index ? WithIndex(relation, new(index.Name.Value, [new(column.Name, false)], index.Unique)) : relation;
    }

    private Relation WithConstraint(Relation relation, ConstraintDefinition constraint, ColumnDefinition? column, Translator translator)
    {
        var name = constraint.ConstraintIdentifier?.Value;
        switch (constraint)
        {
            case NullableConstraintDefinition:
                return relation;
            case UniqueConstraintDefinition unique:
            {
                var keys = unique.Columns.Count > 0 ? Keys(unique.Columns) : [new(column!.ColumnIdentifier.Value, false)];
                name ??= $"{(unique.IsPrimaryKey ? "PK" : "UQ")}__{relation.Name}__{string.Join('_', keys.Select(k => k.Name))}";
                if (unique.IsPrimaryKey)
                {
                    if (relation.Indexes.Any(i => i.IsPrimaryKey))
                    {
                        throw new SqlError(1779, $"Table '{relation.Name}' already has a primary key defined on it.");
                    }

                    foreach (var key in keys)
                    {
                        var found = relation.Find(key.Name) ?? throw new SqlError(1911, $"Column name '{key.Name}' does not exist in the target table or view.");
                        var isSaidNullable = column is not null && column.Constraints.OfType<NullableConstraintDefinition>().Any(n => n.Nullable);
                        if (isSaidNullable)
                        {
                            throw new SqlError(8111, $"Cannot define PRIMARY KEY constraint on nullable column in table '{relation.Name}'.");
                        }

                        relation = relation with { Columns = relation.Columns.Replace(found, found with { IsNullable = false }) };
                    }
                }

                return WithIndex(relation, new(name, keys, true) { IsPrimaryKey = unique.IsPrimaryKey, IsConstraint = true, IsClustered = unique.Clustered ?? unique.IsPrimaryKey });
            }

            case CheckConstraintDefinition check:
                if (relation.IsTemporary)
                {
                    throw SqlError.Unsupported("CHECK on temporary tables");
                }

                Free(relation, name);
                return relation with { Checks = relation.Checks.Add(new(name ?? $"CK__{relation.Name}__{relation.Checks.Length + 1}", check.CheckCondition)) };
            case ForeignKeyConstraintDefinition foreign:
                Free(relation, name);
                return WithForeignKey(relation, foreign, column);
            case DefaultConstraintDefinition @default:
            {
                var target = relation.Find(@default.Column?.Value ?? column!.ColumnIdentifier.Value) ?? throw SqlError.InvalidColumn(@default.Column!.Value);
                return relation with { Columns = relation.Columns.Replace(target, WithDefault(target, @default)) };
            }

            default:
                throw SqlError.Unsupported(constraint.GetType().Name);
        }
    }

    private void Free(Relation relation, string? name)
    {
        var isTaken = name is not null && Catalog.Relations.Values.Where(r => r.Id != relation.Id).Append(relation).Any(r => r.Schema == relation.Schema
            && (r.Name.Equals(name, StringComparison.OrdinalIgnoreCase)
                || r.Checks.Any(c => c.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                || r.ForeignKeys.Any(f => f.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                || r.Indexes.Any(i => i.IsConstraint && i.Name.Equals(name, StringComparison.OrdinalIgnoreCase))));
        if (isTaken)
        {
            throw new SqlError(2714, $"There is already an object named '{name}' in the database.", state: 5);
        }
    }

    private Relation WithForeignKey(Relation relation, ForeignKeyConstraintDefinition foreign, ColumnDefinition? column)
    {
        if (relation.IsTemporary)
        {
            throw SqlError.Unsupported("foreign keys of temporary tables");
        }

        var columns = foreign.Columns.Count > 0 ? foreign.Columns.Select(c => c.Value).ToImmutableArray() : [column!.ColumnIdentifier.Value];
        var parentName = foreign.ReferenceTableName;
        var parent = parentName.BaseIdentifier.Value.Equals(relation.Name, StringComparison.OrdinalIgnoreCase) && (parentName.SchemaIdentifier?.Value ?? relation.Schema).Equals(relation.Schema, StringComparison.OrdinalIgnoreCase)
            ? relation
            : FindRelation(parentName.SchemaIdentifier?.Value, parentName.BaseIdentifier.Value)
                ?? throw new SqlError(1767, $"Foreign key references invalid table '{parentName.BaseIdentifier.Value}'.");
        var parentColumns = foreign.ReferencedTableColumns.Count > 0
            ? foreign.ReferencedTableColumns.Select(c => c.Value).ToImmutableArray()
            : parent.Indexes.FirstOrDefault(i => i.IsPrimaryKey)?.Columns.Select(c => c.Name).ToImmutableArray() ?? throw new SqlError(1773, "Foreign key has implicit reference to object that has no primary key.");
        var name = foreign.ConstraintIdentifier?.Value ?? $"FK__{relation.Name}__{string.Join('_', columns)}";
        if (!parent.Indexes.Any(i => i.IsUnique && i.Filter is null && i.Columns.Length == parentColumns.Length && i.Columns.All(c => parentColumns.Contains(c.Name, StringComparer.OrdinalIgnoreCase))))
        {
            throw new SqlError(1776, $"There are no primary or candidate keys in the referenced table '{parent.FullName}' that match the referencing column list in the foreign key '{name}'.");
        }

        for (var i = 0; i < columns.Length; i++)
        {
            var own = relation.Find(columns[i]) ?? throw new SqlError(1769, $"Foreign key '{name}' references invalid column '{columns[i]}' in referencing table '{relation.Name}'.");
            var other = parent.Find(parentColumns[i]) ?? throw new SqlError(1770, $"Foreign key '{name}' references invalid column '{parentColumns[i]}' in referenced table '{parent.Name}'.");
            if (own.Type.Id != other.Type.Id || own.Type.MaxLength != other.Type.MaxLength || own.Type.Collation != other.Type.Collation)
            {
                throw new SqlError(1778, $"Column '{parent.FullName}.{other.Name}' is not the same data type as referencing column '{relation.FullName}.{own.Name}' in foreign key '{name}'.");
            }
        }

        if (foreign.DeleteAction is DeleteUpdateAction.SetNull or DeleteUpdateAction.SetDefault || foreign.UpdateAction is not (DeleteUpdateAction.NotSpecified or DeleteUpdateAction.NoAction))
        {
            throw SqlError.Unsupported("foreign keys with SET NULL, SET DEFAULT or ON UPDATE");
        }

        return relation with { ForeignKeys = relation.ForeignKeys.Add(new(name, columns, parent.Schema, parent.Name, parentColumns, foreign.DeleteAction == DeleteUpdateAction.Cascade)) };
    }

    private static ImmutableArray<IndexColumn> Keys(IEnumerable<ColumnWithSortOrder> columns) =>
        [.. columns.Select(c => new IndexColumn(c.Column.MultiPartIdentifier.Identifiers[^1].Value, c.SortOrder == SortOrder.Descending))];

    private Relation WithIndex(Relation relation, Sql.Index index)
    {
        if (relation.Indexes.Any(i => i.Name.Equals(index.Name, StringComparison.OrdinalIgnoreCase)))
        {
            throw new SqlError(1913, $"The operation failed because an index or statistics with name '{index.Name}' already exists on table '{relation.FullName}'.");
        }

        if (index.IsConstraint)
        {
            Free(relation, index.Name);
        }

        if (index.Columns.Length > MostKeyColumns)
        {
            throw new SqlError(1904, $"The index '{index.Name}' has {index.Columns.Length} columns in the key list. The maximum limit is {MostKeyColumns}.");
        }

        if (index.IsClustered && relation.Indexes.Any(i => i.IsClustered))
        {
            throw new SqlError(1902, $"Cannot create more than one clustered index on table '{relation.FullName}'.", state: 3);
        }

        foreach (var name in index.Columns.Select(c => c.Name).Concat(index.Included))
        {
            var column = relation.Find(name) ?? throw new SqlError(1911, $"Column name '{name}' does not exist in the target table or view.");
            if (column.Type.Length == SqlType.Max && index.Columns.Any(c => c.Name == name))
            {
                throw new SqlError(1919, $"Column '{name}' in table '{relation.FullName}' is of a type that is invalid for use as a key column in an index.");
            }
        }

        var size = index.Columns.Sum(c => relation.Find(c.Name)!.Type.MaxLength);
        var limit = index.IsClustered ? 900 : 1700;
        if (size > limit)
        {
            Inform(1945, 1, 0, $"Warning! The maximum key length for a {(index.IsClustered ? "clustered" : "nonclustered")} index is {limit} bytes. The index '{index.Name}' has maximum length of {size} bytes. For some combination of large values, the insert/update operation will fail.");
        }

        if (index.Filter is not null)
        {
            CheckFilter(index.Filter, index.Name);
        }

        return relation with { Indexes = relation.Indexes.Add(index) };
    }

    private static void CheckFilter(BooleanExpression filter, string name)
    {
        var isSimple = filter switch
        {
            BooleanParenthesisExpression p => Check(p.Expression),
            BooleanBinaryExpression { BinaryExpressionType: BooleanBinaryExpressionType.And } b => Check(b.FirstExpression) && Check(b.SecondExpression),
            BooleanIsNullExpression { Expression: ColumnReferenceExpression } => true,
            BooleanComparisonExpression { FirstExpression: ColumnReferenceExpression, SecondExpression: Literal or UnaryExpression } => true,
            InPredicate { NotDefined: false, Subquery: null, Expression: ColumnReferenceExpression } i => i.Values.All(v => v is Literal),
            _ => false,
        };
        if (!isSimple)
        {
            throw new SqlError(10735, $"Incorrect WHERE clause for filtered index '{name}'.", 15);
        }

        bool Check(BooleanExpression inner)
        {
            CheckFilter(inner, name);
            return true;
        }
    }

    /// <summary>Makes a table in SQLite, with its indexes, and its constraints as triggers.</summary>
    private void Build(Relation relation, string? at = null)
    {
        var identity = relation.Columns.FirstOrDefault(c => c.IsIdentity);
        var columns = relation.Columns.Select(c => c.IsIdentity
            ? $"{Relation.Quote(c.SqlName)} INTEGER PRIMARY KEY AUTOINCREMENT"
            : $"{Relation.Quote(c.SqlName)}{new Translator(this, _frame.Variables).CollateSuffix(c.Type)}{(c.IsNullable ? "" : " NOT NULL")}");
        var name = at ?? relation.SqlName;
        Execute($"CREATE TABLE {name} ({string.Join(", ", columns)})");
        if (identity is { Seed: not 1 } && at is null && !relation.IsTemporary)
        {
            Execute($"INSERT INTO sqlite_sequence (name, seq) VALUES ({Translator.Text(relation.FullName)}, {identity.Seed - identity.Increment})");
        }

        if (at is null)
        {
            BuildIndexes(relation);
            BuildTriggers(relation);
        }
    }

    private void BuildIndexes(Relation relation)
    {
        foreach (var index in relation.Indexes)
        {
            BuildIndex(relation, index);
        }
    }

    private void BuildIndex(Relation relation, Sql.Index index)
    {
        var translator = new Translator(this, _frame.Variables) { IsStored = true };
        var keys = index.Columns.Select(k =>
        {
            var column = relation.Find(k.Name)!;

            // To SQL Server two nulls are alike in a unique index.
            var text = index.IsUnique && column.IsNullable
                ? $"ifnull({Relation.Quote(column.SqlName)}, x'6E756C6C'){translator.CollateSuffix(column.Type)}"
                : Relation.Quote(column.SqlName);
            return text + (k.IsDescending ? " DESC" : "");
        });
        var filter = "";
        if (index.Filter is not null)
        {
            var scope = new Scope(null);
            scope.Sources.Add(new(relation.Name, relation.Schema, "", relation.Columns));
            filter = " WHERE " + translator.Condition(index.Filter, scope);
        }

        var table = relation.IsTemporary ? Relation.Quote(relation.Name) : relation.SqlName;
        var create = $"CREATE {(index.IsUnique ? "UNIQUE " : "")}INDEX {(relation.IsTemporary ? "temp." : "")}{Relation.Quote($"{relation.FullName}.{index.Name}")} ON {table} ({string.Join(", ", keys)}){filter}";
        Guard(() => Executed(create), new(relation, "INSERT", []));
        if (index.IsUnique && index.Columns.Any(k => relation.Find(k.Name)!.IsNullable))
        {
            // The index above is made of expressions, which no search by these columns can use.
            Execute($"CREATE INDEX {(relation.IsTemporary ? "temp." : "")}{Relation.Quote($"{relation.FullName}.{index.Name}.search")} ON {table} ({string.Join(", ", index.Columns.Select(k => Relation.Quote(relation.Find(k.Name)!.SqlName)))})");
        }
    }

    private bool Executed(string sql)
    {
        Execute(sql);
        return true;
    }

    private static string Conflict(string verb, string kind, string constraint, Relation table, string? column, string database) =>
        Functions.Literal(547, $"The {verb} statement conflicted with the {kind} constraint \"{constraint}\". The conflict occurred in database \"{database}\", table \"{table.FullName}\"{(column is null ? "" : $", column '{column}'")}.");

    private void BuildTriggers(Relation relation)
    {
        foreach (var check in relation.Checks)
        {
            var translator = new Translator(this, _frame.Variables) { IsStored = true };
            var scope = new Scope(null);
            scope.Sources.Add(new(relation.Name, relation.Schema, "NEW", relation.Columns));
            var condition = translator.Condition(check.Condition, scope);
            foreach (var verb in new[] { "INSERT", "UPDATE" })
            {
                Trigger(relation, check.Name, verb, $"SELECT RAISE(ABORT, {Conflict(verb, "CHECK", check.Name, relation, null, Database.Name)}) WHERE NOT {condition};");
            }
        }

        foreach (var key in relation.ForeignKeys)
        {
            var parent = key.ParentName == relation.Name && key.ParentSchema == relation.Schema ? relation : Catalog.Find(key.ParentSchema, key.ParentName)!;
            var given = string.Join(" AND ", key.Columns.Select(c => $"NEW.{Column(relation, c)} IS NOT NULL"));
            var found = string.Join(" AND ", key.Columns.Select((c, i) => $"p.{Column(parent, key.ParentColumns[i])} = NEW.{Column(relation, c)}"));
            foreach (var verb in new[] { "INSERT", "UPDATE" })
            {
                Trigger(relation, key.Name, verb, $"SELECT RAISE(ABORT, {Conflict(verb, "FOREIGN KEY", key.Name, parent, key.ParentColumns.Length == 1 ? key.ParentColumns[0] : null, Database.Name)}) WHERE {given} AND NOT EXISTS (SELECT 1 FROM {parent.SqlName} AS p WHERE {found});");
            }
        }
    }

    private static string Column(Relation relation, string name) => Relation.Quote(relation.Find(name)!.SqlName);

    private void Trigger(Relation relation, string name, string verb, string body, string suffix = "", string when = "") => Execute(
        $"CREATE TRIGGER {Relation.Quote($"{relation.FullName}.{name}.{verb}{suffix}")} AFTER {verb} ON {relation.SqlName} {when}BEGIN {body} END");

    private void BuildParentTriggers(Relation child, ForeignKey key)
    {
        var parent = Catalog.Find(key.ParentSchema, key.ParentName)!;
        var match = string.Join(" AND ", key.Columns.Select((c, i) => $"{Column(child, c)} = OLD.{Column(parent, key.ParentColumns[i])}"));
        var body = key.Cascades
            ? $"DELETE FROM {child.SqlName} WHERE {match};"
            : $"SELECT RAISE(ABORT, {Conflict("DELETE", "REFERENCE", key.Name, child, key.Columns.Length == 1 ? key.Columns[0] : null, Database.Name)}) WHERE EXISTS (SELECT 1 FROM {child.SqlName} WHERE {match});";
        Trigger(parent, $"{child.FullName}.{key.Name}", "DELETE", body, ".parent");
        var changed = string.Join(" OR ", key.ParentColumns.Select(c => $"OLD.{Column(parent, c)} <> NEW.{Column(parent, c)}"));
        Trigger(
            parent,
            $"{child.FullName}.{key.Name}",
            "UPDATE",
            $"SELECT RAISE(ABORT, {Conflict("UPDATE", "REFERENCE", key.Name, child, key.Columns.Length == 1 ? key.Columns[0] : null, Database.Name)}) WHERE EXISTS (SELECT 1 FROM {child.SqlName} WHERE {match});",
            ".parent",
            $"WHEN {changed} ");
    }

    private void DropParentTriggers(Relation child, ForeignKey key)
    {
        foreach (var verb in new[] { "DELETE", "UPDATE" })
        {
            Execute($"DROP TRIGGER IF EXISTS {Relation.Quote($"{key.ParentSchema}.{key.ParentName}.{child.FullName}.{key.Name}.{verb}.parent")}");
        }
    }

    private void Drop(SchemaObjectName name, bool isIfExists, bool isView)
    {
        var text = name.BaseIdentifier.Value;
        var relation = FindRelation(name.SchemaIdentifier?.Value, text);
        if (relation is null || relation.IsView != isView)
        {
            if (isIfExists && relation is null)
            {
                return;
            }

            throw new SqlError(3701, $"Cannot drop the {(isView ? "view" : "table")} '{string.Join('.', name.Identifiers.Select(i => i.Value))}', because it does not exist or you do not have permission.", 11, 5);
        }

        if (!relation.IsTemporary)
        {
            DemandDefinition(isView ? "DROP VIEW" : "DROP TABLE", relation.Schema);
        }

        if (Catalog.Relations.Values.Any(r => r.Id != relation.Id && r.ForeignKeys.Any(f => IsParent(f, relation))))
        {
            throw new SqlError(3726, $"Could not drop object '{relation.FullName}' because it is referenced by a FOREIGN KEY constraint.");
        }

        Write(relation.IsTemporary, () =>
        {
            foreach (var key in relation.ForeignKeys)
            {
                DropParentTriggers(relation, key);
            }

            Execute($"DROP {(isView ? "VIEW" : "TABLE")} {relation.SqlName}");
            if (relation.IsTemporary)
            {
                _temporary.Remove(relation.Name);
            }
            else
            {
                var securable = relation.FullName;
                _ownCatalog = Catalog.Without(relation) with { Grants = Catalog.Grants.RemoveAll(g => g.Securable.Equals(securable, StringComparison.OrdinalIgnoreCase)) };
            }
        });
    }

    private static bool IsParent(ForeignKey key, Relation relation) =>
        key.ParentName.Equals(relation.Name, StringComparison.OrdinalIgnoreCase) && key.ParentSchema.Equals(relation.Schema, StringComparison.OrdinalIgnoreCase);

    private void Truncate(SchemaObjectName name)
    {
        var relation = NewTranslator().Resolve(name);
        if (Catalog.Relations.Values.Any(r => r.ForeignKeys.Any(f => IsParent(f, relation))))
        {
            throw new SqlError(4712, $"Cannot truncate table '{relation.Name}' because it is being referenced by a FOREIGN KEY constraint.");
        }

        if (!relation.IsTemporary)
        {
            DemandDefinition("ALTER", relation.Schema);
        }

        Write(relation.IsTemporary, () =>
        {
            Execute($"DELETE FROM {relation.SqlName}");
            if (relation.Columns.Any(c => c.IsIdentity) && !relation.IsTemporary)
            {
                Execute($"DELETE FROM sqlite_sequence WHERE name = {Translator.Text(relation.FullName)}");
            }
        });
    }

    private void View(ViewStatementBody body, bool isAlter, bool mayExist)
    {
        var name = body.SchemaObjectName;
        DemandDefinition("CREATE VIEW", name.SchemaIdentifier?.Value ?? DefaultSchema);
        if (name.DatabaseIdentifier is not null)
        {
            throw new SqlError(166, "'CREATE/ALTER VIEW' does not allow specifying the database name as a prefix to the object name.", 15);
        }

        if (body.WithCheckOption)
        {
            throw SqlError.Unsupported("WITH CHECK OPTION");
        }

        var schema = SchemaOf(name);
        var existing = Catalog.Find(schema, name.BaseIdentifier.Value);
        if (isAlter && existing is null)
        {
            throw SqlError.InvalidObject($"{schema}.{name.BaseIdentifier.Value}");
        }

        if (existing is { IsView: false } || (existing is not null && !mayExist))
        {
            throw new SqlError(2714, $"There is already an object named '{name.BaseIdentifier.Value}' in the database.", state: 3);
        }

        var translator = new Translator(this, new Dictionary<string, Variable>()) { IsStored = true };
        var query = translator.View(body);
        var columns = query.Columns;
        var relation = new Relation(existing?.Id ?? Catalog.LastId + 1, schema, existing?.Name ?? name.BaseIdentifier.Value, columns)
        {
            IsView = true,
            Definition = string.Concat(body.ScriptTokenStream.Skip(body.FirstTokenIndex).Take(body.LastTokenIndex - body.FirstTokenIndex + 1).Select(t => t.Text)),
            CreatedAt = existing?.CreatedAt ?? Server.Time.GetUtcNow().UtcDateTime,
        };
        Write(false, () =>
        {
            Execute($"DROP VIEW IF EXISTS {relation.SqlName}");
            Execute($"CREATE VIEW {relation.SqlName}({string.Join(", ", columns.Select(c => c.SqlName))}) AS {query.Sql}");
            _ownCatalog = Catalog.With(relation);
        });
    }

    private void CreateTrigger(CreateTriggerStatement statement)
    {
        var body = statement.StatementList.Statements;
        if (statement.TriggerType == TriggerType.InsteadOf || statement.TriggerObject.TriggerScope != TriggerScope.Normal || statement.Options.Count > 0
            || statement.TriggerActions.Any(a => a.EventTypeGroup is not null)
            || !body.All(s => s is InsertStatement { InsertSpecification.InsertSource: ValuesInsertSource } or UpdateStatement or DeleteStatement))
        {
            throw SqlError.Unsupported("triggers but for AFTER ones that only change rows");
        }

        var relation = NewTranslator().Resolve(statement.TriggerObject.Name);
        DemandTable(statement.TriggerObject.Name, "ALTER");
        var trigger = new Trigger(statement.Name.BaseIdentifier.Value, [.. statement.TriggerActions.Select(a => a.TriggerActionType)], [.. body]);
        Write(false, () => Keep(relation with { Triggers = relation.Triggers.Add(trigger) }));
    }

    private void CreateIndex(CreateIndexStatement statement)
    {
        var relation = NewTranslator().Resolve(statement.OnName);
        if (relation.IsView)
        {
            throw SqlError.Unsupported("indexed views");
        }

        DemandTable(statement.OnName, "ALTER");
        var index = new Sql.Index(statement.Name.Value, Keys(statement.Columns), statement.Unique)
        {
            Filter = statement.FilterPredicate,
            IsClustered = statement.Clustered ?? false,
            Included = [.. statement.IncludeColumns.Select(c => c.MultiPartIdentifier.Identifiers[^1].Value)],
        };
        Write(relation.IsTemporary, () =>
        {
            var changed = WithIndex(relation, index);
            try
            {
                BuildIndex(changed, index);
            }
            catch (SqlError e) when (e.Number is 2601 or 2627)
            {
                throw new SqlError(1505, $"The CREATE UNIQUE INDEX statement terminated because a duplicate key was found for the object name '{relation.FullName}' and the index name '{index.Name}'.");
            }

            Keep(changed);
        });
    }

    private void DropIndexes(DropIndexStatement statement)
    {
        foreach (var clause in statement.DropIndexClauses.OfType<DropIndexClause>())
        {
            var relation = NewTranslator().Resolve(clause.Object);
            var index = relation.Indexes.FirstOrDefault(i => i.Name.Equals(clause.Index.Value, StringComparison.OrdinalIgnoreCase));
            if (index is null)
            {
                if (statement.IsIfExists)
                {
                    continue;
                }

                throw new SqlError(3701, $"Cannot drop the index '{relation.Name}.{clause.Index.Value}', because it does not exist or you do not have permission.", 11, 7);
            }

            if (index.IsConstraint)
            {
                throw new SqlError(3723, $"An explicit DROP INDEX is not allowed on index '{relation.FullName}.{index.Name}'. It is being used for {(index.IsPrimaryKey ? "PRIMARY KEY" : "UNIQUE KEY")} constraint enforcement.");
            }

            Write(relation.IsTemporary, () =>
            {
                DropIndex(relation, index);
                Keep(relation with { Indexes = relation.Indexes.Remove(index) });
            });
        }
    }

    private void DropIndex(Relation relation, Sql.Index index)
    {
        Execute($"DROP INDEX IF EXISTS {Relation.Quote($"{relation.FullName}.{index.Name}")}");
        Execute($"DROP INDEX IF EXISTS {Relation.Quote($"{relation.FullName}.{index.Name}.search")}");
    }

    private void AlterTable(AlterTableStatement alter)
    {
        var translator = NewTranslator();
        var relation = translator.Resolve(alter.SchemaObjectName);
        DemandTable(alter.SchemaObjectName, "ALTER");
        var changed = relation;
        switch (alter)
        {
            case AlterTableAddTableElementStatement add:
                foreach (var column in add.Definition.ColumnDefinitions)
                {
                    changed = WithColumn(changed, column, translator);
                    var added = changed.Columns[^1];
                    if (!added.IsNullable && added.Default is null && !added.IsIdentity && !IsEmpty(relation))
                    {
                        throw new SqlError(4901, $"ALTER TABLE only allows columns to be added that can contain nulls, or have a DEFAULT definition specified, or the column being added is an identity or timestamp column, or alternatively if none of the previous conditions are satisfied the table must be empty to allow addition of this column. Column '{added.Name}' cannot be added to non-empty table '{relation.Name}' because it does not satisfy these conditions.");
                    }
                }

                foreach (var constraint in add.Definition.TableConstraints)
                {
                    changed = WithConstraint(changed, constraint, null, translator);
                }

                break;
            case AlterTableDropTableElementStatement drop:
                foreach (var element in drop.AlterTableDropTableElements)
                {
                    changed = Without(changed, element);
                }

                break;
            case AlterTableAlterColumnStatement column:
                changed = Altered(changed, column, translator);
                break;
            case AlterTableConstraintModificationStatement:
                throw SqlError.Unsupported("disabling constraints");
            default:
                throw SqlError.Unsupported(alter.GetType().Name);
        }

        Write(relation.IsTemporary, () => Rebuild(relation, changed));
    }

    private bool IsEmpty(Relation relation) => Single($"SELECT 1 FROM {relation.SqlName} LIMIT 1", NewTranslator()) is null;

    private static Relation Without(Relation relation, AlterTableDropTableElement element)
    {
        var name = element.Name.Value;
        if (element.TableElementType == TableElementType.Column)
        {
            var column = relation.Find(name);
            if (column is null)
            {
                return element.IsIfExists ? relation : throw new SqlError(4924, $"ALTER TABLE DROP COLUMN failed because column '{name}' does not exist in table '{relation.Name}'.");
            }

            if (column.Default is not null || relation.Indexes.Any(i => i.Columns.Any(c => c.Name.Equals(name, StringComparison.OrdinalIgnoreCase))))
            {
                throw new SqlError(5074, $"The object '{column.DefaultName ?? "index"}' is dependent on column '{name}'.");
            }

            return relation with { Columns = relation.Columns.Remove(column) };
        }

        bool Is(string other) => other.Equals(name, StringComparison.OrdinalIgnoreCase);
        if (relation.Indexes.FirstOrDefault(i => i.IsConstraint && Is(i.Name)) is { } index)
        {
            return relation with { Indexes = relation.Indexes.Remove(index) };
        }

        if (relation.Checks.FirstOrDefault(c => Is(c.Name)) is { } check)
        {
            return relation with { Checks = relation.Checks.Remove(check) };
        }

        if (relation.ForeignKeys.FirstOrDefault(f => Is(f.Name)) is { } key)
        {
            return relation with { ForeignKeys = relation.ForeignKeys.Remove(key) };
        }

        if (relation.Columns.FirstOrDefault(c => c.DefaultName is not null && Is(c.DefaultName)) is { } defaulted)
        {
            return relation with { Columns = relation.Columns.Replace(defaulted, defaulted with { Default = null, DefaultName = null }) };
        }

        return element.IsIfExists ? relation : throw new SqlError(3728, $"'{name}' is not a constraint.");
    }

    private Relation Altered(Relation relation, AlterTableAlterColumnStatement statement, Translator translator)
    {
        var column = relation.Find(statement.ColumnIdentifier.Value) ?? throw new SqlError(4924, $"ALTER TABLE ALTER COLUMN failed because column '{statement.ColumnIdentifier.Value}' does not exist in table '{relation.Name}'.");
        var type = Translator.DeclaredOrOne(statement.DataType);
        if (type.IsText)
        {
            type = type with { Collation = statement.Collation is null ? Database.Collation : translator.CollationName(statement.Collation.Value) };
        }

        var nullable = statement.AlterTableAlterColumnOption switch
        {
            AlterTableAlterColumnOption.NotNull => false,
            AlterTableAlterColumnOption.NoOptionDefined or AlterTableAlterColumnOption.Null => true,
            _ => throw SqlError.Unsupported($"ALTER COLUMN {statement.AlterTableAlterColumnOption}"),
        };
        var narrows = type.Length != SqlType.Max && (column.Type.Length == SqlType.Max || type.Length < column.Type.Length);
        if (relation.Indexes.Any(i => i.Columns.Any(c => c.Name.Equals(column.Name, StringComparison.OrdinalIgnoreCase))) && (narrows || type.Id != column.Type.Id || type.Collation != column.Type.Collation))
        {
            throw new SqlError(5074, $"The index is dependent on column '{column.Name}'.");
        }

        return relation with { Columns = relation.Columns.Replace(column, column with { Type = type, IsNullable = nullable }) };
    }

    /// <summary>Makes the table anew in its changed form and copies the rows.</summary>
    private void Rebuild(Relation old, Relation changed)
    {
        var children = Catalog.Relations.Values.SelectMany(r => r.ForeignKeys.Where(f => r.Id != old.Id && IsParent(f, old)).Select(f => (Child: r, Key: f))).ToList();
        foreach (var key in old.ForeignKeys)
        {
            DropParentTriggers(old, key);
        }

        const string Copy = "t_rebuilt";
        Build(changed, Copy);
        var translator = new Translator(this, _frame.Variables) { IsStored = true };
        var values = changed.Columns.Where(c => !c.IsIdentity || old.Find(c.Name) is { IsIdentity: true }).Select(c => (
            Name: Relation.Quote(c.SqlName),
            Value: old.Find(c.Name) is { } before
                ? translator.Store(new(Relation.Quote(before.SqlName), before.Type, before.IsNullable), c, changed)
                : c.Default is not null && !c.IsNullable ? translator.Store(translator.Scalar(c.Default, new(null)), c, changed) : "NULL")).ToList();
        Guard(() => Executed($"INSERT INTO {Copy} ({string.Join(", ", values.Select(v => v.Name))}) SELECT {string.Join(", ", values.Select(v => v.Value))} FROM {old.SqlName}"), new(changed, "UPDATE", []));
        Execute($"DROP TABLE {old.SqlName}");
        Execute($"ALTER TABLE {Copy} RENAME TO {changed.SqlName}");
        try
        {
            BuildIndexes(changed);
        }
        catch (SqlError e) when (e.Number is 2601 or 2627)
        {
            throw new SqlError(1505, $"The CREATE UNIQUE INDEX statement terminated because a duplicate key was found for the object name '{changed.FullName}'.");
        }

        Keep(changed);
        BuildTriggers(changed);
        CheckRows(changed, old);
        foreach (var key in changed.ForeignKeys)
        {
            BuildParentTriggers(changed, key);
        }

        foreach (var (child, key) in children)
        {
            BuildParentTriggers(child, key);
        }
    }

    /// <summary>New constraints hold for the rows that are there.</summary>
    private void CheckRows(Relation changed, Relation old)
    {
        if (changed.Checks.Length > old.Checks.Length || changed.ForeignKeys.Length > old.ForeignKeys.Length)
        {
            var column = Relation.Quote(changed.Columns[0].SqlName);
            try
            {
                Guard(() => Executed(changed.Columns[0].IsIdentity ? $"UPDATE {changed.SqlName} SET {Relation.Quote(changed.Columns[^1].SqlName)} = {Relation.Quote(changed.Columns[^1].SqlName)}" : $"UPDATE {changed.SqlName} SET {column} = {column}"), null);
            }
            catch (SqlError e) when (e.Number == 547)
            {
                throw new SqlError(547, e.Message.Replace("The UPDATE statement", "The ALTER TABLE statement", StringComparison.Ordinal));
            }
        }
    }

    private void DropSchema(DropSchemaStatement statement)
    {
        var name = statement.Schema.BaseIdentifier.Value;
        if (!Catalog.Schemas.ContainsKey(name))
        {
            if (statement.IsIfExists)
            {
                return;
            }

            throw new SqlError(15151, $"Cannot drop the schema '{name}', because it does not exist or you do not have permission.");
        }

        DemandDefinition("ALTER ANY SCHEMA");
        if (Catalog.Relations.Values.FirstOrDefault(r => r.Schema.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } relation)
        {
            throw new SqlError(3729, $"Cannot drop schema '{name}' because it is being referenced by object '{relation.Name}'.");
        }

        Change(c => c with { Schemas = c.Schemas.Remove(name), Grants = c.Grants.RemoveAll(g => g.Securable.Equals("SCHEMA::" + name, StringComparison.OrdinalIgnoreCase)) });
    }

    private bool RunRights(TSqlStatement statement)
    {
        switch (statement)
        {
            case CreateLoginStatement { Source: PasswordCreateLoginSource { Password: { } password } } login:
                DemandSysAdmin();
                Server.AddLogin(login.Name.Value, password.Value);
                return true;
            case DropLoginStatement login:
                DemandSysAdmin();
                Server.DropLogin(login.Name.Value, login.IsIfExists);
                return true;
            case CreateUserStatement user:
            {
                DemandDefinition("CREATE USER");
                var login = user.UserLoginOption?.UserLoginOptionType == UserLoginOptionType.WithoutLogin ? null : user.UserLoginOption?.Identifier?.Value ?? user.Name.Value;
                if (login is not null && !Server.HasLogin(login))
                {
                    throw new SqlError(15007, $"'{login}' is not a valid login or you do not have permission.");
                }

                if (Catalog.Users.ContainsKey(user.Name.Value) || Catalog.Roles.ContainsKey(user.Name.Value))
                {
                    throw new SqlError(15023, $"User, group, or role '{user.Name.Value}' already exists in the current database.");
                }

                Change(c => c with { Users = c.Users.Add(user.Name.Value, new(user.Name.Value, login, DefaultSchemaOf(user.UserOptions) ?? "dbo")) });
                return true;
            }

            case AlterUserStatement user:
            {
                DemandDefinition("ALTER USER");
                var found = Catalog.Users.GetValueOrDefault(user.Name.Value) ?? throw Missing("user", user.Name.Value);
                Change(c => c with { Users = c.Users.SetItem(found.Name, found with { DefaultSchema = DefaultSchemaOf(user.UserOptions) ?? found.DefaultSchema }) });
                if (found.Name.Equals(User, StringComparison.OrdinalIgnoreCase))
                {
                    DefaultSchema = Catalog.Users[found.Name].DefaultSchema;
                }

                return true;
            }

            case DropUserStatement user:
                if (!Catalog.Users.ContainsKey(user.Name.Value))
                {
                    return user.IsIfExists ? true : throw Missing("user", user.Name.Value);
                }

                DemandDefinition("DROP USER");
                Change(c => c with
                {
                    Users = c.Users.Remove(user.Name.Value),
                    Grants = c.Grants.RemoveAll(g => g.Principal.Equals(user.Name.Value, StringComparison.OrdinalIgnoreCase)),
                    Roles = c.Roles.ToImmutableDictionary(r => r.Key, r => r.Value.Remove(user.Name.Value), StringComparer.OrdinalIgnoreCase),
                });
                return true;
            case CreateRoleStatement role:
                DemandDefinition("CREATE ROLE");
                if (Catalog.Roles.ContainsKey(role.Name.Value) || Catalog.Users.ContainsKey(role.Name.Value))
                {
                    throw new SqlError(15023, $"User, group, or role '{role.Name.Value}' already exists in the current database.");
                }

                Change(c => c with { Roles = c.Roles.Add(role.Name.Value, ImmutableHashSet.Create<string>(StringComparer.OrdinalIgnoreCase)) });
                return true;
            case DropRoleStatement role:
                if (!Catalog.Roles.TryGetValue(role.Name.Value, out var members))
                {
                    return role.IsIfExists ? true : throw Missing("role", role.Name.Value);
                }

                if (members.Count > 0)
                {
                    throw new SqlError(15144, "The role has members. It must be empty before it can be dropped.");
                }

                DemandDefinition("DROP ROLE");
                Change(c => c with { Roles = c.Roles.Remove(role.Name.Value), Grants = c.Grants.RemoveAll(g => g.Principal.Equals(role.Name.Value, StringComparison.OrdinalIgnoreCase)) });
                return true;
            case AlterServerRoleStatement { Action: AddMemberAlterRoleAction member } role when role.Name.Value.Equals("sysadmin", StringComparison.OrdinalIgnoreCase):
                DemandSysAdmin();
                Server.MakeSysAdmin(member.Member.Value);
                return true;
            case AlterServerRoleStatement:
                throw SqlError.Unsupported("ALTER SERVER ROLE other than sysadmin ADD MEMBER");
            case AlterRoleStatement role:
            {
                DemandDefinition("ALTER ROLE");
                var found = Catalog.Roles.GetValueOrDefault(role.Name.Value) ?? throw Missing("role", role.Name.Value);
                var (member, isAdded) = role.Action switch
                {
                    AddMemberAlterRoleAction add => (add.Member.Value, true),
                    DropMemberAlterRoleAction drop => (drop.Member.Value, false),
                    _ => throw SqlError.Unsupported("ALTER ROLE other than ADD and DROP MEMBER"),
                };
                if (!Catalog.Users.ContainsKey(member) && !Catalog.Roles.ContainsKey(member))
                {
                    throw Missing("user", member);
                }

                Change(c => c with { Roles = c.Roles.SetItem(role.Name.Value, isAdded ? found.Add(member) : found.Remove(member)) });
                return true;
            }

            case GrantStatement grant:
                Granted(grant, isDeny: false, isRevoke: false);
                return true;
            case DenyStatement deny:
                Granted(deny, isDeny: true, isRevoke: false);
                return true;
            case RevokeStatement revoke:
                Granted(revoke, isDeny: false, isRevoke: true);
                return true;
            default:
                return false;
        }
    }

    private static SqlError Missing(string kind, string name) =>
        new(15151, $"Cannot alter the {kind} '{name}', because it does not exist or you do not have permission.");

    private static string? DefaultSchemaOf(IEnumerable<PrincipalOption> options) =>
        options.OfType<IdentifierPrincipalOption>().FirstOrDefault(o => o.OptionKind == PrincipalOptionKind.DefaultSchema)?.Identifier.Value;

    private void DemandSysAdmin()
    {
        if (!IsSysAdmin)
        {
            throw new SqlError(15247, "User does not have permission to perform this action.");
        }
    }

    private void Granted(SecurityStatement statement, bool isDeny, bool isRevoke)
    {
        DemandDefinition("CONTROL");
        var target = statement.SecurityTargetObject;
        var securable = "DATABASE";
        if (target is not null)
        {
            var parts = target.ObjectName.MultiPartIdentifier.Identifiers.Select(i => i.Value).ToList();
            switch (target.ObjectKind)
            {
                case SecurityObjectKind.Schema:
                    if (!Catalog.Schemas.ContainsKey(parts[^1]))
                    {
                        throw new SqlError(15151, $"Cannot find the schema '{parts[^1]}', because it does not exist or you do not have permission.");
                    }

                    securable = "SCHEMA::" + parts[^1];
                    break;
                case SecurityObjectKind.Object or SecurityObjectKind.NotSpecified:
                    securable = FindRelation(parts.Count > 1 ? parts[^2] : null, parts[^1])?.FullName
                        ?? throw new SqlError(15151, $"Cannot find the object '{parts[^1]}', because it does not exist or you do not have permission.");
                    break;
                case SecurityObjectKind.Database:
                    break;
                default:
                    throw SqlError.Unsupported($"rights on {target.ObjectKind}");
            }
        }

        foreach (var principal in statement.Principals.Select(p => p.Identifier?.Value ?? "public"))
        {
            if (!Catalog.Users.ContainsKey(principal) && !Catalog.Roles.ContainsKey(principal))
            {
                throw new SqlError(15151, $"Cannot find the user '{principal}', because it does not exist or you do not have permission.");
            }

            foreach (var permission in statement.Permissions)
            {
                var name = string.Join(' ', permission.Identifiers.Select(i => i.Value.ToUpperInvariant()));
                var columns = permission.Columns.Concat(target?.Columns ?? []).Select(c => (string?)c.Value).DefaultIfEmpty(null).ToList();
                foreach (var column in columns)
                {
                    Change(c =>
                    {
                        var others = c.Grants.RemoveAll(g => g.Principal.Equals(principal, StringComparison.OrdinalIgnoreCase) && g.Permission == name && g.Securable.Equals(securable, StringComparison.OrdinalIgnoreCase) && g.Column == column);
                        return c with { Grants = isRevoke ? others : others.Add(new(principal, name, securable, column, isDeny)) };
                    });
                }
            }
        }
    }

    private bool RunDatabase(TSqlStatement statement)
    {
        switch (statement)
        {
            case CreateDatabaseStatement create:
                DemandOutside("CREATE DATABASE");
                DemandSysAdmin();
                Server.Create(create.DatabaseName.Value, create.Collation?.Value);
                return true;
            case DropDatabaseStatement drop:
                DemandOutside("DROP DATABASE");
                DemandSysAdmin();
                foreach (var name in drop.Databases.Select(d => d.Value))
                {
                    Server.Drop(name, drop.IsIfExists);
                }

                return true;
            case AlterDatabaseSetStatement set:
                SetDatabase(set);
                return true;
            case AlterDatabaseCollateStatement collate:
                DatabaseNamed(collate.DatabaseName, collate.UseCurrent).Collation = NewTranslator().CollationName(collate.Collation.Value);
                return true;
            default:
                return false;
        }
    }

    private void DemandOutside(string what)
    {
        if (TransactionCount > 0)
        {
            throw new SqlError(226, $"{what} statement not allowed within multi-statement transaction.");
        }
    }

    private Database DatabaseNamed(Identifier? name, bool isCurrent) =>
        isCurrent || name is null ? Database : Server.Find(name.Value) ?? throw new SqlError(5011, $"User does not have permission to alter database '{name.Value}', the database does not exist, or the database is not in a state that allows access checks.", 14);

    private void SetDatabase(AlterDatabaseSetStatement statement)
    {
        var database = DatabaseNamed(statement.DatabaseName, statement.UseCurrent);
        if (!IsSysAdmin && !IsOwner)
        {
            throw new SqlError(5011, $"User does not have permission to alter database '{database.Name}', the database does not exist, or the database is not in a state that allows access checks.", 14);
        }

        foreach (var option in statement.Options)
        {
            var isOn = option is OnOffDatabaseOption { OptionState: OptionState.On };
            switch (option.OptionKind)
            {
                case DatabaseOptionKind.ReadCommittedSnapshot:
                    database.ReadCommittedSnapshot = isOn;
                    break;
                case DatabaseOptionKind.AllowSnapshotIsolation:
                    database.AllowsSnapshot = isOn;
                    break;
                case DatabaseOptionKind.ReadOnly or DatabaseOptionKind.ReadWrite:
                    database.IsReadOnly = option.OptionKind == DatabaseOptionKind.ReadOnly;
                    break;
                case DatabaseOptionKind.Online or DatabaseOptionKind.Offline:
                    database.IsOffline = option.OptionKind == DatabaseOptionKind.Offline;
                    break;
                case DatabaseOptionKind.SingleUser or DatabaseOptionKind.RestrictedUser or DatabaseOptionKind.MultiUser:
                    database.UserAccess = option.OptionKind switch { DatabaseOptionKind.SingleUser => "SINGLE_USER", DatabaseOptionKind.MultiUser => "MULTI_USER", _ => "RESTRICTED_USER" };
                    break;
                case DatabaseOptionKind.Recovery when option is RecoveryDatabaseOption recovery:
                    database.Recovery = recovery.Value switch { RecoveryDatabaseOptionKind.Simple => "SIMPLE", RecoveryDatabaseOptionKind.BulkLogged => "BULK_LOGGED", _ => "FULL" };
                    break;
                case DatabaseOptionKind.AutoClose or DatabaseOptionKind.AutoShrink or DatabaseOptionKind.PageVerify or DatabaseOptionKind.CompatibilityLevel or DatabaseOptionKind.QueryStore
                    or DatabaseOptionKind.AutoUpdateStatistics or DatabaseOptionKind.AutoCreateStatistics or DatabaseOptionKind.DelayedDurability:
                    break;
                default:
                    throw SqlError.Unsupported(string.Create(CultureInfo.InvariantCulture, $"database option {option.OptionKind}"));
            }
        }

        if (statement.Termination is { ImmediateRollback: true } || statement.Termination?.RollbackAfter is not null)
        {
            Server.KillOthers(database, this);
        }
    }
}
