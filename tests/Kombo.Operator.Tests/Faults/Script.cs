using System.Collections.Immutable;

namespace Kombo.Operator.Tests.Faults;

/// <summary>What somebody does to one of a few Integrations, or to one of what runs.</summary>
enum Deed
{
    Finish,
    Fail,
    Request,
    Ask,
    Tell,
    SetFrequency,
    Suspend,
    SetScope,
    DeleteJob,
    Delete,
}

/// <param name="Who">Index of an Integration.</param>
/// <param name="Which">Index of a Job among those that run, or of a variant; beyond their number it begins anew.</param>
sealed record Act(Deed Deed, int Who, int Which)
{
    public override string ToString() => $"{Deed} {Who}/{Which}";
}

/// <summary>All that users, workers and sources do in a story, written down before it begins: it follows from the seed alone.
/// What they meet is up to the story.</summary>
sealed class Script(int seed, int integrations)
{
    // Of a hundred acts.
    static readonly (Deed Deed, int Share)[] Shares =
    [
        (Deed.Finish, 38), (Deed.Fail, 7), (Deed.Request, 13), (Deed.Ask, 9), (Deed.Tell, 6), (Deed.SetFrequency, 7),
        (Deed.Suspend, 4), (Deed.SetScope, 4), (Deed.DeleteJob, 6), (Deed.Delete, 6),
    ];

    readonly Random random = new(seed);
    ImmutableList<Act> acts = [];

    /// <param name="isIdle">Nothing runs, so there is nothing to finish: that is passed over.</param>
    public Act Next(bool isIdle)
    {
        Act act;
        do
        {
            acts = acts.Add(act = new(Roll(), random.Next(integrations), random.Next(60)));
        }
        while (isIdle && act.Deed is Deed.Finish or Deed.Fail);
        return act;
    }

    /// <summary>For messages: so far.</summary>
    public override string ToString() => $"script of seed {seed}: {string.Join(", ", acts)}";

    Deed Roll()
    {
        var roll = random.Next(100);
        foreach (var (deed, share) in Shares)
            if ((roll -= share) < 0)
                return deed;
        throw new InvalidOperationException("the shares make a hundred");
    }
}
