using CpIs.Tds.Protocol;

namespace CpIs.Tds.Sql;

/// <summary>A variable or parameter of a batch, its value as it stands in SQLite.</summary>
internal sealed class Variable(SqlType type, object? value = null)
{
    public SqlType Type => type;

    public object? Value { get; set; } = value;

    public bool IsOutput { get; init; }
}
