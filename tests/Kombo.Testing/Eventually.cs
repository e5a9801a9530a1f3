using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Kombo.Testing;

/// <summary>The one way to wait in a test: for a condition, with a deadline.</summary>
public static class Eventually
{
    static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(25);

    /// <summary>Asks again and again until the answer is true.</summary>
    /// <exception cref="TimeoutException">It was still false at the deadline; names the condition.</exception>
    public static async Task BecomesAsync(
        Func<Task<bool>> condition, TimeSpan deadline, [CallerArgumentExpression(nameof(condition))] string what = "") =>
        _ = await GetsAsync(async () => await condition() ? "true" : null, deadline, what);

    /// <inheritdoc cref="BecomesAsync(Func{Task{bool}}, TimeSpan, string)"/>
    public static Task BecomesAsync(
        Func<bool> condition, TimeSpan deadline, [CallerArgumentExpression(nameof(condition))] string what = "") =>
        BecomesAsync(() => Task.FromResult(condition()), deadline, what);

    /// <summary>Asks again and again until there is something.</summary>
    /// <returns>The first answer that is not null.</returns>
    /// <exception cref="TimeoutException">There was still nothing at the deadline; names the question.</exception>
    public static async Task<T> GetsAsync<T>(
        Func<Task<T?>> probe, TimeSpan deadline, [CallerArgumentExpression(nameof(probe))] string what = "")
        where T : class
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            if (await probe() is { } found)
                return found;
            if (Stopwatch.GetElapsedTime(began) >= deadline)
                throw new TimeoutException($"within {deadline.TotalSeconds:0.#} s this did not come true: {what}");
            await Task.Delay(Interval, TimeProvider.System);
        }
    }
}
