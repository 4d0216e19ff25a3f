using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using CpIs.Batch.Commands;
using CpIs.Storage;
using CpIs.Transport;
using Shouldly;

namespace CpIs.Batch.Tests;

/// <summary>The points at which the crash tests end the engine exist in those tests' own build of it alone.</summary>
public class CrashPointTests
{
    public static TheoryData<Type> OfEachAssembly => [typeof(CommandContext), typeof(StorageSession), typeof(ITransport)];

    [Theory]
    [MemberData(nameof(OfEachAssembly))]
    public void The_program_has_no_crash_points(Type type)
    {
        using var file = File.OpenRead(type.Assembly.Location);
        using var portable = new PEReader(file);
        var metadata = portable.GetMetadataReader();
        List<string> names =
        [
            .. metadata.MethodDefinitions.Select(m => metadata.GetString(metadata.GetMethodDefinition(m).Name)),
            .. metadata.MemberReferences.Select(m => metadata.GetString(metadata.GetMemberReference(m).Name)),
            .. metadata.TypeDefinitions.Select(t => metadata.GetString(metadata.GetTypeDefinition(t).Name)),
        ];

        names.ShouldContain(type.Name);
        names.ShouldNotContain("Reach");
        names.ShouldNotContain(n => n.Contains("CrashPoint", StringComparison.Ordinal));
    }
}
