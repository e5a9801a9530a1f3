using Kombo.Core.Resources;

namespace Kombo.Storage.Runs;

/// <summary>Even a complete read can be wrong: another tenant, an expired licence, a changed filter. Pure.</summary>
static class DeletionGuard
{
    const int DefaultMaxPercent = 30;
    const int DefaultMinRecords = 20;

    /// <summary>Hold if so many that it is not trusted, or if a model that has rows came back empty.</summary>
    /// <param name="candidates">Live rows that did not come.</param>
    /// <param name="live">All live rows of the model.</param>
    /// <param name="cameEmpty">The source sent not one record of the model.</param>
    public static bool Holds(DeletionGuardSpec? spec, long candidates, long live, bool cameEmpty)
    {
        if (candidates == 0)
            return false;
        var minRecords = spec?.MinRecords ?? DefaultMinRecords;
        var maxPercent = spec?.MaxPercent ?? DefaultMaxPercent;
        return cameEmpty || (candidates >= minRecords && candidates * 100 > live * maxPercent);
    }
}
