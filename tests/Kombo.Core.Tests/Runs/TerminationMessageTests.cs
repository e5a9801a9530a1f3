using Kombo.Core.Runs;

namespace Kombo.Core.Tests.Runs;

public sealed class TerminationMessageTests
{
    static readonly RunProgress Finished = new()
    {
        RunId = "acme-full-1",
        Phase = RunPhase.Finished,
        Result = nameof(RunResult.Succeeded),
        Reason = "Succeeded",
        FinishedAt = new DateTimeOffset(2026, 1, 5, 9, 0, 0, TimeSpan.Zero),
        Counts = new() { Read = 5000, New = 5000 },
    };

    [Fact]
    public void It_comes_back_as_it_was_written() =>
        TerminationMessage.Read(System.Text.Encoding.UTF8.GetString(TerminationMessage.Write(Finished))).ShouldBe(Finished);

    [Theory]
    [InlineData("plain", 'x', 1000)]
    [InlineData("escaped to six bytes each", 'ü', 1000)]
    [InlineData("far too long", 'x', 100_000)]
    public void It_never_exceeds_what_the_kubelet_keeps(string rule, char letter, int length)
    {
        var bytes = TerminationMessage.Write(Finished with { Message = new string(letter, length) });
        bytes.Length.ShouldBeLessThanOrEqualTo(4096, rule);
        var read = TerminationMessage.Read(System.Text.Encoding.UTF8.GetString(bytes));
        read.ShouldNotBeNull();
        read.Counts.ShouldBe(Finished.Counts);
        read.Message.ShouldNotBeNull().ShouldStartWith($"{letter}{letter}");
    }

    [Fact]
    public void What_is_essential_survives_any_length()
    {
        var bytes = TerminationMessage.Write(Finished with { WaitingFor = new string('x', 100_000) });
        bytes.Length.ShouldBeLessThanOrEqualTo(4096);
        TerminationMessage.Read(System.Text.Encoding.UTF8.GetString(bytes))!.Result.ShouldBe("Succeeded");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("panic: out of memory")]
    [InlineData("{\"phase\":\"Finished\"}")]
    public void Others_words_are_no_result(string? message) => TerminationMessage.Read(message).ShouldBeNull();
}
