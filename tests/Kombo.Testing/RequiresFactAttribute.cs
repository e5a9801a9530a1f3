using Xunit;

namespace Kombo.Testing;

/// <summary>A fact that is skipped, with the reason, where the machine lacks what it needs; in CI it runs and fails instead.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequiresFactAttribute : FactAttribute
{
    public RequiresFactAttribute(Need need)
    {
        Need = need;
        Skip = Requirements.SkipReason(need);
    }

    public Need Need { get; }
}
