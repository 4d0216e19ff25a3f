namespace CpIs.Batch.Tests;

public class SkeletonTests
{
    [Fact]
    public void Placeholder_until_the_first_real_test() => Assert.True(true);
}
