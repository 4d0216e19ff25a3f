namespace CpIs.Batch.Configuration;

/// <summary>A value that must not be shown. <see cref="ToString"/> hides it, so that a record that holds it can be logged.</summary>
internal sealed class Secret(string value)
{
    /// <summary>The secret itself.</summary>
    public string Value { get; } = value;

    /// <summary>Never the value.</summary>
    public override string ToString() => "(secret)";
}
