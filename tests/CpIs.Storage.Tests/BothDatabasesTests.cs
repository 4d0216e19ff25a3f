using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Shouldly;

namespace CpIs.Storage.Tests;

/// <summary>Every public operation on the database has a test here, in a class that runs on both databases.</summary>
public sealed class BothDatabasesTests
{
    private static readonly Type[] Stores = [.. typeof(StorageSession).Assembly.GetExportedTypes().Where(t => t.GetConstructor([typeof(StorageSession)]) is not null)];

    [Fact]
    public void Each_store_has_tests_that_run_on_SQLite_and_on_SQL_Server()
    {
        Stores.ShouldNotBeEmpty();
        var types = typeof(BothDatabasesTests).Assembly.GetTypes();
        var onBoth = types.Where(t => t.IsAbstract && new[] { "OnSqlite", "OnSqlServer" }.All(end => types.Any(s => s.BaseType == t && s.Name == t.Name + end)));
        Stores.Except(onBoth.SelectMany(t => t.GetCustomAttribute<CoversAttribute>()?.Stores ?? [])).Select(t => t.Name).ShouldBeEmpty();
    }

    [Fact]
    public void Each_public_operation_of_a_store_is_called_by_a_test()
    {
        using var file = new PEReader(File.OpenRead(typeof(BothDatabasesTests).Assembly.Location));
        var metadata = file.GetMetadataReader();
        var called = metadata.MemberReferences.Select(metadata.GetMemberReference).Where(m => m.Parent.Kind == HandleKind.TypeReference)
            .Select(m => metadata.GetString(metadata.GetTypeReference((TypeReferenceHandle)m.Parent).Name) + "." + metadata.GetString(m.Name))
            .ToHashSet(StringComparer.Ordinal);
        Stores.SelectMany(t => t.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).Select(m => t.Name + "." + m.Name))
            .Where(m => !called.Contains(m)).Distinct().Order(StringComparer.Ordinal).ShouldBeEmpty();
    }
}
