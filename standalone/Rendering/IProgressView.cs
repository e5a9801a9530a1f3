using Kombo.Crds;

namespace Kombo.Standalone.Rendering;

/// <summary>How <c>kombo up</c> shows what goes on. Safe for many threads.</summary>
internal interface IProgressView
{
    /// <param name="before">Null: it is new.</param>
    void Changed(V1Alpha1Integration? before, V1Alpha1Integration after);

    void Removed(V1Alpha1Integration integration);

    /// <summary>Something to be read once.</summary>
    void WriteLine(string line);

    /// <summary>Something that went wrong, or might.</summary>
    void WriteWarning(string line);

    /// <summary>Shows until cancelled.</summary>
    Task RunAsync(CancellationToken cancellationToken);
}
