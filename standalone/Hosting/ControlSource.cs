using Kombo.Operator;
using Kombo.Standalone.Control;
using Kombo.Standalone.Manifests;

namespace Kombo.Standalone.Hosting;

/// <summary>Answers from this process' parts.</summary>
internal sealed class ControlSource(ManifestWatcher manifests, PlanPreview preview) : IControlSource
{
    public IReadOnlyList<string> Problems => [.. manifests.Problems.Select(problem => problem.ToString())];

    public async Task<string?> ExplainAsync(string space, string name, CancellationToken cancellationToken) =>
        (await preview.FindAsync(space, name, cancellationToken))?.Explanation;
}
