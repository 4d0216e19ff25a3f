using CpIs.Domain.Alerts;
using CpIs.Domain.Source;
using Shouldly;

namespace CpIs.Domain.Tests.Alerts;

public class RecipientsTests
{
    private static readonly DutyRole Duty = new("CP-IS duty {team}");

    private static readonly Dictionary<string, Worker> Workers = new(StringComparer.Ordinal)
    {
        ["W1"] = new("W1", "Wo Rker", null, IsActive: true),
        ["W2"] = new("W2", "Ma Nager", null, IsActive: true),
        ["W3"] = new("W3", "Le Ft", null, IsActive: false),
    };

    private static Person Child(string? worker, string? manager, string? team = "North") =>
        new("P1", null, "Sample", "Alex", new DateOnly(2018, 5, 4), false, null, null, worker, manager, team, null);

    private static IReadOnlyList<Recipient> Of(Person? person) => Recipients.Of(person, Workers.GetValueOrDefault, Duty);

    [Fact]
    public void A8_worker_and_manager_each_get_it() =>
        Of(Child("W1", "W2")).ShouldBe([new(RecipientKind.Worker, "W1"), new(RecipientKind.Manager, "W2")]);

    [Fact]
    public void A8_one_person_as_both_gets_it_once_as_worker() => Of(Child("W1", " W1 ")).ShouldBe([new(RecipientKind.Worker, "W1")]);

    [Theory]
    [InlineData(null)]
    [InlineData(" ")]
    [InlineData("W9")]
    [InlineData("W3")]
    public void A8_a_missing_unknown_or_inactive_worker_is_replaced_by_the_duty_role(string? worker) =>
        Of(Child(worker, "W2")).ShouldBe([new(RecipientKind.Manager, "W2"), new(RecipientKind.Role, "CP-IS duty North", StandIn.Worker)]);

    [Fact]
    public void A8_a_missing_manager_is_replaced_by_the_duty_role() =>
        Of(Child("W1", null)).ShouldBe([new(RecipientKind.Worker, "W1"), new(RecipientKind.Role, "CP-IS duty North", StandIn.Manager)]);

    [Fact]
    public void A8_the_duty_role_stands_in_for_both_once()
    {
        Of(Child("W3", "W3")).ShouldBe([new(RecipientKind.Role, "CP-IS duty North", StandIn.Worker | StandIn.Manager)]);
        Of(null).ShouldBe([new(RecipientKind.Role, "CP-IS duty", StandIn.Worker | StandIn.Manager)]);
    }

    [Theory]
    [InlineData("CP-IS duty {team}", "North", "CP-IS duty North")]
    [InlineData("CP-IS duty {TEAM} desk", null, "CP-IS duty desk")]
    [InlineData("Duty", "North", "Duty")]
    [InlineData("Duty {team}", "No\trth", "Duty No rth")]
    public void A8_team_is_replaced_in_the_name_of_the_duty_role(string template, string? team, string expected) =>
        new DutyRole(template).For(team).ShouldBe(expected);

    [Theory]
    [InlineData("")]
    [InlineData("{team}")]
    [InlineData(" \t")]
    public void A8_a_duty_role_must_have_a_name_without_a_team(string template) =>
        Should.Throw<ArgumentException>(() => new DutyRole(template));

    [Fact]
    public void An_operator_is_needed_only_for_role_alerts_that_do_not_stand_in()
    {
        Duty.Recipient().NeedsOperator.ShouldBeTrue();
        Of(Child(null, "W2")).ShouldAllBe(r => !r.NeedsOperator);
    }
}
