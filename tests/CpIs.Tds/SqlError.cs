namespace CpIs.Tds;

/// <summary>An error as SQL Server would report it.</summary>
internal sealed class SqlError(int number, string message, byte severity = 16, byte state = 1) : Exception(message)
{
    public int Number { get; } = number;

    public byte Severity { get; } = severity;

    public byte State { get; } = state;

    public int Line { get; set; } = 1;

    /// <summary>The batch does not go on after it, whatever XACT_ABORT says.</summary>
    public bool EndsBatch => !IsRaised && (IsThrown || Number is 102 or 156 or 207 or 208 or 209 or 241 or 242 or 245 or 248 or 1205 or 3952 or 3960 or 4104 or 8114
        or 8169 or 50000 or 3930 or 2812 or 911 or 137 or 229 or 6005 or 468 or 8120 or 206 or 257 || Severity >= 17);

    /// <summary>The open transaction is rolled back, whatever XACT_ABORT says.</summary>
    public bool EndsTransaction => Number is 1205 or 3960 or 241 or 242 or 245 or 248 or 8114 or 8169;

    public bool IsThrown { get; init; }

    /// <summary>The error that the client gets after this one.</summary>
    public SqlError? AndThen { get; init; }

    /// <summary>RAISERROR leaves the transaction alone even under XACT_ABORT.</summary>
    public bool IsRaised { get; init; }

    public static SqlError Unsupported(string what) => new(50000, "not supported by this stand-in: " + what);

    public static SqlError InvalidObject(string name) => new(208, $"Invalid object name '{name}'.");

    public static SqlError InvalidColumn(string name) => new(207, $"Invalid column name '{name}'.");
}

/// <summary>The client cancelled the command, or its connection is gone.</summary>
internal sealed class CommandCancelled : Exception;

/// <summary>The connection must be cut now.</summary>
internal sealed class ConnectionCut : Exception;
