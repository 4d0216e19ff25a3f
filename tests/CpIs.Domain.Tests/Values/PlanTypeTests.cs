using CpIs.Domain.Values;
using Shouldly;

namespace CpIs.Domain.Tests.Values;

public class PlanTypeTests
{
    [Fact]
    public void S8_there_are_three_plan_types_and_only_the_unborn_childs_hangs_on_the_mother()
    {
        PlanType.All.Select(t => t.Code).ShouldBe(["CPP", "LAC", "UCPP"]);
        PlanType.Cpp.SubjectRole.ShouldBe(SubjectRole.Child);
        PlanType.Lac.SubjectRole.ShouldBe(SubjectRole.Child);
        PlanType.Ucpp.SubjectRole.ShouldBe(SubjectRole.Mother);
        PlanType.All.Order().ShouldBe([PlanType.Cpp, PlanType.Lac, PlanType.Ucpp]);
    }

    [Theory]
    [InlineData("CPP", "CPP")]
    [InlineData(" lac ", "LAC")]
    [InlineData("Ucpp", "UCPP")]
    public void A_code_is_read_without_blanks_and_letter_case(string text, string code) => PlanType.Parse(text).Code.ShouldBe(code);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("UCP")]
    [InlineData("CP")]
    public void Any_other_code_is_refused(string? text)
    {
        PlanType.TryParse(text, out _).ShouldBeFalse();
        Should.Throw<FormatException>(() => PlanType.Parse(text));
    }
}
