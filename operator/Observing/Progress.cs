using Kombo.Core.Runs;

namespace Kombo.Operator.Observing;

static class Progress
{
    extension(RunProgress progress)
    {
        /// <summary>It tells how that run ended.</summary>
        public bool IsEndOf(string runId) => progress.RunId == runId && progress.Result is not null;
    }
}
