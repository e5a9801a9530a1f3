namespace Kombo.Testing;

public sealed class ChildProcessTests
{
    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task A_line_that_can_no_longer_come_is_not_waited_for()
    {
        await using var child = ChildProcess.Start("bash", "-c", "echo first; exec sleep 600");

        (await child.WaitForLineAsync("fir", Deadline)).ShouldBe("first");

        var second = child.WaitForLineAsync("second", Deadline);
        child.Terminate();

        (await Should.ThrowAsync<InvalidOperationException>(() => second)).Message.ShouldContain("first");
    }

    [Fact]
    public async Task Terminate_lets_the_program_finish_what_it_does()
    {
        await using var child = ChildProcess.Start("bash", "-c", "trap 'echo finishing; exit 4' TERM; echo ready; while :; do sleep 0.05; done");
        await child.WaitForLineAsync("ready", Deadline);

        child.Terminate();

        (await child.WaitForExitAsync(Deadline)).ShouldBe(4);
        child.Output.ShouldBe("ready\nfinishing");
    }

    [Fact]
    public async Task A_failing_run_carries_the_code_and_the_output()
    {
        var start = new ChildProcessStart { Program = "bash", Arguments = ["-c", "echo broken >&2; exit 3"] };

        var failure = await Should.ThrowAsync<InvalidOperationException>(() => ChildProcess.RunAsync(start, Deadline));

        failure.Message.ShouldContain("ended with 3");
        failure.Message.ShouldContain("broken");
    }

    [Fact]
    public async Task What_ignores_SIGTERM_is_killed_with_its_children()
    {
        var child = ChildProcess.Start("bash", "-c", "sleep 600 & echo child=$!; trap '' TERM; wait");
        var line = await child.WaitForLineAsync("child=", Deadline);

        child.Kill();

        await child.WaitForExitAsync(Deadline);
        await Eventually.BecomesAsync(() => !IsAlive(line["child=".Length..]), Deadline);
        await child.DisposeAsync();
    }

    // The program starts a second program, as a test would, through a shell that is then killed the hard way.
    [Fact]
    public async Task A_child_dies_with_a_parent_that_was_killed()
    {
        var parent = ChildProcess.Start("bash", "-c", "setpriv --pdeathsig KILL -- sleep 600 & echo child=$!; wait");
        var line = await parent.WaitForLineAsync("child=", Deadline);

        parent.Kill();

        await Eventually.BecomesAsync(() => !IsAlive(line["child=".Length..]), Deadline);
        await parent.DisposeAsync();
    }

    static bool IsAlive(string id)
    {
        try
        {
            var state = File.ReadAllText($"/proc/{id}/stat").Split(") ")[^1][0];
            return state != 'Z';
        }
        catch (IOException)
        {
            return false;
        }
    }
}
