using CpIs.EndToEnd.Tests.Harness;
using Shouldly;
using Xunit.Abstractions;

namespace CpIs.EndToEnd.Tests;

public sealed class DatabasesTests(ITestOutputHelper output)
{
    [Fact]
    public void The_databases_that_the_suite_ran_on_are_told()
    {
        var text = "The end-to-end tests ran on " + CouncilServer.Describe();
        output.WriteLine(text);

        // The test runner swallows what tests print: the project shows this file when the run has ended.
        File.WriteAllText(Path.Combine(AppContext.BaseDirectory, "databases.txt"), text);
        text.ShouldEndWith(".");
    }
}
