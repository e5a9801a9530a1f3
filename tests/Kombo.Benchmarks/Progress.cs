namespace Kombo.Benchmarks;

/// <summary>What a benchmark is at, on standard error.</summary>
static class Progress
{
    public static void Tell(string text) => Console.Error.WriteLine($"{TimeProvider.System.GetLocalNow():HH:mm:ss} {text}");
}
