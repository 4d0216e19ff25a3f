using System.Collections.Immutable;
using CpIs.Tds.Protocol;
using CpIs.Tds.Sql;
using Microsoft.Data.Sqlite;
using Microsoft.SqlServer.TransactSql.ScriptDom;
using SQLitePCL;

namespace CpIs.Tds;

/// <summary>Queries and changes of rows.</summary>
internal sealed partial class Session
{
    private const ushort CommandSelect = 0xC1;
    private const ushort CommandInsert = 0xC3;
    private const ushort CommandDelete = 0xC4;
    private const ushort CommandUpdate = 0xC5;
    private const int RowsBeforeCut = 3;

    private void RunSelect(SelectStatement select)
    {
        if (select.Into is not null)
        {
            SelectInto(select);
            return;
        }

        var translator = NewTranslator();
        var query = translator.Select(select);
        if (FormatOnly)
        {
            WriteColumns(query.Columns);
            Out.Done(DoneToken, 0, CommandSelect, 0);
            return;
        }

        BeforeRead(translator);
        using var command = Command(query.Sql, translator);
        using var reader = Guard(command.ExecuteReader, null);
        if (IsAssignment(select.QueryExpression))
        {
            Assign(reader, query, (QuerySpecification)select.QueryExpression);
            return;
        }

        WriteColumns(query.Columns);
        long count = 0;
        try
        {
            while (Guard(reader.Read, null))
            {
                if (IsCancelled)
                {
                    throw new CommandCancelled();
                }

                WriteRow(query.Columns, reader);
                if (++count == RowsBeforeCut)
                {
                    CutInResult();
                }
            }
        }
        catch (SqlError)
        {
            _rowCount = count;
            throw;
        }

        CutInResult();
        _rowCount = count;
        Out.Done(DoneToken, NoCount ? (ushort)0 : (ushort)0x10, CommandSelect, count);
    }

    private void CutInResult()
    {
        try
        {
            Server.Faults.At(CutPoint.InResult, _commandText);
        }
        catch (ConnectionCut)
        {
            Out.Flush();
            throw;
        }
    }

    /// <summary>Takes what the isolation level or the hints of a read ask for.</summary>
    private void BeforeRead(Translator translator)
    {
        if (TransactionCount == 0)
        {
            return;
        }

        if (Isolation == Isolation.Snapshot && !_hasSqliteTransaction)
        {
            if (!Database.AllowsSnapshot)
            {
                throw new SqlError(3952, $"Snapshot isolation transaction failed accessing database '{Database.Name}' because snapshot isolation is not allowed in this database. Use ALTER DATABASE to allow snapshot isolation.");
            }

            Execute("BEGIN DEFERRED");
            _hasSqliteTransaction = true;
        }
        else if ((translator.NeedsWriter || Isolation is Isolation.Serializable or Isolation.RepeatableRead) && !Database.IsReadOnly)
        {
            EnterWriter();
        }
    }

    private static bool IsAssignment(QueryExpression query) => query is QuerySpecification { SelectElements: [SelectSetVariable, ..] };

    private void Assign(SqliteDataReader reader, Query query, QuerySpecification specification)
    {
        if (specification.SelectElements.Any(e => e is not SelectSetVariable))
        {
            throw new SqlError(141, "A SELECT statement that assigns a value to a variable must not be combined with data-retrieval operations.", 15);
        }

        long count = 0;
        while (Guard(reader.Read, null))
        {
            count++;
            for (var i = 0; i < query.Columns.Length; i++)
            {
                _frame.Variables[query.Columns[i].Name].Value = reader.IsDBNull(i) ? null : reader.GetValue(i);
            }
        }

        _rowCount = count;
    }

    private void WriteColumns(IReadOnlyList<Column> columns)
    {
        Out.Token(0x81);
        Out.UInt16((ushort)columns.Count);
        foreach (var column in columns)
        {
            Out.Int32(0);

            // All columns are sent as nullable: what SQL Server sends for the others has types of its own on the wire.
            Out.UInt16((ushort)(1 | (column.Type.Collation?.Contains("_CS", StringComparison.OrdinalIgnoreCase) == true ? 2 : 0) | 8 | (column.IsIdentity ? 0x10 : 0)));
            WireTypes.WriteInfo(Out, column.Type);
            Out.ByteText(column.Name.Length > 128 ? column.Name[..128] : column.Name);
        }
    }

    private void WriteRow(ImmutableArray<Column> columns, SqliteDataReader reader)
    {
        var values = new object?[columns.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = reader.IsDBNull(i) ? null : reader.GetValue(i);
        }

        WriteRow(columns, values);
    }

    private void WriteRow(ImmutableArray<Column> columns, object?[] values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            // What does not fit must be known before the row has begun.
            if (values[i] is long number)
            {
                Conversion.CheckRange(number, columns[i].Type);
            }
            else if (columns[i].Type.IsInteger && values[i] is not null)
            {
                throw new SqlError(8115, $"Arithmetic overflow error converting expression to data type {columns[i].Type.BaseName}.");
            }
        }

        Out.Token(0xD1);
        for (var i = 0; i < values.Length; i++)
        {
            WireTypes.WriteValue(Out, columns[i].Type, values[i]);
        }
    }

    private bool _isInTrigger;

    private void RunChange(TSqlStatement statement)
    {
        var translator = NewTranslator();
        var (change, command) = statement switch
        {
            InsertStatement insert => (translator.Insert(insert), CommandInsert),
            UpdateStatement update => (translator.Update(update), CommandUpdate),
            _ => (translator.Delete((DeleteStatement)statement), CommandDelete),
        };
        if (FormatOnly)
        {
            return;
        }

        var rows = new List<object?[]>();
        long count = 0;
        Write(change.Target.IsTemporary, () =>
        {
            if (change.Prepare is { } prepare)
            {
                using var first = Command(prepare, translator);
                Guard(first.ExecuteNonQuery, change);
            }

            count = Guard(() => Apply(change, translator, rows), change);
            if (change.OutputQuery is { } outputQuery)
            {
                using var output = Command(outputQuery, translator);
                using var reader = Guard(output.ExecuteReader, change);
                Read(reader, rows);
            }

            if (change.CleanUp is { } cleanUp)
            {
                Execute(cleanUp);
            }

            if (change.Into is { } into)
            {
                Guard(() => InsertRows(into.Table, into.Columns, change.Output, rows), change);
            }

            Fire(change.Target, command switch { CommandInsert => TriggerActionType.Insert, CommandUpdate => TriggerActionType.Update, _ => TriggerActionType.Delete });
        });

        _rowCount = count;
        if (change.Output.Length > 0 && change.Into is null)
        {
            WriteColumns(change.Output);
            foreach (var row in rows)
            {
                WriteRow(change.Output, row);
            }

            CutInResult();
            Out.Done(DoneToken, NoCount ? (ushort)0 : (ushort)0x10, command, count);
        }
        else if (!NoCount)
        {
            Out.Done(DoneToken, 0x10, command, count);
        }
    }

    /// <summary>Runs the table's triggers; what they count is told before what the statement itself counts, and added to it by clients.</summary>
    private void Fire(Relation table, TriggerActionType action)
    {
        if (_isInTrigger)
        {
            return;
        }

        var identity = _scopeIdentity;
        _isInTrigger = true;
        try
        {
            foreach (var statement in table.Triggers.Where(t => t.Actions.Contains(action)).SelectMany(t => t.Body))
            {
                RunChange(statement);
            }
        }
        finally
        {
            _isInTrigger = false;
            _scopeIdentity = identity;
        }
    }

    private long Apply(Change change, Translator translator, List<object?[]> rows)
    {
        var handle = Sqlite.Handle!;
        using var command = Command(change.Sql, translator);
        if (change.Output.Length > 0 && change.OutputQuery is null)
        {
            using var reader = command.ExecuteReader();
            Read(reader, rows);
        }
        else
        {
            command.ExecuteNonQuery();
        }

        long count = change.Output.Length > 0 && change.OutputQuery is null ? rows.Count : raw.sqlite3_changes(handle);
        if (change.InsertsIdentity && count > 0)
        {
            _scopeIdentity = raw.sqlite3_last_insert_rowid(handle);
        }
        else if (change.Sql.StartsWith("INSERT", StringComparison.Ordinal))
        {
            _scopeIdentity = null;
        }

        return count;
    }

    private static void Read(SqliteDataReader reader, List<object?[]> rows)
    {
        while (reader.Read())
        {
            var values = new object?[reader.FieldCount];
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = reader.IsDBNull(i) ? null : reader.GetValue(i);
            }

            rows.Add(values);
        }
    }

    private long InsertRows(Relation table, IReadOnlyList<Column> columns, ImmutableArray<Column> types, IEnumerable<object?[]> rows)
    {
        using var insert = Sqlite.CreateCommand();
        insert.CommandText = $"INSERT INTO {table.SqlName} ({string.Join(", ", columns.Select(c => Relation.Quote(c.SqlName)))}) VALUES ({string.Join(", ", columns.Select((_, i) => $"@p{i}"))})";
        for (var i = 0; i < columns.Count; i++)
        {
            insert.Parameters.Add(new SqliteParameter { ParameterName = $"@p{i}" });
        }

        insert.Prepare();
        long count = 0;
        var name = $"{Database.Name}.{table.FullName}";
        foreach (var row in rows)
        {
            for (var i = 0; i < columns.Count; i++)
            {
                insert.Parameters[i].Value = Functions.Store(row[i], types[i].Type, columns[i].Type, name, columns[i].Name) ?? DBNull.Value;
            }

            insert.ExecuteNonQuery();
            if ((++count & 0xFF) == 0 && IsCancelled)
            {
                throw new CommandCancelled();
            }
        }

        return count;
    }

    private void SelectInto(SelectStatement select)
    {
        var translator = NewTranslator();
        var query = translator.Select(select);
        var name = select.Into;
        BeforeRead(translator);
        long count = 0;
        Write(name.BaseIdentifier.Value.StartsWith('#'), () =>
        {
            var columns = query.Columns.Select(c => c with
            {
                SqlName = c.Name.Length > 0 ? c.Name : throw new SqlError(1038, "An object or column name is missing or empty."),
                Type = c.Type.IsText && c.Type.Collation is null ? c.Type with { Collation = Database.Collation } : c.Type,
            }).ToImmutableArray();
            var relation = Create(name, columns);
            using var command = Command($"INSERT INTO {relation.SqlName} {query.Sql}", translator);
            count = Guard(command.ExecuteNonQuery, null);
        });
        _rowCount = count;
        if (!NoCount)
        {
            Out.Done(DoneToken, 0x10, CommandSelect, count);
        }
    }

    private static readonly HashSet<string> BulkWords = new(StringComparer.OrdinalIgnoreCase) { "KEEP_NULLS", "CHECK_CONSTRAINTS", "FIRE_TRIGGERS", "TABLOCK", "KEEP_IDENTITY" };

    private BulkTarget? _bulk;

    private sealed record BulkTarget(Relation Table, List<Column> Columns, bool KeepsNulls, bool FiresTriggers);

    // The parser does not know every option that SqlBulkCopy writes.
    private static readonly System.Text.RegularExpressions.Regex BulkOptions = new(
        @"\)\s*with\s*\((?<options>[^()]*)\)\s*;?\s*$",
        System.Text.RegularExpressions.RegexOptions.IgnoreCase | System.Text.RegularExpressions.RegexOptions.ExplicitCapture,
        TimeSpan.FromSeconds(5));

    /// <summary>Takes the statement that announces a bulk load.</summary>
    /// <returns>False if the text is something else.</returns>
    private bool BeginBulk(string text)
    {
        if (!text.AsSpan().TrimStart().StartsWith("insert bulk ", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var match = BulkOptions.Match(text);
        var options = match.Groups["options"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (Array.Find(options, o => !BulkWords.Contains(o)) is { } unknown)
        {
            throw SqlError.Unsupported($"INSERT BULK with {unknown}");
        }

        if (Server.Parse(match.Success ? text[..(match.Index + 1)] : text) is not [InsertBulkStatement statement])
        {
            throw new SqlError(102, "Incorrect syntax near 'bulk'.", 15);
        }

        var table = NewTranslator().Resolve(statement.To);
        Demand(table, "INSERT");
        var columns = statement.ColumnDefinitions
            .Select(c => table.Find(c.Column.ColumnIdentifier.Value) ?? throw SqlError.InvalidColumn(c.Column.ColumnIdentifier.Value))
            .ToList();
        _bulk = new(table, columns, options.Contains("KEEP_NULLS", StringComparer.OrdinalIgnoreCase), options.Contains("FIRE_TRIGGERS", StringComparer.OrdinalIgnoreCase));
        return true;
    }

    /// <summary>Takes the rows of a bulk load, all of them or none.</summary>
    public void RunBulk(byte[] payload)
    {
        if (_bulk is not { } bulk)
        {
            throw new SqlError(4806, "A bulk load came without INSERT BULK.");
        }

        _bulk = null;
        Server.Faults.OnCommand("INSERT BULK " + bulk.Table.FullName);
        var reader = new PayloadReader(payload);
        if (reader.AtEnd || reader.Byte() != 0x81)
        {
            Out.Done(DoneToken, 0x10, CommandInsert, 0);
            return;
        }

        var count = reader.UInt16();
        var types = new Column[count];
        var codes = new byte[count];
        for (var i = 0; i < count; i++)
        {
            reader.Position += 6;
            codes[i] = reader.PeekByte();
            var type = WireTypes.ReadInfo(reader);
            types[i] = new(reader.ByteText(), type, true, "");
        }

        var defaults = bulk.Table.Columns.Where(c => c.Default is not null && (!bulk.Columns.Contains(c) || !bulk.KeepsNulls)).ToDictionary(c => c.Name, c => Assignable(c.Default!, c.Type), StringComparer.OrdinalIgnoreCase);
        var added = bulk.Table.Columns.Where(c => defaults.ContainsKey(c.Name) && !bulk.Columns.Contains(c)).ToList();
        var all = bulk.Columns.Concat(added).ToList();
        IEnumerable<object?[]> Rows()
        {
            while (!reader.AtEnd && reader.Byte() == 0xD1)
            {
                var row = new object?[all.Count];
                for (var i = 0; i < count; i++)
                {
                    row[i] = WireTypes.ReadValue(reader, types[i].Type, codes[i]) ?? (bulk.KeepsNulls ? null : defaults.GetValueOrDefault(bulk.Columns[i].Name));
                }

                for (var i = 0; i < added.Count; i++)
                {
                    row[count + i] = defaults[added[i].Name];
                }

                yield return row;
            }
        }

        var sources = types.Concat(added).Select((c, i) => defaults.ContainsKey(all[i].Name) && i >= count ? all[i] : c).ToImmutableArray();
        long written = 0;
        var change = new Change(bulk.Table, "INSERT", []);
        Write(bulk.Table.IsTemporary, () =>
        {
            written = Guard(() => InsertRows(bulk.Table, all, sources, Rows()), change);
            if (bulk.FiresTriggers)
            {
                Fire(bulk.Table, TriggerActionType.Insert);
            }
        });
        _rowCount = written;
        Server.Faults.At(CutPoint.AfterCommand, "INSERT BULK " + bulk.Table.FullName);
        Out.Done(DoneToken, 0x10, CommandInsert, written);
    }
}
