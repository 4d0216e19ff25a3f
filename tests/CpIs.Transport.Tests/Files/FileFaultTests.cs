using CpIs.Files;
using CpIs.Transport.Tests.Support;
using Shouldly;

namespace CpIs.Transport.Tests.Files;

public class FileFaultTests
{
    [Theory]
    [InlineData("No space left on device : '/srv/x/.a.tmp'", 28, "No space left on device: '/srv/x/.a.tmp'.", "Make room on that disk")]
    [InlineData("There is not enough space on the disk.", unchecked((int)0x80070070), "There is not enough space on the disk.", "Make room on that disk")]
    [InlineData("Disk quota exceeded", 122, "Disk quota exceeded.", "quota")]
    [InlineData("Input/output error", 5, "Input/output error.", "Correct that")]
    public void What_the_file_system_says_becomes_a_sentence_with_advice(string message, int code, string sentence, string advice)
    {
        var fault = new IOException(message, code);
        FileFault.Is(fault).ShouldBeTrue();
        FileFault.InWords(fault).ShouldBe(sentence);
        FileFault.Advice(fault).ShouldContain(advice);
        $"{FileFault.InWords(fault)} {FileFault.Advice(fault)}".ShouldBeWholeSentences();
    }

    [Fact]
    public void Rights_are_told_as_rights()
    {
        var fault = new UnauthorizedAccessException("Access to the path '/srv/x' is denied.");
        FileFault.Is(fault).ShouldBeTrue();
        FileFault.Advice(fault).ShouldContain("rights");
    }

    [Fact]
    public void A_wrong_argument_of_the_programs_own_is_no_fault_of_the_file_system()
    {
        FileFault.Is(Should.Throw<ArgumentOutOfRangeException>(() => new DateOnly(2026, 13, 1))).ShouldBeFalse();
        FileFault.Is(new InvalidOperationException()).ShouldBeFalse();
    }
}
