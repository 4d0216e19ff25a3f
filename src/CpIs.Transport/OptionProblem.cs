namespace CpIs.Transport;

/// <summary>A setting that cannot be used.</summary>
/// <param name="Key">The configuration key, as in <c>Transport:MeshApi:Url</c>.</param>
/// <param name="Message">What is wrong, to be read after the key; never a secret.</param>
public sealed record OptionProblem(string Key, string Message)
{
    public override string ToString() => $"{Key}: {Message}";
}
