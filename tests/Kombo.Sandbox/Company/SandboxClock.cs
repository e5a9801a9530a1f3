namespace Kombo.Sandbox.Company;

/// <summary>The HR system's own clock, which need not be right.</summary>
sealed class SandboxClock : TimeProvider
{
    long offset; // ticks

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref offset));

    /// <summary>From now on it goes this much before (or, negative, behind) the machine's clock.</summary>
    public void SetOffset(TimeSpan value) => Interlocked.Exchange(ref offset, value.Ticks);

    public TimeSpan Offset => TimeSpan.FromTicks(Interlocked.Read(ref offset));
}
