using System.Text.Json;
using CpIs.Batch.Output;
using Shouldly;
using Spectre.Console;

namespace CpIs.Batch.Tests.Commands;

public sealed class CommandOutputTests
{
    [Fact]
    public void Json_is_one_object_with_names_in_snake_case()
    {
        var (output, writer, _) = Make(isJson: true);
        output.Result(new { RunId = "r1", MatchRate = (decimal?)null, Name = "Zoë 𐌰" }, _ => throw new InvalidOperationException());

        using var json = JsonDocument.Parse(writer.ToString());
        json.RootElement.GetProperty("run_id").GetString().ShouldBe("r1");
        json.RootElement.GetProperty("match_rate").ValueKind.ShouldBe(JsonValueKind.Null);
        json.RootElement.GetProperty("name").GetString().ShouldBe("Zoë 𐌰");
        Should.Throw<InvalidOperationException>(() => output.Result(new { }, _ => { }));
    }

    [Fact]
    public void A_failure_after_the_result_adds_no_second_object()
    {
        var (output, writer, error) = Make(isJson: true);
        output.Result(new { A = 1 }, _ => { });
        output.Failure("Later.", 3);

        using var json = JsonDocument.Parse(writer.ToString());
        error.ToString().ShouldContain("Later.");
    }

    [Fact]
    public void People_get_plain_text_in_a_file_and_nothing_when_quiet()
    {
        var (output, writer, _) = Make(isJson: false);
        output.Result(0, console => console.Write(new Table().AddColumn("Decision").AddRow("new [1]".EscapeMarkup())));
        writer.ToString().ShouldContain("new [1]");
        writer.ToString().ShouldNotContain("\u001b");

        var (quiet, quietWriter, quietError) = Make(isJson: false, isQuiet: true);
        quiet.Result(0, console => console.WriteLine("hello"));
        quiet.Say("hello");
        quietWriter.ToString().ShouldBeEmpty();
        quietError.ToString().ShouldBeEmpty();
    }

    [Fact]
    public async Task Progress_is_silent_where_there_is_no_terminal_and_gives_the_works_result()
    {
        var (output, writer, error) = Make(isJson: false);
        var result = await output.WithProgressAsync("Counting", counter =>
        {
            counter.Total = 2;
            counter.Add();
            counter.Add();
            return Task.FromResult(counter.Done);
        });

        result.ShouldBe(2);
        (writer.ToString() + error).ShouldBeEmpty();
    }

    private static (CommandOutput Output, StringWriter Out, StringWriter Error) Make(bool isJson, bool isQuiet = false)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        return (new CommandOutput(output, error, false, false, isJson, isQuiet), output, error);
    }
}
