namespace CpIs.Storage.Tests;

/// <summary>Says which stores a class of tests is about; it must run on both databases.</summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class CoversAttribute(params Type[] stores) : Attribute
{
    public IReadOnlyList<Type> Stores { get; } = stores;
}
