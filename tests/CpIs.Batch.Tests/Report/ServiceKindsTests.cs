using CpIs.Batch.Report;
using Shouldly;

namespace CpIs.Batch.Tests.Report;

/// <summary>Only what an organisation's own name says is told of it.</summary>
public class ServiceKindsTests
{
    [Theory]
    [InlineData("Sampleton General Hospital", "Hospital, part not said")]
    [InlineData("SAMPLETON UNIVERSITY HOSPITALS NHS TRUST", "Hospital, part not said")]
    [InlineData("Walk-in Centre at Sampleton Hospital", "Walk-in centre")]
    [InlineData("St Test Minor Injuries Unit", "Minor injuries or urgent care")]
    [InlineData("Emergency Department, Sampleton", "Emergency department")]
    [InlineData("A&E Sampleton", "Emergency department")]
    [InlineData("NHS 111 Sampleshire", "NHS 111")]
    [InlineData("Ward 111", ServiceKinds.NotSaid)]
    [InlineData("Out-of-Hours GP", "GP out of hours")]
    [InlineData("Mill Road Surgery", "GP practice or health centre")]
    [InlineData("Cardiac Surgery Unit", ServiceKinds.NotSaid)]
    [InlineData("Hospitality Services Ltd", ServiceKinds.NotSaid)]
    [InlineData("RXX", ServiceKinds.NotSaid)]
    [InlineData(" ", ServiceKinds.NoName)]
    [InlineData(null, ServiceKinds.NoName)]
    public void A_name_tells_its_kind_or_nothing(string? name, string kind) => ServiceKinds.Of(name).ShouldBe(kind);
}
