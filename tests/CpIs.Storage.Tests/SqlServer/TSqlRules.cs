using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace CpIs.Storage.Tests.SqlServer;

/// <summary>Parses T-SQL as SQL Server 2019 does and finds what this project does not allow in it.</summary>
internal static class TSqlRules
{
    private static readonly HashSet<SqlDataTypeOption> Deprecated =
    [
        SqlDataTypeOption.Text, SqlDataTypeOption.NText, SqlDataTypeOption.Image, SqlDataTypeOption.DateTime, SqlDataTypeOption.SmallDateTime,
        SqlDataTypeOption.Timestamp, SqlDataTypeOption.Rowversion, SqlDataTypeOption.Sql_Variant,
    ];

    /// <exception cref="InvalidDataException">It cannot be parsed.</exception>
    public static TSqlScript Parse(string text)
    {
        var script = new TSql150Parser(initialQuotedIdentifiers: true).Parse(new StringReader(text), out var errors);
        return errors.Count == 0
            ? (TSqlScript)script
            : throw new InvalidDataException(string.Join("; ", errors.Select(e => $"line {e.Line}: {e.Message}")));
    }

    public static IReadOnlyList<string> Problems(string text)
    {
        try
        {
            var visitor = new Visitor();
            Parse(text).Accept(visitor);
            return visitor.Problems;
        }
        catch (InvalidDataException e)
        {
            return [e.Message];
        }
    }

    private sealed class Visitor : TSqlFragmentVisitor
    {
        public List<string> Problems { get; } = [];

        /// <summary>Error 334 as soon as the council has a trigger on the table.</summary>
        public override void Visit(OutputClause node) => Problems.Add("OUTPUT without INTO");

        public override void Visit(MergeStatement node) => Problems.Add("MERGE");

        public override void Visit(SelectStarExpression node) => Problems.Add("SELECT *");

        public override void Visit(TableHint node)
        {
            if (node.HintKind is TableHintKind.NoLock or TableHintKind.ReadUncommitted)
            {
                Problems.Add("NOLOCK");
            }
        }

        public override void Visit(SetTransactionIsolationLevelStatement node)
        {
            if (node.Level == IsolationLevel.ReadUncommitted)
            {
                Problems.Add("READ UNCOMMITTED");
            }
        }

        public override void Visit(SqlDataTypeReference node)
        {
            if (Deprecated.Contains(node.SqlDataTypeOption))
            {
                Problems.Add("deprecated type " + node.SqlDataTypeOption.ToString().ToUpperInvariant());
            }
            else if (node.SqlDataTypeOption is SqlDataTypeOption.VarChar or SqlDataTypeOption.Char)
            {
                Problems.Add("text that is not NVARCHAR");
            }
        }

        public override void Visit(ExecutableStringList node)
        {
            if (node.Strings.Count != 1 || node.Strings[0] is not StringLiteral)
            {
                Problems.Add("EXEC of a text that is put together");
            }
        }

        public override void Visit(ExecutableProcedureReference node)
        {
            if (string.Equals(node.ProcedureReference?.ProcedureReference?.Name.BaseIdentifier.Value, "sp_executesql", StringComparison.OrdinalIgnoreCase)
                && node.Parameters.FirstOrDefault()?.ParameterValue is not StringLiteral)
            {
                Problems.Add("EXEC of a text that is put together");
            }
        }
    }
}
